"""The split that the plan wishes for, and what becomes of it where the table does not allow it."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from tests.data.journey import Made, make

from fivefold.core.artefacts import FOLD, SINCE, Question
from fivefold.core.errors import InputError

ROWS = 600


def table(units: list[str], **columns: object) -> pl.DataFrame:
    """Rows in the order of their days, two a day, each of a unit."""
    rng = np.random.default_rng(0)
    start = datetime.fromisoformat("2020-01-01")
    return pl.DataFrame(
        {
            "when": [start + timedelta(days=row // 2) for row in range(ROWS)],
            "unit": units,
            "x": rng.normal(size=ROWS),
            "y": np.where(rng.random(ROWS) < 0.3, "yes", "no"),
            **columns,
        }
    )


def passing() -> list[str]:
    """Units that come and go, of ten rows each."""
    return [f"u{row // 10}" for row in range(ROWS)]


def staying() -> list[str]:
    """Units that are there all the time."""
    return [f"u{row % 50}" for row in range(ROWS)]


def said(made: Made, severity: str) -> list[str]:
    """What the findings about the split say."""
    return [one.what for one in made.dataset.findings if one.check == "split" and one.severity == severity]


BOTH = {"split__kind": "time_group", "split__by": "when", "split__group": "unit", "split__folds": 3}


def test_time_and_groups_hold_at_once_where_groups_come_and_go() -> None:
    made = make(table(passing()), "y", "binary", **BOTH)  # type: ignore[arg-type]
    split = made.dataset.split
    assert (split.kind, split.by, split.group, split.rolling) == ("time_group", "when", "unit", True)
    assert made.train["when"].max() < made.test["when"].min()  # type: ignore[operator]
    assert set(made.train["unit"]).isdisjoint(made.test["unit"])
    assert {FOLD, SINCE} <= set(made.train.columns)
    assert "when" in made.names
    assert "unit" not in made.names
    assert said(made, "info") == ["'unit' says which rows belong together: 60 groups, none on two sides"]


def test_groups_that_come_back_give_way_to_time_and_the_person_is_told() -> None:
    made = make(table(staying()), "y", "binary", **BOTH)  # type: ignore[arg-type]
    split = made.dataset.split
    assert (split.kind, split.by, split.group) == ("time", "when", None)
    assert "'unit' comes back over the whole time of 'when'" in split.why
    assert said(made, "warning") == ["Rows of one 'unit' stand on two sides of the split"]
    assert "unit" not in made.train.columns


def test_a_named_group_is_kept_apart_whatever_the_order_merely_shows() -> None:
    asked = Question("y", group_column="unit")
    made = make(table(staying()), asked, "binary", **BOTH)  # type: ignore[arg-type]
    assert (made.dataset.split.kind, made.dataset.split.by) == ("stratified_group", "unit")
    assert set(made.train["unit"]).isdisjoint(made.test["unit"])


def test_two_named_columns_that_cannot_both_be_followed_are_refused_with_the_way_out() -> None:
    asked = Question("y", group_column="unit", time_column="when")
    with pytest.raises(InputError, match="by time \\('when'\\) and by group \\('unit'\\) at once") as caught:
        make(table(staying()), asked, "binary", decided_by="user", **BOTH)  # type: ignore[arg-type]
    assert 'split = "time"' in str(caught.value)


def test_rows_that_the_split_costs_are_counted_with_the_reason() -> None:
    units = passing()
    units[-5:] = ["u0"] * 5
    made = make(table(units), "y", "binary", split__gap="10d", **BOTH)  # type: ignore[arg-type]
    reasons = dict(made.dataset.removed)
    assert reasons["later than the first sealed row, with a 'unit' that is known from before"] >= 5
    assert reasons["less than 10d before the sealed part"] == 18
    assert made.train.height + made.test.height + sum(reasons.values()) == ROWS
    assert (made.test["when"].min() - made.train["when"].max()).days >= 10  # type: ignore[operator,union-attr]
    assert made.dataset.split.gap == 10 * 86_400


def test_years_order_rows_as_dates_do() -> None:
    years = [2000 + row // 60 for row in range(ROWS)]
    asked = Question("y", time_column="year")
    plan = {"split__kind": "time", "split__by": "year", "split__gap": "1"}
    made = make(table(passing(), year=years), asked, "binary", **plan)  # type: ignore[arg-type]
    assert made.dataset.split.kind == "time"
    assert made.test["__row__"].min() > made.train["__row__"].max()  # type: ignore[operator]
    assert made.dataset.split.gap == 1.0


def test_a_row_number_parts_as_chance_would_and_says_so() -> None:
    plan = {"split__kind": "stratified_group", "split__by": "number"}
    made = make(table(passing(), number=list(range(ROWS))), "y", "binary", **plan)  # type: ignore[arg-type]
    assert "each row is a group of its own" in made.dataset.split.why


def test_a_group_column_of_two_values_parts_nothing_and_chance_takes_over() -> None:
    halves = ["a" if row % 2 else "b" for row in range(ROWS)]
    plan = {"split__kind": "stratified_group", "split__by": "half"}
    made = make(table(passing(), half=halves), "y", "binary", **plan)  # type: ignore[arg-type]
    assert made.dataset.split.kind == "stratified"
    assert "'half' cannot split the rows by group" in made.dataset.split.why
    assert said(made, "warning") == ["Rows of one 'half' stand on two sides of the split"]


def test_one_group_of_nearly_all_rows_is_reported() -> None:
    units = ["big"] * 560 + [f"u{row // 10}" for row in range(40)]
    plan = {"split__kind": "stratified_group", "split__by": "unit"}
    made = make(table(units), "y", "binary", **plan)  # type: ignore[arg-type]
    assert any("instead of 20 %" in what for what in said(made, "warning"))


def test_chance_that_the_person_insists_on_is_given_with_a_warning() -> None:
    asked = Question("y", time_column="when")
    made = make(table(passing()), asked, "binary", decided_by="user", split__kind="random")
    assert made.dataset.split.kind == "random"
    assert len(said(made, "warning")) == 1
    assert "parted at random as asked" in said(made, "warning")[0]


def test_a_gap_that_nothing_uses_is_reported() -> None:
    made = make(table(passing()), "y", "binary", split__gap="7d")
    assert said(made, "warning") == ["The gap of 7d is not used: rows are not parted by time"]
