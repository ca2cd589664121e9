"""Cleaning of values: one definition, for the training snapshot, for batches and for requests.

A cleaned value is a number (float), a whole number (int), a boolean, a text that is not empty and has no blanks around it,
a moment in UTC without zone, or None when it is missing. Missing are None, NaN, NaT and empty texts; infinite numbers,
since no one measured them; and, where a number, a date or a boolean is expected, the words in :data:`MISSING_WORDS`.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from fivefold.core.errors import RequestError
from fivefold.runtime.blanks import BLANKS
from fivefold.runtime.booleans import parse_boolean
from fivefold.runtime.dates import EPOCHS, from_epoch, naive_utc, parse_datetime
from fivefold.runtime.figures import parse_number
from fivefold.runtime.readings import parser

if TYPE_CHECKING:
    from fivefold.core.artefacts import Column, Kind
    from fivefold.runtime.readings import Parser

__all__ = [
    "BLANKS",
    "Absent",
    "MISSING_WORDS",
    "Cleaned",
    "Cleaner",
    "clean",
    "cleaner",
    "level",
    "parse_boolean",
    "parse_datetime",
    "parse_number",
]

Cleaned: TypeAlias = float | int | bool | str | datetime | None
"""What :func:`clean` returns."""
Cleaner: TypeAlias = Callable[[object], Cleaned]

MISSING_WORDS = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "nat", "null", "none", "nil", "-", "--", "?", ".", "<na>"}
)
"""Lower-case words that stand for a missing number, date or boolean; in a text or a category they are words."""
_INFINITY = math.inf
_SECOND = np.timedelta64(1, "s")
_LENGTHS = (timedelta, np.timedelta64)
_UNEVEN = frozenset({"Y", "M"})
"""NumPy's years and months, which have no one length."""
_WHOLE = 2**63
_EXPECTED: dict[Kind, str] = {
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "string": "a text",
    "datetime": "a date such as 2016-04-29 or 2016-04-29T18:38:08Z",
}


def clean(value: object, column: Column) -> Cleaned:
    """Clean one value.

    Parameters
    ----------
    value : object
        As a request, a frame or a file gave it; NumPy and pandas scalars are read too.
    column : Column

    Raises
    ------
    RequestError
        With code ``wrong_type`` and the column's name, when the value cannot be what the column takes.

    Examples
    --------
    >>> from fivefold.core.artefacts import Column
    >>> price = Column("price", "number", "number", nullable=True, reading="words")
    >>> clean("$1,234.50", price), clean("", price)
    (1234.5, None)
    """
    return cleaner(column)(value)


def cleaner(column: Column) -> Cleaner:
    """Return a function that cleans one value of this column; it costs less per value than :func:`clean`."""
    plain = _cleaner(column)
    return plain if not column.missing_values else _without(plain, Absent.of(column))


@dataclass(frozen=True, slots=True)
class Absent:
    """What stands for a missing value in a column, besides the usual words.

    Attributes
    ----------
    texts : frozenset of str
        In lower case; compared before a text is read. None of a column of texts, whose values are compared.
    values : frozenset of Cleaned
        Compared after a value is cleaned.
    """

    texts: frozenset[str]
    values: frozenset[Cleaned]

    @classmethod
    def of(cls, column: Column) -> Absent:
        """Read a column's missing values as it reads its values."""
        if column.kind == "string":
            return cls(frozenset(), frozenset(column.missing_values))
        clean_one, values = _cleaner(column), set()
        for text in column.missing_values:
            with contextlib.suppress(RequestError):
                values.add(clean_one(text))
        return cls(frozenset(text.lower() for text in column.missing_values), frozenset(values - {None}))


def _without(plain: Cleaner, absent: Absent) -> Cleaner:
    """Return a cleaner to which some values are missing ones."""
    texts, values = absent.texts, absent.values

    def clean_or_miss(value: object) -> Cleaned:
        if isinstance(value, str) and value.strip(BLANKS).lower() in texts:
            return None
        cleaned = plain(value)
        return None if cleaned in values else cleaned

    return clean_or_miss


def _cleaner(column: Column) -> Cleaner:
    """Return a function that cleans one value, whatever stands for a missing one."""
    if column.kind == "number":
        return _number_cleaner(column)
    if column.kind == "string":
        return _string_cleaner(column)
    parse = parser(column)
    reader = {"integer": _integer, "boolean": _boolean, "datetime": _datetime}[column.kind]
    return lambda value: reader(value, column, parse)


