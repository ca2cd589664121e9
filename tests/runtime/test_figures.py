"""Numbers as people write them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.runtime.figures import parse_number, parse_plain


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12.0), (" -12.5 ", -12.5), ("+7", 7.0), (".5", 0.5), ("5.", 5.0), ("1.2e3", 1200.0), ("1E-2", 0.01),
        ("$1,234.50", 1234.5), ("-$5", -5.0), ("$-5", -5.0), ("5 €", 5.0), ("USD 1,200", 1200.0), ("1 200 kr", 1200.0),
        ("12 %", 12.0), ("12%", 12.0), ("-0,5 %", -0.5),
        ("3.4k", 3400.0), ("19M", 19e6), ("2bn", 2e9), ("1,5 mn", 1.5e6), ("10,000+", 10_000.0),
        ("1,234", 1234.0), ("12,34,567", 1_234_567.0), ("1.234.567", 1_234_567.0), ("1'234.50", 1234.5),
        ("1.234,50", 1234.5), ("1,5", 1.5), ("0,123", 0.123), ("1234,567", 1234.567), ("1.234", 1.234),
        ("1\u00a0234,5", 1234.5), ("1\u202f234", 1234.0), ("\u22125", -5.0), ("1\u2019234", 1234.0),
        ("(1,234)", -1234.0), ("($5)", -5.0), ("(-5)", -5.0),
    ],
)  # fmt: skip
def test_a_written_number_is_read(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "12 kg", "1,2,3", "1..2", "--5", "(5", "5)", "1 2 3", "$", "k", "nan", "inf", "1e400",
     "0x10", "1_000", "12:30", "2016-04-29", "\u0661\u0662", "5 5", "1" * 400, "1 " * 40],
)  # fmt: skip
def test_what_is_no_number_is_none(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize("text", ["$5", "1,234", "12 %", "3k", "(5)", "nan", "inf", "", "1e999"])
def test_the_plain_form_knows_no_decoration(text: str) -> None:
    assert parse_plain(text) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_back_from_its_own_form(number: float) -> None:
    assert parse_plain(repr(number)) == parse_number(repr(number)) == number


@given(st.integers(-(10**12), 10**12))
def test_grouped_thousands_are_read_back(number: int) -> None:
    assert parse_number(f"{number:,}") == number
    assert parse_number(f"$ {number:,}.25".replace("$ -", "-$ ")) == number + math.copysign(
        0.25, -1 if number < 0 else 1
    )


@given(st.text(max_size=80))
def test_any_text_gives_a_finite_number_or_none(text: str) -> None:
    number = parse_number(text)
    assert number is None or math.isfinite(number)


@given(st.text(alphabet="0123456789.,'() $%kM+-e", max_size=40))
def test_any_mix_of_marks_gives_a_finite_number_or_none(text: str) -> None:
    number = parse_number(text)
    assert number is None or math.isfinite(number)
