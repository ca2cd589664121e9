"""What the person says about a column overrules what was judged."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pytest

from fivefold.core.artefacts import ColumnProfile, Question
from fivefold.core.errors import InputError
from fivefold.core.extract import ColumnWish, DataSettings, Extract
from fivefold.data.gather import gather
from fivefold.data.look import look

ROWS = 240
DOTTED: list[object] = [*(f"{n}.{n}" for n in range(100, 160)), *map(str, range(900, 930))]
"""Figures whose dots are taken for marks between thousands where nobody says anything."""


def wished(values: list[object], wish: ColumnWish, decimal: str = "") -> ColumnProfile:
    """The profile of a column about which something is said."""
    column = pl.Series("it", (values * ROWS)[:ROWS], strict=False)
    frame = pl.DataFrame([column, pl.Series("y", ["no", "yes"] * (ROWS // 2))])
    with tempfile.TemporaryDirectory() as folder:
        settings = DataSettings(columns={"it": wish}, decimal=decimal)
        return look(gather(Extract(frame), Path(folder)), Question("y"), settings).column("it")


CASES = [
    ([1, 2, 3, 4], ColumnWish(role="category"), ("category", "string")),
    ([1.0, 2.0, None], ColumnWish(role="category"), ("category", "integer")),
    (["low", "high", "mid"], ColumnWish(role="category"), ("category", "string")),
    (["0501", "0777", "1234"], ColumnWish(role="number"), ("number", "number")),
    (["03/04/2016", "05/06/2016"], ColumnWish(reading="day_first"), ("date", "datetime")),
    (["1:30", "2:45"], ColumnWish(role="number", reading="duration"), ("number", "number")),
    (["<5", "<5", "<5", "7"], ColumnWish(reading="bounds"), ("number", "number")),
    ([*map(str, range(20)), "<5"], ColumnWish(reading="words"), ("number", "number")),
    ([*map(str, range(20)), "<5"], ColumnWish(role="category"), ("category", "string")),
    (["b", "a", "c"], ColumnWish(levels=("c", "b", "a")), ("ordinal", "string")),
    ([3, 1, 2, 10], ColumnWish(role="ordinal"), ("ordinal", "string")),
    (["x", "y", "z"], ColumnWish(role="identifier"), ("identifier", "string")),
    (["a b c", "d e f"], ColumnWish(role="text"), ("text", "string")),
]


@pytest.mark.parametrize(("values", "wish", "expected"), CASES)
def test_a_wish_is_followed_and_noted(
    values: list[object], wish: ColumnWish, expected: tuple[str, str]
) -> None:
    seen = wished(values, wish)
    assert (seen.role, seen.kind) == expected
    assert any(one.confidence == 1.0 for one in seen.decisions)


def test_levels_are_those_of_the_wish_or_the_order_of_numbers() -> None:
    assert wished(["b", "a", "c"], ColumnWish(levels=("c", "b", "a"))).levels == ("c", "b", "a")
    assert wished([3, 1, 2, 10], ColumnWish(role="ordinal")).levels == ("1", "2", "3", "10")


def test_missing_values_are_those_of_the_wish() -> None:
    ages: list[object] = [*range(18, 90), 999, 999, 999]
    assert wished(ages, ColumnWish()).missing_values == ("999",)
    assert wished(ages, ColumnWish(missing_values=())).maximum == 999
    assert wished(ages, ColumnWish(missing_values=("999", "18"))).minimum == 19


def test_a_comma_is_what_the_person_says() -> None:
    assert wished(["1,234", "5,678"], ColumnWish(reading="decimal_comma")).maximum == 5.678
    assert wished(["1,234", "5,678"], ColumnWish(reading="words")).maximum == 5678


@pytest.mark.parametrize(
    ("values", "wish"),
    [
        (["red", "blue", "2016-04-29"], ColumnWish(role="date")),
        (["red", "blue", "1"], ColumnWish(role="number")),
        (["red", "blue"], ColumnWish(role="boolean")),
        (["red", "blue", "green"], ColumnWish(levels=("low", "high"))),
    ],
)
def test_a_wish_that_the_values_do_not_bear_is_refused_with_examples(
    values: list[object], wish: ColumnWish
) -> None:
    with pytest.raises(InputError, match="'it' cannot be what") as caught:
        wished(values, wish)
    assert "'red'" in caught.value.seen
    assert f"of {ROWS} values" in caught.value.seen


def test_an_order_that_nobody_knows_is_asked_for() -> None:
    with pytest.raises(InputError, match="Nobody knows the order") as caught:
        wished(["red", "blue", "green"], ColumnWish(role="ordinal"))
    assert "levels" in caught.value.todo


def test_bounds_are_missing_where_the_person_says_words() -> None:
    values: list[object] = [*map(str, range(10, 29)), "<5"]
    assert (wished(values, ColumnWish()).missing, wished(values, ColumnWish()).minimum) == (0, 5)
    seen = wished(values, ColumnWish(reading="words"))
    assert (seen.missing, seen.minimum) == (ROWS // 20, 10)
    assert not [one for one in seen.decisions if "bound" in one.what]


@pytest.mark.parametrize(
    ("values", "decimal", "highest", "reading"),
    [
        (["1,100", "2,200", "3"], "", 2200, "words"),
        (["1,100", "2,200", "3"], ".", 2200, "words"),
        (["1,100", "2,200", "3"], ",", 3, "decimal_comma"),
        (["1.100", "2.200", "3"], "", 3, "plain"),
        (["1.100", "2.200", "3"], ",", 2200, "decimal_comma"),
        (["1.100 kg", "2.200 kg"], ",", 2200, "decimal_comma"),
        (DOTTED, "", 159159, "decimal_comma"),
        (DOTTED, ",", 159159, "decimal_comma"),
        (DOTTED, ".", 929, "words"),
    ],
)
def test_the_decimal_mark_of_the_table_is_that_of_its_columns(
    values: list[object], decimal: str, highest: float, reading: str
) -> None:
    seen = wished(values, ColumnWish(), decimal)
    assert (seen.maximum, seen.reading) == (highest, reading)


@pytest.mark.parametrize("values", [["1", "2", "3"], ["1.5", "2.25", "1.125"], ["red", "1,100"]])
def test_a_decimal_mark_changes_no_column_that_has_none_or_the_other(values: list[object]) -> None:
    assert wished(values, ColumnWish(), ",") == wished(values, ColumnWish())


def test_what_is_said_of_a_column_is_heard_before_what_is_said_of_the_table() -> None:
    values: list[object] = ["1,100", "2,200", "999"]
    assert wished(values, ColumnWish(reading="words"), ",").maximum == 2200
    seen = wished(values, ColumnWish(role="number", missing_values=("999",)), ",")
    assert (seen.maximum, seen.missing_values, seen.missing) == (2.2, ("999",), ROWS // 3)
