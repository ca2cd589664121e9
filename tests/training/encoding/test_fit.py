"""Each column gets the parts that its role and its values ask for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.training.stages import Stage

from fivefold.core.artefacts import Column, Contract, Task
from fivefold.runtime.encoding import CodePart, DatePart, GapPart, NumberPart, RatePart, TextPart
from fivefold.training.encoding.fit import Recipe, encode_own_rows, fit_encoder
from fivefold.training.encoding.rates import inner_folds
from fivefold.training.rows import TrainingRows

Make = Callable[..., Stage]


def category(levels: int, *, rates: bool, classes: tuple[str, ...] = ()) -> list[object]:
    """Parts of a category with so many levels."""
    values = pl.Series("x", [f"level {number % levels}" for number in range(levels * 20)])
    task: Task = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"
    contract = Contract("y", task, classes, None, (Column("x", "category", "string", nullable=True),))
    target = np.arange(len(values), dtype=float) % max(2, len(classes))
    encoder = fit_encoder(
        values.to_frame(), target, np.zeros(len(values), np.intp), Recipe(contract, rates, True, 0)
    )
    return list(encoder.spec.parts)


@pytest.mark.parametrize(
    ("levels", "rates", "kinds"),
    [
        (8, True, [CodePart]),
        (9, True, [CodePart, RatePart]),
        (100, True, [CodePart, RatePart]),
        (101, True, [RatePart]),
        (101, False, [CodePart]),
    ],
)
def test_wide_categories_are_given_as_rates(levels: int, rates: bool, kinds: list[type]) -> None:
    assert [type(part) for part in category(levels, rates=rates)] == kinds


def test_with_many_classes_wide_categories_are_codes() -> None:
    parts = category(300, rates=True, classes=tuple("abcdefghijkl"))
    assert [type(part) for part in parts] == [CodePart]
    assert isinstance(parts[0], CodePart)
    assert len(parts[0].categories) == 254


@pytest.mark.parametrize(
    ("copies", "ordered", "names"),
    [
        (50, True, ("low", "middle", "high")),
        (49, True, ("high", "low", "middle")),
        (50, False, ("high", "low", "middle")),
    ],
)
def test_codes_follow_the_target_only_where_rows_bear_it(
    copies: int, ordered: bool, names: tuple[str, ...]
) -> None:
    values = pl.Series("x", ["high", "low", "middle"] * copies)
    target = np.tile([9.0, 1.0, 5.2], copies)
    contract = Contract("y", "regression", (), None, (Column("x", "category", "string", nullable=True),))
    inner = np.zeros(len(values), np.intp)
    encoder = fit_encoder(values.to_frame(), target, inner, Recipe(contract, False, ordered, 0))
    (part,) = encoder.spec.parts
    assert isinstance(part, CodePart)
    assert part.categories == names


def test_words_in_an_order_are_encoded_in_it_whatever_the_target_says() -> None:
    levels = ("low", "mid", "high")
    values = pl.Series("x", ["high", "low", "mid", None, "higher"] * 40)
    target = np.tile([1.0, 5.0, 9.0, 0.0, 0.0], 40)
    column = Column("x", "ordinal", "string", nullable=True, categories=levels)
    contract = Contract("y", "regression", (), None, (column,))
    inner = np.zeros(len(values), np.intp)
    encoder = fit_encoder(values.to_frame(), target, inner, Recipe(contract, True, True, 0))
    assert [feature.kind for feature in encoder.features] == ["number"]
    np.testing.assert_array_equal(
        encoder.encode_frame(values.head(5).to_frame())[:, 0], [2, 0, 1, np.nan, np.nan]
    )
    assert encoder.encode_row({"x": "mid"}).tolist() == [[1.0]]


def test_every_role_has_its_part_and_empty_columns_have_none(stage: Make) -> None:
    rows = TrainingRows(stage("binary").terms())
    inner = inner_folds(rows.target.size, None, 0)
    encoder = fit_encoder(rows.frame, rows.target, inner, Recipe(rows.terms.contract, True, True, 0))
    parts = [(part.column, type(part)) for part in encoder.spec.parts if not isinstance(part, GapPart)]
    assert parts == [
        ("age", NumberPart),
        ("city", CodePart),
        ("city", RatePart),
        ("member", NumberPart),
        ("note", TextPart),
        ("day", DatePart),
    ]


def test_pieces_of_a_date_that_never_vary_are_left_out(stage: Make) -> None:
    rows = TrainingRows(stage("binary").terms())
    inner = inner_folds(rows.target.size, None, 0)
    encoder = fit_encoder(rows.frame, rows.target, inner, Recipe(rows.terms.contract, True, True, 0))
    names = [feature.name for feature in encoder.features if feature.column == "day"]
    assert "day.elapsed_days" in names
    assert "day.month" in names
    assert "day.hour" not in names
    assert "day.minute" not in names


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_own_rows_are_encoded_as_any_others_but_for_their_rates_and_scores(stage: Make, task: str) -> None:
    rows = TrainingRows(stage(task).terms())
    inner = inner_folds(rows.target.size, None, 0)
    encoder = fit_encoder(rows.frame, rows.target, inner, Recipe(rows.terms.contract, True, True, 0))
    own, plain = encode_own_rows(encoder, rows.frame, rows.target, inner), encoder.encode_frame(rows.frame)
    rates = np.array([feature.kind == "rate" for feature in encoder.features])
    assert rates.sum() == (6 if task == "multiclass" else 2)  # of the city, and of what its note says
    np.testing.assert_array_equal(own[:, ~rates], plain[:, ~rates])
    assert (own[:, rates] != plain[:, rates]).any()
    assert own.dtype == np.float32
    assert own.flags.c_contiguous


def test_days_between_dates_that_move_apart_are_counted() -> None:
    day = pl.datetime_range(pl.datetime(2020, 1, 1), pl.datetime(2020, 1, 20), "1d", eager=True)
    frame = pl.DataFrame({"asked": day, "held": day.dt.offset_by("12h"), "came": day.reverse()})
    columns = tuple(Column(name, "date", "datetime", nullable=True) for name in frame.columns)
    contract = Contract("y", "regression", (), None, columns)
    encoder = fit_encoder(frame, np.arange(20.0), np.zeros(20, np.intp), Recipe(contract, True, True, 0))
    gaps = [feature.name for feature in encoder.features if " - " in feature.name]
    assert gaps == ["came - asked", "came - held"]
    np.testing.assert_array_equal(encoder.encode_frame(frame)[:2, -2:], [[19.0, 18.5], [17.0, 16.5]])


def test_how_often_a_wide_category_was_seen_is_told() -> None:
    values = pl.Series(
        "x", [f"level {number}" for number in range(120) for _ in range(3 + number % 5)] + [None] * 4
    )
    contract = Contract("y", "regression", (), None, (Column("x", "category", "string", nullable=True),))
    rows = len(values)
    encoder = fit_encoder(
        values.to_frame(), np.zeros(rows), np.zeros(rows, np.intp), Recipe(contract, True, True, 0)
    )
    assert encoder.features[-1].name == "x (count)"
    counts = [encoder.encode_row({"x": one})[0, -1] for one in ("level 0", "level 4", "another", None)]
    np.testing.assert_allclose(counts, np.log([4, 8, 1, 5]), rtol=1e-6)
