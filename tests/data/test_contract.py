"""The contract: classes, and the class that scores speak of."""

from __future__ import annotations

import polars as pl
import pytest

from fivefold.data.contract import classes_of

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


def test_classes_that_are_numbers_stand_as_they_grow() -> None:
    assert classes_of(pl.Series(["10", "9", "-1", "2"])) == (("-1", "2", "9", "10"), None)
    assert classes_of(pl.Series(["10", "2.5", "9"])) == (("2.5", "9", "10"), None)
    assert classes_of(pl.Series(["10", "9", "a"])) == (("10", "9", "a"), None)
