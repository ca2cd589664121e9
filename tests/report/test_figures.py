"""One rule for all figures."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.reader import read

from fivefold.core.artefacts import Score
from fivefold.report.figures import MINUS, NONE, TIMES, exact, figure, interval, percent, seconds, whole

finite = st.floats(
    allow_subnormal=False, allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12
)


def parsed(text: str) -> float:
    """The number that a reader sees."""
    plain = text.replace(MINUS, "-").replace(",", "")
    if TIMES in plain:
        mantissa, power = plain.split(f" {TIMES} 10")
        digits = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
        return float(mantissa) * 10.0 ** int(digits)
    return float(plain)


@given(finite)
def test_a_figure_is_never_off_by_more_than_its_last_digit(value: float) -> None:
    seen = parsed(figure(value))
    tolerance = 0.06 * abs(value) if abs(value) < 0.5e-4 else max(0.51e-4, 0.51e-3 * abs(value))
    assert seen == pytest.approx(value, abs=min(tolerance, 0.51) if abs(value) >= 1 else tolerance)


@given(finite.filter(lambda value: abs(value) > 1e-300))
def test_what_is_not_zero_never_looks_like_zero(value: float) -> None:
    assert parsed(figure(value)) != 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.751234, "0.7512"),
        (-0.5, f"{MINUS}0.5000"),
        (9.9996, "10.000"),
        (12345.678, "12,346"),
        (1_234_567, "1,234,567"),
        (0, "0"),
        (0.0, "0.0000"),
        (0.0000123, f"1.2 {TIMES} 10⁻⁵"),
        (None, NONE),
        (math.nan, NONE),
        (math.inf, NONE),
    ],
)
def test_the_rule_in_examples(value: float | None, text: str) -> None:
    assert figure(value) == text


def test_the_ends_of_an_interval_are_as_precise_as_its_middle() -> None:
    assert interval(Score("rmse", 43.2187, 9.87415, 147.0312, greater_is_better=False)) == "9.87 to 147.03"


def test_shares_counts_and_times() -> None:
    assert (percent(0.7513), percent(None), whole(-1_200)) == ("75.1 %", NONE, f"{MINUS}1,200")
    assert (seconds(0.00041), seconds(0), seconds(59.94)) == ("0.41 ms", "0 s", "59.9 s")


@given(finite)
def test_a_figure_carries_its_exact_value(value: float) -> None:
    assert read(exact(value, figure(value))).values() == {value}


def test_a_figure_that_is_not_there_carries_none() -> None:
    assert exact(None, figure(None)) == f"<span>{NONE}</span>"
