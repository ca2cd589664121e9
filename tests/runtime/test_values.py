"""Cleaning of single values."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from fivefold.core.artefacts import Column, Kind
from fivefold.core.errors import RequestError
from fivefold.runtime.values import Cleaned, clean, level, parse_boolean

NOON = datetime(2016, 4, 29, 12)  # noqa: DTZ001


def column(kind: Kind, *, number_text: bool = False) -> Column:
    return Column(
        "it",
        "category" if kind == "string" else "number",
        kind,
        nullable=True,
        reading="words" if number_text else "plain",
    )


@pytest.mark.parametrize(
    ("kind", "value", "cleaned"),
    [
        ("number", 3, 3.0), ("number", 2.5, 2.5), ("number", "2.5", 2.5), ("number", " 1e3 ", 1000.0),
        ("number", np.float32(0.5), 0.5), ("number", np.int64(7), 7.0), ("number", Decimal("1.25"), 1.25),
        ("number", 2**70, 2.0**70), ("number", "N/A", None), ("number", "-", None),
        ("number", timedelta(seconds=90.5), 90.5), ("number", np.timedelta64(1500, "ms"), 1.5),
        ("number", pd.Timedelta("2min"), 120.0), ("integer", timedelta(minutes=1), 60), ("string", timedelta(minutes=1), "60"),
        ("integer", 3, 3), ("integer", 3.0, 3), ("integer", "3", 3), ("integer", "3.0", 3), ("integer", np.int8(3), 3),
        ("boolean", True, True), ("boolean", 0, False), ("boolean", 1.0, True), ("boolean", "Yes", True),
        ("boolean", " f ", False), ("boolean", "0", False), ("boolean", np.True_, True), ("boolean", "?", None),
        ("string", " a b\u00a0", "a b"), ("string", 1.0, "1"), ("string", 1.5, "1.5"), ("string", 7, "7"),
        ("string", True, "true"), ("string", "N/A", "N/A"), ("string", np.str_("x"), "x"),
        ("string", date(2016, 4, 29), "2016-04-29"), ("string", math.inf, None),
        ("datetime", "2016-04-29T14:00+02:00", NOON), ("datetime", NOON, NOON),
        ("datetime", NOON.replace(tzinfo=timezone(timedelta(hours=1))), NOON - timedelta(hours=1)),
        ("datetime", date(2016, 4, 29), NOON - timedelta(hours=12)), ("datetime", np.datetime64("2016-04-29T12"), NOON),
        ("datetime", np.datetime64("2016-04-29T12", "ns"), NOON), ("datetime", pd.Timestamp(NOON), NOON),
        ("datetime", pd.Timestamp(NOON, tz=UTC), NOON), ("datetime", "none", None),
    ],
)  # fmt: skip
def test_a_value_becomes_what_its_column_takes(kind: Kind, value: object, cleaned: Cleaned) -> None:
    found = clean(value, column(kind))
    assert found == cleaned
    assert type(found) is type(cleaned)


@pytest.mark.parametrize("kind", ["number", "integer", "boolean", "string", "datetime"])
@pytest.mark.parametrize(
    "value",
    [
        None,
        math.nan,
        "",
        "  \u00a0",
        np.nan,
        np.float32("nan"),
        pd.NaT,
        pd.NA,
        np.datetime64("NaT", "us"),
        np.timedelta64("NaT", "s"),
        np.timedelta64("NaT", "Y"),
    ],
)
def test_every_way_to_say_missing_is_none(kind: Kind, value: object) -> None:
    assert clean(value, column(kind)) is None


@pytest.mark.parametrize("value", [math.inf, -math.inf, np.inf])
@pytest.mark.parametrize("kind", ["number", "integer", "boolean"])
def test_infinity_counts_as_missing(kind: Kind, value: object) -> None:
    assert clean(value, column(kind)) is None


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("number", "abc", "a number"), ("number", True, "a number"), ("number", [1], "a number"),
        ("number", np.timedelta64(2, "Y"), "a number"), ("string", np.timedelta64(2, "M"), "a text"),
        ("number", "$5", "a number"), ("number", 10**400, "a number"), ("number", NOON, "a number"),
        ("integer", 3.5, "a whole number"), ("integer", "3.5", "a whole number"), ("integer", 2**63, "a whole number"),
        ("integer", False, "a whole number"), ("integer", {}, "a whole number"),
        ("boolean", 2, "true or false"), ("boolean", "maybe", "true or false"), ("boolean", [], "true or false"),
        ("string", ["a"], "a text"), ("string", {"a": 1}, "a text"), ("string", b"a", "a text"),
        ("datetime", "05/04/2016", "a date"), ("datetime", 1461954000, "a date"), ("datetime", 1.5, "a date"),
        ("datetime", timedelta(1), "a date"), ("datetime", np.timedelta64(1, "D"), "a date"),
    ],
)  # fmt: skip
def test_another_type_is_refused_by_the_columns_name(kind: Kind, value: object, expected: str) -> None:
    with pytest.raises(RequestError, match=f"'it' is not {expected}") as caught:
        clean(value, column(kind))
    assert caught.value.code == "wrong_type"
    assert caught.value.column == "it"


def test_only_a_column_that_may_be_empty_is_advised_to_be_left_empty() -> None:
    advice = {}
    for optional in (True, False):
        with pytest.raises(RequestError) as caught:
            clean("abc", Column("it", "number", "number", nullable=optional))
        advice[optional] = caught.value.todo
    assert advice == {True: "give 'it' a number, or leave it empty", False: "give 'it' a number"}


def test_decorated_numbers_are_read_only_where_the_source_wrote_them() -> None:
    assert clean("$1,234.50", column("number", number_text=True)) == 1234.5
    assert clean("3.4k", column("integer", number_text=True)) == 3400
    with pytest.raises(RequestError):
        clean("$1,234.50", column("number"))


def test_a_long_value_is_cut_in_the_error() -> None:
    with pytest.raises(RequestError) as caught:
        clean("x" * 10_000, column("number"))
    assert len(str(caught.value)) < 300


def test_words_for_true_and_false() -> None:
    assert [parse_boolean(word) for word in ("TRUE", "t", "y", "No", "0", "On", "nein", "maybe")] == [
        True, True, True, False, False, True, False, None,
    ]  # fmt: skip
    assert [parse_boolean(word) for word in ("✓", " ✔\ufe0f", "✘", "☐", "Absent", "pass", "x", "", "\ufe0f")] == [
        True, True, False, False, False, True, None, None, None,
    ]  # fmt: skip


def test_the_level_of_a_value_that_is_no_text() -> None:
    values: list[Cleaned] = [False, 3, 3.0, 2.5, math.nan, NOON]
    assert [level(value) for value in values] == ["false", "3", "3", "2.5", None, "2016-04-29T12:00:00"]
