"""A card draws a column of any kind, and hides what tells about a person."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from fivefold.core.artefacts import Column, ColumnCard, Task
from fivefold.data.cards import draw_cards
from fivefold.testing.findings import checked, healthy

COLUMNS = (
    Column("amount", "number", "number", nullable=True),
    Column("day", "date", "datetime", nullable=True),
    Column("note", "text", "string", nullable=True),
    Column("size", "ordinal", "string", nullable=True, categories=("S", "M", "L")),
    Column("mail", "category", "string", nullable=True),
    Column("key", "identifier", "string", nullable=False),
    Column("empty", "number", "number", nullable=True),
    Column("one", "constant", "integer", nullable=False),
)


def cards(rows: int = 300, hidden: tuple[str, ...] = ()) -> dict[str, ColumnCard]:
    """Cards of a table with a column of each kind."""
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "amount": [None, *rng.lognormal(0, 2, rows - 1)],
            "day": pl.Series(rng.integers(0, 90, rows) * 86_400_000_000).cast(pl.Datetime("us")),
            "note": ["some words of a note"] * rows,
            "size": rng.choice(["S", "M", "L"], rows).tolist(),
            "mail": [f"p{number % 40}@example.org" for number in range(rows)],
            "key": [f"k{number}" for number in range(rows)],
            "empty": pl.Series([None] * rows, dtype=pl.Float64),
            "one": [1] * rows,
            "outcome": rng.normal(size=rows),
        }
    )
    return {card.name: card for card in draw_cards(checked("regression", frame, COLUMNS), hidden)}


def test_every_column_has_one_and_the_target_stands_first() -> None:
    drawn = cards()
    assert list(drawn) == ["outcome", *(column.name for column in COLUMNS)]


def test_bins_hold_all_rows_that_have_a_value() -> None:
    drawn = cards()
    for name in ("amount", "day", "note", "size", "mail", "one", "outcome"):
        card = drawn[name]
        assert sum(card.counts) == card.rows - card.missing, name
    assert len(drawn["amount"].edges) == len(drawn["amount"].counts) + 1
    assert drawn["amount"].missing == 1
    assert drawn["empty"].counts == ()


def test_levels_stand_in_their_order_and_categories_by_frequency() -> None:
    drawn = cards()
    assert drawn["size"].categories == ("S", "M", "L")
    assert len(drawn["mail"].categories) == 8
    assert drawn["mail"].counts[-1] == 300 - sum(drawn["mail"].counts[:-1])


def test_what_is_hidden_shows_no_value() -> None:
    card = cards(hidden=("mail",))["mail"]
    assert card.examples == card.categories == ()
    assert card.distinct == 40


def test_names_of_rows_say_nothing_about_the_target() -> None:
    drawn = cards()
    assert drawn["key"].association is None
    assert drawn["one"].association is None


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_column_that_hints_at_the_target_is_told_from_one_that_does_not(task: Task) -> None:
    drawn = {card.name: card.association or 0.0 for card in draw_cards(healthy(task))}
    assert drawn["height"] > 0.3
    assert drawn["weight"] < 0.2
    assert drawn["city"] < 0.2


def test_a_very_wide_table_is_drawn_from_fewer_rows() -> None:
    rng = np.random.default_rng(0)
    names = [f"x{number}" for number in range(1_000)]
    frame = pl.DataFrame(rng.normal(size=(5_000, 1_000)), schema=names).with_columns(
        outcome=rng.normal(size=5_000)
    )
    columns = tuple(Column(name, "number", "number", nullable=False) for name in names)
    drawn = draw_cards(checked("regression", frame, columns))
    assert len(drawn) == 1_001
    assert {card.rows for card in drawn} == {4_000}
