"""The weight column: kept beside the features, no feature itself, and what does not count is set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.data.journey import Made, make

from fivefold.core.artefacts import FOLD, ROW, Question
from fivefold.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = 300
WEIGHED = Question("y", weight_column="w")


def table(weights: Sequence[object]) -> pl.DataFrame:
    """Two features, a target that one hints at, and weights."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=ROWS)
    y = np.where(x + rng.normal(size=ROWS) > 0, "yes", "no")
    city = rng.choice(["Graz", "Lyon", "Porto"], ROWS)
    return pl.DataFrame({"x": x, "city": city, "w": weights, "y": y}, strict=False)


def whole(made: Made) -> pl.DataFrame:
    """Both snapshots in the order of the source."""
    return pl.concat([made.train.drop(FOLD), made.test]).sort(ROW)


def test_weights_lie_in_both_snapshots_and_are_no_feature() -> None:
    weights = np.random.default_rng(1).uniform(0.5, 3.0, ROWS)
    made = make(table(weights.tolist()), WEIGHED, "binary")
    assert made.train.columns == [ROW, "x", "city", "y", "w", FOLD]
    assert made.test.columns == [ROW, "x", "city", "y", "w"]
    assert whole(made)["w"].to_list() == pytest.approx(weights.tolist())
    assert made.names == ["x", "city"]
    assert made.dataset.weight == "w"
    assert dict(made.dataset.dropped)["w"] == "says how much a row counts"
    assert made.dataset.removed == ()


def test_rows_that_count_nothing_are_as_if_they_were_not_there() -> None:
    weights = np.random.default_rng(1).integers(0, 4, ROWS)
    frame = table(weights.tolist())
    made, without = make(frame, WEIGHED, "binary"), make(frame.filter(weights > 0), WEIGHED, "binary")
    assert made.dataset.removed == (("'w' says that the row counts nothing", int((weights == 0).sum())),)
    assert without.dataset.removed == ()
    assert made.train.drop(ROW).equals(without.train.drop(ROW))
    assert made.test.drop(ROW).equals(without.test.drop(ROW))
    assert made.contract == without.contract


def test_rows_without_a_weight_are_set_aside_those_without_a_target_first() -> None:
    frame = table([1.5] * (ROWS - 10) + [None] * 6 + [0.0] * 4)
    targets = ["" if row in {0, ROWS - 1, ROWS - 10} else y for row, y in enumerate(frame["y"])]
    made = make(frame.with_columns(pl.Series("y", targets)), WEIGHED, "binary")
    assert dict(made.dataset.removed) == {
        "'y' is missing": 3,
        "'w', which says how much a row counts, is missing or no number": 5,
        "'w' says that the row counts nothing": 3,
    }
    assert made.train.height + made.test.height == ROWS - 11


@pytest.mark.parametrize("kind", [int, float, str])
def test_noughts_and_ones_say_who_counts(kind: type) -> None:
    made = make(table([kind(row % 2) for row in range(ROWS)]), WEIGHED, "binary")
    assert made.train.height + made.test.height == ROWS // 2
    assert set(whole(made)["w"]) == {1.0}


def test_weights_and_groups_lie_side_by_side() -> None:
    frame = table([2.0, 1.0] * (ROWS // 2)).with_columns(
        pl.Series("person", [f"p{row // 3}" for row in range(ROWS)])
    )
    asked = Question("y", group_column="person", weight_column="w")
    made = make(frame, asked, "binary", split__kind="stratified_group", split__by="person")
    assert made.train.columns == [ROW, "x", "city", "y", "person", "w", FOLD]
    assert set(dict(made.dataset.dropped)) >= {"person", "w"}


@pytest.mark.parametrize(
    ("question", "weights", "seen"),
    [
        (WEIGHED, [1.0] * (ROWS - 1) + [-0.5], "has negative weights. Seen: -0.5"),
        (WEIGHED, ["heavy", "light"] * (ROWS // 2), "holds no numbers"),
        (Question("y", weight_column="ww"), [1.0] * ROWS, "did you mean 'w'"),
        (Question("y", weight_column="y"), [1.0] * ROWS, "is the target itself"),
        (Question("y", group_column="w", weight_column="w"), [1.0, 2.0] * (ROWS // 2), "the group column as well"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_weight_is_refused(question: Question, weights: list[object], seen: str) -> None:
    with pytest.raises(InputError, match=seen):
        make(table(weights), question, "binary")