def level(value: Cleaned) -> str | None:
    """Name of the category that a cleaned value stands for: ``true``, ``3`` and ``3.5`` for values that are no texts.

    Examples
    --------
    >>> level(True), level(3.0), level("3"), level(None)
    ('true', '3', '3', None)
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _number_cleaner(column: Column) -> Cleaner:
    """Build the cleaner of a number, quickest for plain floats and ints."""
    parse = parser(column)

    def clean_number(value: object) -> Cleaned:
        kind = type(value)
        if kind is float:
            return value if -_INFINITY < value < _INFINITY else None  # type: ignore[operator,return-value]  # mypy does not follow the kind
        if value is None:
            return None
        return _number(value, column, parse)

    return clean_number


def _string_cleaner(column: Column) -> Cleaner:
    """Build the cleaner of a text, quickest for plain strings."""

    def clean_string(value: object) -> Cleaned:
        if type(value) is str:
            return value.strip(BLANKS) or None
        return _string(value, column)

    return clean_string


def _number(value: object, column: Column, parse: Parser) -> float | None:
    """Clean a number."""
    value = _native(value)
    if isinstance(value, str):
        value = _read(value, column, parse)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(value, column)
    try:
        number = float(value)
    except OverflowError as error:
        raise _wrong(value, column) from error
    return number if math.isfinite(number) else None


def _integer(value: object, column: Column, parse: Parser) -> int | None:
    """Clean a whole number."""
    value = _native(value)
    if isinstance(value, str):
        value = _read(value, column, parse)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -_WHOLE <= value < _WHOLE:
        raise _wrong(value, column)
    return value


def _boolean(value: object, column: Column, parse: Parser) -> bool | None:
    """Clean a boolean."""
    value = _native(value)
    if isinstance(value, str):
        value = _read(value, column, parse)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if value in {0, 1}:
            return bool(value)
        if not math.isfinite(value):
            return None
    raise _wrong(value, column)


def _string(value: object, column: Column) -> str | None:
    """Clean a text or a category."""
    value = _native(value)
    if isinstance(value, str):
        return value.strip(BLANKS) or None
    if isinstance(value, float) and math.isinf(value):
        return None
    if value is None or isinstance(value, bool | int | float | datetime):
        return level(value)
    if isinstance(value, date):
        return value.isoformat()
    raise _wrong(value, column)


def _datetime(value: object, column: Column, parse: Parser) -> datetime | None:
    """Clean a date or a moment."""
    if isinstance(value, _LENGTHS) and value == value:  # noqa: PLR0124 - NaT differs from itself
        raise _wrong(value, column)
    value = _native(value)
    if isinstance(value, str):
        value = _read(value, column, parse)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if column.form in EPOCHS and isinstance(value, int | float) and not isinstance(value, bool):
        value = from_epoch(value, column.form) or value
    if isinstance(value, datetime):
        return naive_utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day has no zone: it counts as UTC
    raise _wrong(value, column)


def _native(value: object) -> object:
    """Return what NumPy, pandas, decimals and lengths of time carry as a plain Python value, and None for their missing values."""
    if value is None or type(value) in {int, float, str, bool, datetime}:
        return value
    if isinstance(value, np.generic):
        return _unboxed(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):  # pandas' Timestamp and NaT
        return _plain_moment(value) if value == value else None  # noqa: PLR0124 - NaT differs from itself
    if isinstance(value, str):
        return str(value)
    return None if type(value).__name__ == "NAType" else value


def _unboxed(value: np.generic) -> object:
    """Return what a NumPy scalar holds: a moment to the microsecond, a length of time in seconds."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else value.astype("datetime64[us]").item()
    if isinstance(value, np.timedelta64):
        if np.datetime_data(value.dtype)[0] in _UNEVEN:
            return None if np.isnat(value) else value  # for nobody knows how many seconds that is
        return None if np.isnat(value) else float(value / _SECOND)
    return value.item()


def _plain_moment(value: datetime) -> datetime:
    """Return a subclass of datetime as the class itself, without what lies below microseconds."""
    return datetime.combine(value.date(), value.time(), tzinfo=value.tzinfo)


def _read(text: str, column: Column, parse: Parser) -> Cleaned:
    """Parse a text; None when it stands for a missing value."""
    stripped = text.strip(BLANKS)
    if stripped.lower() in MISSING_WORDS:
        return None
    parsed = parse(stripped)
    if parsed is None:
        raise _wrong(text, column)
    return parsed


def _wrong(value: object, column: Column) -> RequestError:
    """Say that a value is not of its column's type."""
    expected = _EXPECTED[column.kind]
    shown = repr(value)
    spared = ", or leave it empty" if column.nullable else ""
    return RequestError(
        f"The value of column '{column.name}' is not {expected.split(' such as')[0]}",
        seen=f"{shown[:60]}{'...' if len(shown) > 60 else ''} ({type(value).__name__})",
        expected=expected,
        todo=f"give '{column.name}' {expected}{spared}",
        code="wrong_type",
        column=column.name,
    )
