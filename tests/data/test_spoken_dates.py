"""Dates in several languages: columns of them are dates, in training as in requests, and what only looks like one is none."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.data.journey import glance, make

from fivefold.runtime.values import clean

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 300
FRENCH = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
SPANISH = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"]
DUTCH = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
]
PORTUGUESE = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
]
GERMAN = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
DAYS = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
WAYS: dict[str, Callable[[date], str]] = {
    "French": lambda day: f"{day.day} {FRENCH[day.month - 1]} {day.year}",
    "French without points": lambda day: f"{day.day} {FRENCH[day.month - 1].rstrip('.')} {day.year}",
    "Spanish": lambda day: f"{day.day} {SPANISH[day.month - 1]} {day.year}",
    "Spanish with hyphens": lambda day: f"{day.day:02d}-{SPANISH[day.month - 1]}-{day.year}",
    "Dutch": lambda day: f"{day.day} {DUTCH[day.month - 1]} {day.year}",
    "Portuguese": lambda day: f"{day.day} de {PORTUGUESE[day.month - 1]} de {day.year}",
    "German, short weekday": lambda day: f"{DAYS[day.weekday()][:2]}, {day:%d.%m.%Y}",
    "German, weekday": lambda day: f"{DAYS[day.weekday()]}, {day.day}. {GERMAN[day.month - 1]} {day.year}",
    "Chinese": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "weekday and British figures": lambda day: f"{day:%a %d/%m/%Y}",
    "weekday and two figures of the year": lambda day: f"{DAYS[day.weekday()][:2]}. {day:%d.%m.%y}",
}


def days() -> list[date]:
    return [date(2019, 1, 3) + timedelta(days=row * 37 % 1_400) for row in range(ROWS)]


def table(written: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"x": written, "n": [row * 7 % 11 for row in range(ROWS)], "y": ["a", "b", "b"] * 100}
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_column_of_dates_is_read_in_training_as_in_requests(way: str) -> None:
    texts = [WAYS[way](day) for day in days()]
    made = make(table(texts), "y", "binary")
    column = next(one for one in made.dataset.contract.columns if one.name == "x")
    assert (column.role, column.kind) == ("date", "datetime")
    moments = [datetime(day.year, day.month, day.day) for day in days()]  # noqa: DTZ001
    assert [clean(text, column) for text in texts] == moments
    assert set(made.train["x"]) <= set(moments)
    assert made.train["x"].null_count() == 0
    assert not [one for one in made.dataset.findings if "x" in one.columns and one.check == "values"]


@pytest.mark.parametrize(
    "make_one",
    [
        lambda row: DAYS[row % 7],
        lambda row: f"SET-{row % 45:02d}",
        lambda row: f"{DAYS[row % 7][:2]} {row % 24:02d}.00",
        lambda row: f"{FRENCH[row % 12]}",
        lambda row: f"Mo {row % 300}",
        lambda row: f"set {row % 12} out {row % 5}",
    ],
)
def test_what_only_looks_like_a_date_stays_words(make_one: Callable[[int], str]) -> None:
    found = glance(table([make_one(row) for row in range(ROWS)]), "y").column("x")
    assert found.kind == "string"
    assert not found.decisions or "date" not in found.decisions[0].what
