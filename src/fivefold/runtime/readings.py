"""Readings: the function that turns a column's texts into values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from fivefold.runtime.blanks import BLANKS
from fivefold.runtime.booleans import parse_boolean
from fivefold.runtime.bounds import parse_bound
from fivefold.runtime.dates import (
    DAY_OF_YEAR,
    EPOCHS,
    MONTH_OF_YEAR,
    from_epoch,
    parse_datetime,
    parse_day_of_year,
    parse_month_of_year,
)
from fivefold.runtime.durations import parse_duration
from fivefold.runtime.figures import parse_comma, parse_number, parse_plain, parse_whole

if TYPE_CHECKING:
    from fivefold.core.artefacts import Column, Reading

__all__ = ["AMOUNT", "BOUNDED", "Parser", "parser"]

Parser: TypeAlias = Callable[[str], "float | int | bool | datetime | None"]
"""Reads a text without blanks around it; None when it is something else."""

AMOUNT = "amount in "
"""Form of numbers that carry one unit throughout: ``amount in kg``."""
_NUMBERS: dict[Reading, Callable[[str], float | None]] = {
    "words": parse_number,
    "bounds": parse_number,
    "decimal_comma": parse_comma,
    "comma_bounds": parse_comma,
    "duration": parse_duration,
    "minutes_first": partial(parse_duration, minutes_first=True),
}
BOUNDED: frozenset[Reading] = frozenset({"bounds", "comma_bounds"})
"""Readings that take a bound such as ``<5`` for its number."""
_FORMS: dict[str, Callable[[str], datetime | None]] = {
    DAY_OF_YEAR: parse_day_of_year,
    MONTH_OF_YEAR: parse_month_of_year,
}
_DAY_FIRST: dict[Reading, bool] = {"day_first": True, "month_first": False}


def parser(column: Column) -> Parser:
    """Return what reads the texts of a column that is none of texts.

    Examples
    --------
    >>> from fivefold.core.artefacts import Column
    >>> parser(Column("weight", "number", "number", nullable=True, reading="words", form="amount in kg"))("1,200 kg")
    1200.0
    """
    if column.kind == "boolean":
        return parse_boolean
    if column.kind == "datetime":
        order = _DAY_FIRST.get(column.reading)
        if column.form in _FORMS and order is None:
            return _FORMS[column.form]
        dates = parse_datetime if order is None else partial(parse_datetime, day_first=order)
        return partial(_epoch, form=column.form, dates=dates) if column.form in EPOCHS else dates
    numbers: Callable[[str], float | None] = _NUMBERS.get(column.reading, parse_plain)
    if column.form.startswith(AMOUNT):
        numbers = partial(_amount, unit=column.form.removeprefix(AMOUNT), numbers=numbers)
    if column.reading in BOUNDED:
        numbers = partial(parse_bound, numbers=numbers)
    return partial(_whole, numbers=numbers) if column.kind == "integer" else numbers


def _amount(text: str, *, unit: str, numbers: Callable[[str], float | None]) -> float | None:
    """Read a number with or without its unit."""
    there = text[-len(unit) :].lower() == unit.lower()
    return numbers(text[: -len(unit)].strip(BLANKS) if there else text)


def _whole(text: str, *, numbers: Callable[[str], float | None]) -> float | int | None:
    """Read a whole number digit for digit where it is written plainly: a float does not hold more than 15."""
    exact = parse_whole(text)
    return numbers(text) if exact is None else exact


def _epoch(text: str, *, form: str, dates: Callable[[str], datetime | None]) -> datetime | None:
    """Read a number that stands for a moment, or a date."""
    count = parse_plain(text)
    moment = None if count is None else from_epoch(count, form)
    return dates(text) if moment is None else moment
