"""Cleaning of values: one definition, for the training snapshot, for batches and for requests.

A cleaned value is a number (float), a whole number (int), a boolean, a text that is not empty and has no blanks around it,
a moment in UTC without zone, or None when it is missing. Missing are None, NaN, NaT and empty texts; infinite numbers,
since no one measured them; and, where a number, a date or a boolean is expected, the words in :data:`MISSING_WORDS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from fivefold.core.errors import RequestError
from fivefold.runtime.dates import naive_utc, parse_datetime
from fivefold.runtime.figures import parse_number, parse_plain

if TYPE_CHECKING:
    from fivefold.core.artefacts import Column, Kind

__all__ = [
    "BLANKS",
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

T = TypeVar("T")

# Spelled out, because Python and Polars do not agree on what a blank is.
BLANKS = (
    " \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""Characters that are taken off both ends of a text."""
MISSING_WORDS = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "nat", "null", "none", "nil", "-", "--", "?", ".", "<na>"}
)
"""Lower-case words that stand for a missing number, date or boolean; in a text or a category they are words."""
_TRUE = frozenset({"true", "yes", "t", "y", "1"})
_FALSE = frozenset({"false", "no", "f", "n", "0"})
_INFINITY = math.inf
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
    if column.kind == "number":
        return _number_cleaner(column)
    if column.kind == "string":
        return _string_cleaner(column)
    reader = {"integer": _integer, "boolean": _boolean, "datetime": _datetime}[column.kind]
    return lambda value: reader(value, column)


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


def parse_boolean(text: str) -> bool | None:
    """Read true/false, yes/no, t/f, y/n or 1/0, whatever the case; None when the text is none of them.

    Examples
    --------
    >>> parse_boolean("Yes"), parse_boolean("0"), parse_boolean("maybe")
    (True, False, None)
    """
    word = text.strip(BLANKS).lower()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


def _number_cleaner(column: Column) -> Cleaner:
    """Build the cleaner of a number, quickest for plain floats and ints."""

    def clean_number(value: object) -> Cleaned:
        kind = type(value)
        if kind is float:
            return value if -_INFINITY < value < _INFINITY else None  # type: ignore[operator,return-value]
        if value is None:
            return None
        return _number(value, column)

    return clean_number


def _string_cleaner(column: Column) -> Cleaner:
    """Build the cleaner of a text, quickest for plain strings."""

    def clean_string(value: object) -> Cleaned:
        if type(value) is str:
            return value.strip(BLANKS) or None
        return _string(value, column)

    return clean_string


def _number(value: object, column: Column) -> float | None:
    """Clean a number."""
    value = _native(value)
    if isinstance(value, str):
        value = _read(value, column, parse_plain if column.reading == "plain" else parse_number)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(value, column)
    try:
        number = float(value)
    except OverflowError as error:
        raise _wrong(value, column) from error
    return number if math.isfinite(number) else None


def _integer(value: object, column: Column) -> int | None:
    """Clean a whole number."""
    value = _native(value)
    if isinstance(value, str):
        value = _read(value, column, parse_plain if column.reading == "plain" else parse_number)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -_WHOLE <= value < _WHOLE:
        raise _wrong(value, column)
    return value


def _boolean(value: object, column: Column) -> bool | None:
    """Clean a boolean."""
    value = _native(value)
    if isinstance(value, str):
        value = _read(value, column, parse_boolean)
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


def _datetime(value: object, column: Column) -> datetime | None:
    """Clean a date or a moment."""
    value = _native(value)
    if isinstance(value, str):
        return _read(value, column, parse_datetime)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, datetime):
        return naive_utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day has no zone: it counts as UTC
    raise _wrong(value, column)


def _native(value: object) -> object:
    """Return what NumPy, pandas and decimals carry as a plain Python value, and None for their missing values."""
    if value is None or type(value) in {int, float, str, bool, datetime}:
        return value
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else value.astype("datetime64[us]").item()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):  # pandas' Timestamp and NaT
        return _plain_moment(value) if value == value else None  # noqa: PLR0124 - NaT differs from itself
    if isinstance(value, str):
        return str(value)
    return None if type(value).__name__ == "NAType" else value


def _plain_moment(value: datetime) -> datetime:
    """Return a subclass of datetime as the class itself, without what lies below microseconds."""
    return datetime.combine(value.date(), value.time(), tzinfo=value.tzinfo)


def _read(text: str, column: Column, parse: Callable[[str], T | None]) -> T | None:
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
    return RequestError(
        f"The value of column '{column.name}' is not {expected.split(' such as')[0]}",
        seen=f"{shown[:60]}{'...' if len(shown) > 60 else ''} ({type(value).__name__})",
        expected=expected,
        todo=f"give '{column.name}' {expected}, or leave it empty",
        code="wrong_type",
        column=column.name,
    )
