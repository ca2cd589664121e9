"""Lengths of time as people write them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.runtime.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:30:00", 5_400.0), ("0:00:07.5", 7.5), ("08:45", 31_500.0), ("26:00", 93_600.0), ("1 day, 2:00:00", 93_600.0),
        ("1:30 PM", 48_600.0), ("12:05 am", 300.0), ("2h 5min", 7_500.0), ("90 s", 90.0), ("1,5 h", 5_400.0),
        ("3 hours and 20 minutes", 12_000.0), ("2 Std 5 Min", 7_500.0), ("250ms", 0.25), ("1w 2d", 777_600.0),
        ("PT1H", 3_600.0), ("P1DT30M", 88_200.0), ("-0:30", -1_800.0), ("12M", 31_556_952.0),
    ],
)  # fmt: skip
def test_a_written_length_is_read(text: str, seconds: float) -> None:
    read = parse_duration(text)
    assert read is not None
    assert math.isclose(read, seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "soon", "1:75", "13:00 PM", "P", "PT", "5 kg", "2h 3h", "1:2:3:4", "h"]
)
def test_what_is_no_length_is_none(text: str) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("38:18", 2_298.0), ("38:18.5", 2_298.5), ("5:07", 307.0), ("75:00", 4_500.0), ("1:02:03", 3_723.0), ("-0:30", -30.0),
     ("90 s", 90.0), ("38:61", None), ("2 days 03:00", 183_600.0)],
)  # fmt: skip
def test_two_figures_may_be_minutes_and_seconds(text: str, seconds: float | None) -> None:
    assert parse_duration(text, minutes_first=True) == seconds


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_every_clock_is_read_back(hours: int, minutes: int, seconds: int) -> None:
    total = hours * 3600 + minutes * 60 + seconds
    assert parse_duration(f"{hours}:{minutes:02d}:{seconds:02d}") == total
    assert parse_duration(f"PT{hours}H{minutes}M{seconds}S") == total


@given(st.text(max_size=70))
def test_any_text_gives_a_length_or_none(text: str) -> None:
    read = parse_duration(text)
    assert read is None or math.isfinite(read)
