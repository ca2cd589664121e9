"""Dates as people write them, read into UTC without a zone: the one form that the rest of the runtime knows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

__all__ = ["naive_utc", "parse_datetime"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_LONGEST = 64
_TIME = r"""(?:(?:[T,]\ ?|\ )(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})
    (?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?
    \ ?(?P<half>[AaPp][Mm])?\ ?(?P<zone>Z|z|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?)?)?"""
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?\ )?"
_NAMED_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_NAMED_MONTH = r"(?P<name>[A-Za-z]{3,9})\.?"
_SHAPES = tuple(
    re.compile(shape, re.VERBOSE)
    for shape in (
        r"(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})" + _TIME,
        r"(?P<first>[0-9]{1,2})(?P<mark>[-/.])(?P<other>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})" + _TIME,
        r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})",
        r"""(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})
        (?:T(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?(?P<zone>Z)?)?""",
        _WEEKDAY + _NAMED_DAY + r"[\ -]" + _NAMED_MONTH + r",?[\ -](?P<year>[0-9]{4})" + _TIME,
        _WEEKDAY + _NAMED_MONTH + r"[\ -]" + _NAMED_DAY + r"(?:,\ ?|[\ -])(?P<year>[0-9]{4})" + _TIME,
    )
)


def naive_utc(moment: datetime) -> datetime | None:
    """Return a moment in UTC without its zone; None when UTC would fall outside the years 1 to 9999.

    Examples
    --------
    >>> naive_utc(datetime(2016, 4, 29, 2, tzinfo=timezone(timedelta(hours=3)))).isoformat()
    '2016-04-28T23:00:00'
    """
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return None


def parse_datetime(text: str) -> datetime | None:
    """Read a date or a moment; None when the text is neither, or could be two different days.

    Read are ISO 8601 dates and moments (also with ``/`` or ``.``, with a blank before the time, with or without seconds,
    fraction and zone), ``20160429``, ``2016-04``, English month names (``29 Apr 2016``, ``April 29, 2016``), and day,
    month and year as figures where the day is certain: with points the day comes first (``05.04.2016``); with ``/`` or
    ``-`` one of the two must be above 12, or both the same. Years have four digits. Without a zone the moment counts as
    UTC; a time may end in AM or PM.

    Examples
    --------
    >>> parse_datetime("2016-04-29T18:38:08+02:00").isoformat(), parse_datetime("29/04/2016").isoformat()
    ('2016-04-29T16:38:08', '2016-04-29T00:00:00')
    >>> parse_datetime("05/04/2016") is None
    True
    """
    stripped = text.strip()
    if not 6 <= len(stripped) <= _LONGEST:
        return None
    for shape in _SHAPES:
        match = shape.fullmatch(stripped)
        if match is not None:
            return _moment(match.groupdict())
    return None


def _moment(found: dict[str, str | None]) -> datetime | None:
    """Put the pieces together; None when there is no such day or hour."""
    day_and_month = _day_and_month(found)
    hour = _hour(int(found.get("hour") or 0), (found.get("half") or "").lower())
    if day_and_month is None or hour is None:
        return None
    day, month = day_and_month
    fraction = (found.get("fraction") or "").ljust(6, "0")[:6]
    try:
        moment = datetime(
            int(found["year"] or 0),
            month,
            day,
            hour,
            int(found.get("minute") or 0),
            int(found.get("second") or 0),
            int(fraction),
            tzinfo=_zone(found.get("zone") or "Z"),
        )
    except ValueError:
        return None
    return naive_utc(moment)


def _day_and_month(found: dict[str, str | None]) -> tuple[int, int] | None:
    """Return day and month; None when it is not certain which is which."""
    if found.get("name"):
        name = (found["name"] or "").lower()
        if name not in _MONTHS and name not in _MONTH_NAMES and name != "sept":
            return None
        return int(found["day"] or 0), _MONTHS.index(name[:3]) + 1
    if found.get("first") is None:
        return int(found.get("day") or 1), int(found["month"] or 0)
    first, other = int(found["first"] or 0), int(found["other"] or 0)
    if found["mark"] == "." or first > 12 or first == other:
        return first, other
    return (other, first) if other > 12 else None


def _hour(hour: int, half: str) -> int | None:
    """Hour of the day; None when a twelve-hour clock does not have it."""
    if not half:
        return hour
    if not 1 <= hour <= 12:
        return None
    return hour % 12 + (12 if half == "pm" else 0)


def _zone(zone: str) -> timezone:
    """Read ``Z``, ``UTC``, ``GMT``, ``+02``, ``+0200`` or ``+02:00``; raises ValueError beyond a day."""
    if zone[0] not in "+-":
        return UTC
    digits = zone[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(-offset if zone[0] == "-" else offset)
