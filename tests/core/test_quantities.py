"""Human words for means are read strictly and printed kindly."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.core.errors import SettingsError
from fivefold.core.quantities import (
    format_bytes,
    format_seconds,
    parse_bytes,
    parse_count,
    parse_money,
    parse_seconds,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10min", 600),
        ("1h 30min", 5400),
        ("250ms", 0.25),
        ("1.5 h", 5400),
        ("2 days", 172800),
        ("1m", 60),
    ],
)
def test_stretches_of_time(text: str, seconds: float) -> None:
    assert parse_seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["0s", "soon", "", "-5s", "5", "5 parsecs", "5s and more", "inf s", "1e400s", "9" * 400 + "s"]
)
def test_no_stretch_of_time(text: str) -> None:
    with pytest.raises(SettingsError, match="time cannot be used"):
        parse_seconds(text)


@pytest.mark.parametrize(("text", "size"), [("4GB", 4e9), ("512 MiB", 512 * 2**20), ("20mb", 2e7), ("1B", 1)])
def test_sizes(text: str, size: float) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize(
    ("size", "text"),
    [(999, "999 B"), (999.7, "1 kB"), (999_700, "1 MB"), (999_600_000, "1 GB"), (2e12, "2 TB")],
)
def test_what_rounds_to_a_thousand_is_one_of_the_next_unit(size: float, text: str) -> None:
    assert format_bytes(size) == text
    assert (format_seconds(0.9994), format_seconds(0.9996)) == ("999 ms", "1 s")


def test_no_size() -> None:
    with pytest.raises(SettingsError, match="memory cannot be used"):
        parse_bytes("much")


@pytest.mark.parametrize(
    ("text", "money"), [("2.50 USD", (2.5, "USD")), ("3EUR", (3.0, "EUR")), ("7", (7.0, "USD"))]
)
def test_money(text: str, money: tuple[float, str]) -> None:
    assert parse_money(text) == money


@pytest.mark.parametrize("text", ["free", "-1 USD", "2.5 dollars", ""])
def test_no_money(text: str) -> None:
    with pytest.raises(SettingsError, match="money cannot be used"):
        parse_money(text)


@pytest.mark.parametrize("text", ["0", "two", "1.5", "-1", "²"])
def test_no_count(text: str) -> None:
    with pytest.raises(SettingsError, match="cores cannot be used"):
        parse_count(text)


@pytest.mark.parametrize(
    ("read", "name", "expected"),
    [
        (parse_seconds, "time", "10min"),
        (parse_seconds, "latency", "20ms"),
        (parse_seconds, "people", "15min"),
        (parse_bytes, "memory", "4GB"),
        (parse_bytes, "size", "20MB"),
        (parse_bytes, "scan", "10GB"),
    ],
)
def test_what_is_expected_is_told_in_the_measure_of_the_thing(
    read: Callable[..., float], name: str, expected: str
) -> None:
    with pytest.raises(SettingsError, match=rf"The stated {name} .*'20x'.*such as .*{expected}"):
        read("20x", name=name)
    assert read(expected, name=name) > 0


@given(st.integers(min_value=1, max_value=10**7))
def test_whole_seconds_survive(seconds: int) -> None:
    assert parse_seconds(f"{seconds}s") == seconds


def test_printing() -> None:
    assert [format_seconds(value) for value in (0.25, 12.34, 60, 3601)] == [
        "250 ms",
        "12.3 s",
        "1 min",
        "1 h",
    ]
    assert [format_bytes(value) for value in (12, 1500, 2e6, 3.21e9, 5e12)] == [
        "12 B",
        "1.5 kB",
        "2 MB",
        "3.21 GB",
        "5 TB",
    ]
