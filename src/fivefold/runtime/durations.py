"""Lengths of time as people write them, in seconds."""

from __future__ import annotations

import re

__all__ = ["parse_duration", "units_of"]

_LONGEST = 64
_DAY = 86_400.0
_YEAR = 365.2425 * _DAY
_NUMBER = r"[0-9]+(?:[.,][0-9]+)?"
_CLOCK = re.compile(
    r"(?:(?P<days>[0-9]{1,6})\ ?(?:d|days?),?\ )?(?P<hours>[0-9]{1,4}):(?P<minutes>[0-5][0-9])"
    r"(?::(?P<seconds>[0-5][0-9](?:[.,][0-9]{1,9})?))?(?:\ ?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
_MINUTES = re.compile(r"(?P<minutes>[0-9]{1,4}):(?P<seconds>[0-5][0-9](?:[.,][0-9]{1,9})?)")
_ISO = re.compile(
    rf"P(?=[0-9T])(?:({_NUMBER})Y)?(?:({_NUMBER})M)?(?:({_NUMBER})W)?(?:({_NUMBER})D)?"
    rf"(?:T(?=[0-9])(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?"
)
_ISO_SECONDS = (_YEAR, _YEAR / 12, 7 * _DAY, _DAY, 3600.0, 60.0, 1.0)
_PIECE = re.compile(rf"({_NUMBER})\ ?([^\W\d_]+)\.?(?:\ ?,\ ?|\ (?:and|und|et|y)\ |\ )?")
_UNITS = {
    "year": (_YEAR, ("y", "yr", "yrs", "year", "years", "jahr", "jahre")),
    "month": (_YEAR / 12, ("mo", "mos", "mon", "month", "months", "monat", "monate")),
    "week": (7 * _DAY, ("w", "wk", "wks", "week", "weeks", "woche", "wochen")),
    "day": (_DAY, ("d", "day", "days", "tag", "tage")),
    "hour": (3600.0, ("h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden")),
    "minute": (60.0, ("m", "min", "mins", "minute", "minutes", "minuten")),
    "second": (1.0, ("s", "sec", "secs", "second", "seconds", "sek", "sekunde", "sekunden")),
    "millisecond": (1e-3, ("ms", "msec", "msecs", "millisecond", "milliseconds")),
}
_NAMES = {word: unit for unit, (_, words) in _UNITS.items() for word in words}


def parse_duration(text: str, *, minutes_first: bool = False) -> float | None:
    """Read a length of time in seconds; None when the text is none.

    Read are clocks (``1:30:00``, ``08:45`` as hours and minutes, ``2 days 03:00:00``, ``1:30 PM`` since midnight), figures
    with units (``2h 5min``, ``90 s``, ``1,5 h``) and ISO 8601 (``PT1H30M``). A month is the twelfth part of a year, and a
    year has 365.2425 days.

    Parameters
    ----------
    text : str
    minutes_first : bool
        Whether a clock of two figures has minutes and seconds, which may have a fraction: ``38:18.5``.

    Examples
    --------
    >>> [parse_duration(text) for text in ("1:30:00", "2h 5min", "90 s", "PT1H", "-0:30", "soon")]
    [5400.0, 7500.0, 90.0, 3600.0, -1800.0, None]
    >>> [parse_duration(text, minutes_first=True) for text in ("38:18", "1:02:03")]
    [2298.0, 3723.0]
    """
    stripped = text.strip()
    if not 2 <= len(stripped) <= _LONGEST:
        return None
    below = stripped[0] in "-\u2212"
    bare = stripped[1:].lstrip() if below or stripped[0] == "+" else stripped
    short = _MINUTES.fullmatch(bare) if minutes_first else None
    length = _length(bare) if short is None else 60.0 * int(short["minutes"]) + _number(short["seconds"])
    return -length if below and length is not None else length


def units_of(text: str) -> tuple[str, ...] | None:
    """Units of a text that names its units, such as ``("hour", "minute")``; None for any other.

    Examples
    --------
    >>> units_of("2h 5min"), units_of("90 s"), units_of("1:30")
    (('hour', 'minute'), ('second',), None)
    """
    pieces = _pieces(text.strip().lstrip("+-"))
    return None if pieces is None else tuple(unit for _, unit in pieces)


def _length(text: str) -> float | None:
    """Length of time without its sign."""
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        return _clock(clock)
    iso = _ISO.fullmatch(text)
    if iso is not None:
        pairs = zip(iso.groups(), _ISO_SECONDS, strict=True)
        return sum(_number(figure) * seconds for figure, seconds in pairs if figure)
    pieces = _pieces(text)
    return None if pieces is None else sum(figure * _UNITS[unit][0] for figure, unit in pieces)


def _clock(found: re.Match[str]) -> float | None:
    """Seconds of a clock; None when a twelve-hour clock does not have the hour."""
    hours = int(found["hours"])
    if found["half"]:
        if not 1 <= hours <= 12 or found["days"]:
            return None
        hours = hours % 12 + (12 if found["half"] in "pP" else 0)
    seconds = _number(found["seconds"] or "0")
    return int(found["days"] or 0) * _DAY + hours * 3600.0 + int(found["minutes"]) * 60.0 + seconds


def _pieces(text: str) -> list[tuple[float, str]] | None:
    """Figures and their units, each unit once; None when something else stands there."""
    pieces: list[tuple[float, str]] = []
    at = 0
    while at < len(text):
        match = _PIECE.match(text, at)
        unit = None if match is None else "month" if match[2] == "M" else _NAMES.get(match[2].lower())
        if match is None or unit is None or any(unit == known for _, known in pieces):
            return None
        pieces.append((_number(match[1]), unit))
        at = match.end()
    return pieces or None


def _number(figure: str) -> float:
    """Read a figure with either decimal mark."""
    return float(figure.replace(",", "."))
