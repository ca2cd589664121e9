"""Readings that may be wrong: dates of unsure months and clocks of two figures are asked about, and the answer holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.data.journey import Made, make

from fivefold.core.extract import ColumnWish

if TYPE_CHECKING:
    from fivefold.core.artefacts import Reading

ROWS = 300


def table(**columns: object) -> pl.DataFrame:
    """A feature, a target that it hints at, and whatever a test adds."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=ROWS)
    y = np.where(x + generator.normal(size=ROWS) > 0, "yes", "no")
    return pl.DataFrame({"x": x, "y": y} | columns, strict=False)


def found(made: Made, check: str) -> list[str]:
    return [finding.what for finding in made.dataset.findings if finding.check == check]


def test_dates_of_unsure_months_are_asked_about() -> None:
    made = make(table(when=["03/04/2016", "05/06/2016", "07/08/2016"] * 100), "y", "binary")
    assert found(made, "values") == ["The dates in 'when' do not say which figure is the month"]


MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@pytest.mark.parametrize(("first", "years"), [(18, 5), (97, 3), (70, 25)])
def test_months_with_two_figures_of_their_year_are_dates_where_only_years_can_be_meant(
    first: int, years: int
) -> None:
    written = [f"{MONTHS[row % 12]}-{(first + row // 12 % years) % 100:02d}" for row in range(ROWS)]
    made = make(table(when=written), "y", "binary")
    column = next(column for column in made.dataset.contract.columns if column.name == "when")
    assert (column.role, column.form) == ("date", "mmm-yy")
    assert made.train["when"].null_count() == 0
    assert not found(made, "values")


@pytest.mark.parametrize(
    "written",
    [
        [f"{MONTHS[row % 12]}-20" for row in range(ROWS)],
        [f"{MONTHS[row % 12]}-{1 + row * 7 % 28:02d}" for row in range(ROWS)],
        [f"{MONTHS[row % 12]}-{1 + row % 2 * 14:02d}" for row in range(ROWS)],
        [f"{MONTHS[row % 5]}-{20 + row % 2}" for row in range(ROWS)],
    ],
)
def test_months_with_figures_that_may_be_days_are_asked_about(written: list[str]) -> None:
    made = make(table(when=written), "y", "binary")
    assert next(one for one in made.dataset.contract.columns if one.name == "when").role == "category"
    (asked,) = found(made, "values")
    assert "which may be a day or a year" in asked
    wished = make(table(when=written), "y", "binary", wishes={"when": ColumnWish(role="date")})
    assert next(one for one in wished.dataset.contract.columns if one.name == "when").form == "mmm-yy"
    assert not found(wished, "values")


def clocks(figures: str = "") -> list[str]:
    """Times of two figures, as runners have them."""
    return [f"{17 + row % 38}:{row * 7 % 60:02d}{figures if row == 5 else ''}" for row in range(ROWS)]


def test_times_that_are_taken_for_minutes_and_seconds_are_asked_about() -> None:
    made = make(table(run=clocks()), "y", "binary")
    asked = [one for one in made.dataset.findings if "run" in one.columns and "minutes" in one.what]
    assert len(asked) == 1
    assert "minutes and seconds" in asked[0].question
    column = next(one for one in made.dataset.contract.columns if one.name == "run")
    assert (column.reading, column.maximum) == ("minutes_first", 54 * 60 + 55)


@pytest.mark.parametrize(
    ("texts", "wish", "most"),
    [
        (clocks(), "minutes_first", 54 * 60 + 55),
        (clocks(), "duration", 54 * 3600 + 55 * 60),
        (clocks(".5"), None, 54 * 60 + 55),
        ([*clocks()[1:], "unknown"], "duration", 54 * 3600 + 55 * 60),
    ],
)
def test_nobody_is_asked_where_the_person_or_a_fraction_says_so(
    texts: list[str], wish: Reading | None, most: float
) -> None:
    wishes = {"run": ColumnWish(reading=wish)} if wish else {}
    made = make(table(run=texts), "y", "binary", wishes=wishes)
    assert not [one for one in made.dataset.findings if "minutes" in one.what]
    column = next(one for one in made.dataset.contract.columns if one.name == "run")
    assert column.maximum == most


def test_a_word_for_a_missing_time_leaves_the_question_open() -> None:
    made = make(table(run=[*clocks()[1:], "unknown"]), "y", "binary")
    assert [one for one in made.dataset.findings if "minutes" in one.what]
