"""Bounds among numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.runtime.bounds import is_bound, parse_bound
from fivefold.runtime.figures import parse_comma, parse_number

SIGNS = ("<", ">", "<=", ">=", "=<", "=>", "\u2264", "\u2265")


@given(st.sampled_from(SIGNS), st.sampled_from(["", " ", "\u00a0"]), st.floats(-1e9, 1e9))
def test_a_bound_is_read_as_its_number(sign: str, blank: str, number: float) -> None:
    text = f"{sign}{blank}{number!r}"
    assert is_bound(text)
    assert parse_bound(text, numbers=parse_number) == number


@given(st.text(max_size=12))
def test_what_is_no_bound_is_read_as_a_number_is(text: str) -> None:
    if not is_bound(text):
        assert parse_bound(text, numbers=parse_number) == parse_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "less than 5", "Less Than 5", "fewer than 5", "more than  5", "no more than 5", "not less than 5", "under 5", "over 5", "below\u00a05", "above 5",
        "up to 5", "at least 5", "at most 5", "up to $5", "5 or more", "5 and over", "5 or less",
    ],
)  # fmt: skip
def test_a_bound_in_words_is_read_as_its_number(text: str) -> None:
    assert is_bound(text)
    assert parse_bound(text, numbers=parse_number) == 5


@pytest.mark.parametrize(
    "text", ["over", "overtime 5", "over there", "under construction", "more or less", "5 more"]
)
def test_words_without_a_number_are_no_bounds(text: str) -> None:
    assert not is_bound(text)


def test_a_decimal_comma_stays_one() -> None:
    assert parse_bound("<1,234", numbers=parse_comma) == 1.234
    assert parse_bound("<1,234", numbers=parse_number) == 1234


@pytest.mark.parametrize(
    "text",
    ["<", ">", "+", "<5+", "<<5", "< x", "<=", "><5", "5<", "over 5 or more", "under < 5", "up to 5 or so"],
)
def test_what_is_neither_is_none(text: str) -> None:
    assert parse_bound(text, numbers=parse_number) is None
