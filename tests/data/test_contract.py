"""The contract: ranges, categories, classes, and the class that scores speak of."""

from __future__ import annotations

import polars as pl
import pytest

from fivefold.core.artefacts import Column
from fivefold.data.contract import classes_of, describe

CLASSES = [
    (["no", "yes", "yes"], ("no", "yes")),
    (["No", "Yes", "Yes"], ("No", "Yes")),
    (["true", "false", "true"], ("false", "true")),
    (["1", "0", "1"], ("0", "1")),
    (["1", "2", "2"], ("1", "2")),
    (["-1", "1", "1"], ("-1", "1")),
    (["y", "n", "y"], ("n", "y")),
    (["stayed", "stayed", "left"], ("stayed", "left")),
    (["good", "bad", "good"], ("good", "bad")),
    (["a", "b"], ("a", "b")),
    (["10", "9", "9", "10", "10"], ("9", "10")),
    (["0.5", "1.5", "1.5"], ("0.5", "1.5")),
    (["class 00000", "class 00001", "class 00001"], ("class 00000", "class 00001")),
    (["x-1", "x-2", "x-2"], ("x-1", "x-2")),
    (["a1", "b2", "b2"], ("b2", "a1")),
    ([">50K", "<=50K", "<=50K"], ("<=50K", ">50K")),
]


@pytest.mark.parametrize(("labels", "classes"), CLASSES)
def test_of_two_classes_the_one_of_interest_stands_last(labels: list[str], classes: tuple[str, str]) -> None:
    assert classes_of(pl.Series(labels)) == (classes, classes[1])


def test_of_several_classes_none_is_preferred() -> None:
    assert classes_of(pl.Series(["c", "a", None, "b"])) == (("a", "b", "c"), None)


def test_numbers_have_a_range() -> None:
    column = describe(pl.Series("x", [3.0, None, -1.0]), Column("x", "number", "number", nullable=False))
    assert (column.nullable, column.minimum, column.maximum, column.categories) == (True, -1.0, 3.0, ())


def test_dates_have_a_range_in_seconds() -> None:
    days = pl.Series("x", ["1970-01-02", "1970-01-01"]).str.to_datetime(time_unit="us")
    column = describe(days, Column("x", "date", "datetime", nullable=True))
    assert (column.nullable, column.minimum, column.maximum) == (False, 0.0, 86400.0)


def test_categories_are_named_most_frequent_first() -> None:
    values = pl.Series("x", ["b", "a", "c", "c", None])
    column = describe(values, Column("x", "category", "string", nullable=True))
    assert column.categories == ("c", "a", "b")
    assert column.complete


def test_booleans_and_whole_codes_are_named_like_categories() -> None:
    flag = describe(pl.Series("x", [True, False, True]), Column("x", "boolean", "boolean", nullable=True))
    code = describe(pl.Series("x", [7, 7, 12]), Column("x", "category", "integer", nullable=True))
    assert flag.categories == ("true", "false")
    assert code.categories == ("7", "12")


def test_only_a_thousand_categories_are_named() -> None:
    column = describe(pl.Series("x", [str(n) for n in range(1001)]), Column("x", "category", "string", True))
    assert len(column.categories) == 1000
    assert not column.complete


def test_a_text_has_no_categories() -> None:
    column = describe(pl.Series("x", ["some words", "other words"]), Column("x", "text", "string", True))
    assert column.categories == ()


def test_a_column_without_any_value_is_described() -> None:
    column = describe(pl.Series("x", [None, None], dtype=pl.Float64), Column("x", "number", "number", True))
    assert (column.nullable, column.minimum, column.maximum) == (True, None, None)
