"""Dates as people write them, read into UTC without a zone: the one form that the rest of the runtime knows."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = [
    "DAY_OF_YEAR",
    "EPOCHS",
    "MONTH_OF_YEAR",
    "WEEKDAY",
    "from_epoch",
    "naive_utc",
    "parse_datetime",
    "parse_day_of_year",
    "parse_month_of_year",
]

EPOCHS = ("epoch seconds", "epoch milliseconds", "epoch microseconds", "yyyymmdd", "yyyymm")
"""Forms of numbers that stand for moments."""
DAY_OF_YEAR = "yyyy-ddd"
"""Form of dates that count the days of their year, ``2022-017``: read only where a column is known to be made of them."""
MONTH_OF_YEAR = "mmm-yy"
"""Form of months with two figures of their year, ``Jan-20``: read only where a column is known to be made of them."""
_MICROSECONDS = {"epoch seconds": 1_000_000, "epoch milliseconds": 1_000, "epoch microseconds": 1}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - moments are UTC without zone
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Microseconds between 1970 and the ends of the years 1 to 9999."""
_MONTHS = (
    "jan january januar jänner janvier janv enero ene gennaio gen januari janeiro",
    "feb february februar février fevrier févr fevr fév febrero febbraio februari fevereiro fev",
    "mar march mär märz mars marzo maart mrt março marco",
    "apr april avril avr abril abr aprile",
    "may mai mayo maggio mag mei maio",
    "jun june juni juin junio giugno giu junho",
    "jul july juli juillet juil julio luglio lug julho",
    "aug august août aout agosto ago augustus",
    "sep sept september septembre septiembre setiembre settembre set setembro",
    "oct october okt oktober octobre octubre ottobre ott outubro out",
    "nov november novembre noviembre novembro",
    "dec december dez dezember décembre decembre déc diciembre dicembre dic dezembro",
)
"""In English, German, French, Spanish, Italian, Dutch and Portuguese, whole and shortened."""
_MONTH_OF = {word: number for number, words in enumerate(_MONTHS, start=1) for word in words.split()}
_WEEKDAYS = (
    "mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday",
    "mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag sonnabend so sonntag",
    "lun lundi mardi mer mercredi jeu jeudi ven vendredi sam samedi dim dimanche",
    "lunes mar martes mié mie miércoles miercoles jue jueves vie viernes sáb sab sábado sabado dom domingo",
    "lunedì martedì mercoledì gio giovedì venerdì sabato domenica",
    "ma maandag dinsdag wo woensdag donderdag vr vrijdag za zaterdag zo zondag",
    "seg segunda ter terça qua quarta qui quinta sex sexta",
)
"""In the same languages; which day it is, the date itself says."""
_HOURS = {"EST": -5, "EDT": -4, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2}
"""Names of zones that mean one thing only."""
_BLANK = str.maketrans("\u00a0\u2009\u202f", "   ")
_CENTURY = 69
"""Two-digit years from here on are of the last century, as in POSIX."""
_LONGEST = 64
_CLOCK = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
)
_ZONE = (
    rf"(?P<zone>Z|z|UTC|GMT|{'|'.join(_HOURS)}|[-+][0-9]{{2}}(?::?[0-9]{{2}})?"
    r"|(?:UTC|GMT)[-+][0-9]{1,2}(?::?[0-9]{2})?|[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z0-9_+-]*){1,2})"
)
_TIME = rf"(?:(?:[T,]\ ?|\ )(?:at\ )?{_CLOCK}\ ?(?P<half>[AaPp][Mm])?\ ?{_ZONE}?)?"
WEEKDAY = (
    rf"(?:(?i:{'|'.join(sorted(' '.join(_WEEKDAYS).split(), key=len, reverse=True))})(?:-feira)?\.?,?\ )?"
)
"""Pattern of the weekday that may stand before a date."""
_NAMED_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er|\.?º|\.)?"
_NAMED_MONTH = r"(?P<name>[^\W\d_]{3,10})\.?"
_OF = r"(?:[\ -]|\ (?:of|de|del)\ )"
_SHAPES = tuple(
    re.compile(shape, re.VERBOSE)
    for shape in (
        WEEKDAY
        + r"(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})"
        + _TIME,
        WEEKDAY
        + r"(?P<first>[0-9]{1,2})(?P<mark>[-/.])(?P<other>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})"
        + _TIME,
        r"(?P<year>[0-9]{4})[-/](?P<month>[0-9]{2})",
        r"(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})",
        r"""(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})
        (?:T(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?(?P<zone>Z)?)?""",
        WEEKDAY
        + r"(?:(?:[Tt]he|den|le|el)\ )?"
        + _NAMED_DAY
        + _OF
        + _NAMED_MONTH
        + f",?{_OF}(?P<year>[0-9]{{4}})"
        + _TIME,
        WEEKDAY + _NAMED_MONTH + r"[\ -]" + _NAMED_DAY + r"(?:,\ ?|[\ -])(?P<year>[0-9]{4})" + _TIME,
        _NAMED_DAY + "-" + _NAMED_MONTH + "-(?P<short>[0-9]{2})",
        _NAMED_MONTH + r"[\ -](?P<year>[0-9]{4})",
        r"(?P<year>[0-9]{4})[-\ ]?Q(?P<quarter>[1-4])",
        r"Q(?P<quarter>[1-4])[-\ /]?(?P<year>[0-9]{4})",
        r"(?P<year>[0-9]{4})-?W(?P<week>[0-9]{2})(?:-?(?P<weekday>[1-7]))?",
        WEEKDAY + _NAMED_MONTH + r"\ {1,2}" + _NAMED_DAY + rf"\ {_CLOCK}\ (?:{_ZONE}\ )?(?P<year>[0-9]{{4}})",
        r"(?P<year>[0-9]{4})[年년]\ ?(?P<month>[0-9]{1,2})[月월](?:\ ?(?P<day>[0-9]{1,2})[日일]"
        + _TIME
        + ")?",
        _NAMED_DAY + "/" + _NAMED_MONTH + rf"/(?P<year>[0-9]{{4}})(?::{_CLOCK}(?:\ {_ZONE})?)?",
    )
)
_DAY_OF_YEAR = re.compile(r"(?P<year>[0-9]{4})-(?P<yearday>[0-9]{3})" + _TIME, re.VERBOSE)
_MONTH_OF_YEAR = re.compile(_NAMED_MONTH + r"[\ -]'?(?P<short>[0-9]{2})", re.VERBOSE)
_ISO_LENGTHS = frozenset({10, 19, 20})
# The usual form, which Python itself reads in a tenth of the time.
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z?)?")
_SHORT = re.compile(
    WEEKDAY
    + r"(?P<first>[0-9]{1,2})(?P<mark>[-/.])(?P<other>[0-9]{1,2})(?P=mark)(?P<short>[0-9]{2})"
    + _TIME,
    re.VERBOSE,
)
_PLACE = re.compile(r"\[[A-Za-z_/+-]+\]$")
"""The name of the zone's place that Java appends: ``[Europe/Rome]``."""


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


def parse_datetime(text: str, *, day_first: bool | None = None) -> datetime | None:
    """Read a date or a moment; None when the text is neither, or could be two different days.

    Read are ISO 8601 dates, weeks and moments (also with ``/`` or ``.``, with a blank before the time, with or without
    seconds, fraction and zone), ``20160429``, ``2016-04``, ``2016-Q2``, ``2016年4月29日``, month names in seven languages
    (``29 Apr 2016``, ``April 29th, 2016``, ``29 avr. 2016``, ``29 de abril de 2016``), a weekday in one of them before the
    date (``Fr, 29.04.2016``), what servers write into their logs, and day, month and year as figures where the day is certain:
    with points the day comes first (``05.04.2016``); with ``/`` or ``-`` one of the two must be above 12, or both the same.
    Years have four digits. A zone may be a difference (``+02:00``, ``UTC+2``) or a place with its summer times
    (``Europe/Berlin``); without one the moment counts as UTC. A time may end in AM or PM. A month, a quarter or a week is
    its first day.

    Parameters
    ----------
    text : str
    day_first : bool, optional
        Which figure of ``05/04/2016`` is the day, and then years may have two digits; when not given, such a text is none.

    Examples
    --------
    >>> parse_datetime("2016-04-29T18:38:08+02:00").isoformat(), parse_datetime("29/04/2016").isoformat()
    ('2016-04-29T16:38:08', '2016-04-29T00:00:00')
    >>> parse_datetime("05/04/2016") is None, parse_datetime("05/04/16", day_first=True).isoformat()
    (True, '2016-04-05T00:00:00')
    """
    stripped = _plainer(text)
    if not 6 <= len(stripped) <= _LONGEST:
        return None
    if len(stripped) in _ISO_LENGTHS and _ISO.fullmatch(stripped):
        try:
            return datetime.fromisoformat(stripped).replace(tzinfo=None)
        except ValueError:
            return None
    if stripped[-1] == "]":
        stripped = _PLACE.sub("", stripped)
    for shape in _SHAPES:
        match = shape.fullmatch(stripped)
        if match is not None:
            return _moment(match.groupdict(), day_first=day_first)
    if day_first is not None:
        match = _SHORT.fullmatch(stripped)
        if match is not None:
            return _moment(match.groupdict(), day_first=day_first)
    return None


def parse_day_of_year(text: str) -> datetime | None:
    """Read a date that counts the days of its year, or any other certain date; None when the text is neither.

    Examples
    --------
    >>> parse_day_of_year("2022-017").isoformat(), parse_day_of_year("2022-366"), parse_datetime("2022-017")
    ('2022-01-17T00:00:00', None, None)
    """
    stripped = text.strip()
    match = _DAY_OF_YEAR.fullmatch(stripped) if len(stripped) <= _LONGEST else None
    return parse_datetime(text) if match is None else _moment(match.groupdict(), day_first=None)


def parse_month_of_year(text: str) -> datetime | None:
    """Read a month with two figures of its year as its first day, or any other certain date; None when the text is neither.

    Examples
    --------
    >>> parse_month_of_year("Jan-20").isoformat(), parse_month_of_year("Sept '98").isoformat(), parse_datetime("Jan-20")
    ('2020-01-01T00:00:00', '1998-09-01T00:00:00', None)
    """
    stripped = _plainer(text)
    match = _MONTH_OF_YEAR.fullmatch(stripped) if len(stripped) <= _LONGEST else None
    return parse_datetime(text) if match is None else _moment(match.groupdict(), day_first=None)


def from_epoch(count: float, form: str) -> datetime | None:
    """Read a number that stands for a moment.

    Parameters
    ----------
    count : int or float
    form : str
        One of :data:`EPOCHS`.

    Returns
    -------
    datetime or None
        None outside the years 1 to 9999, or when there is no such day.

    Examples
    --------
    >>> from_epoch(1461954000, "epoch seconds").isoformat(), from_epoch(201604.0, "yyyymm").isoformat()
    ('2016-04-29T18:20:00', '2016-04-01T00:00:00')
    """
    if not math.isfinite(count):
        return None
    if form in _MICROSECONDS:
        microseconds = count * _MICROSECONDS[form]
        there = _FIRST <= microseconds <= _LAST
        return _EPOCH + timedelta(microseconds=math.floor(microseconds)) if there else None
    digits = f"{int(count)}" if count == math.floor(count) else ""
    text = digits if form == "yyyymmdd" else digits + "01"
    return parse_datetime(text) if len(text) == 8 else None


def _plainer(text: str) -> str:
    """A text without blanks around it, its accents on their letters, its other blanks plain ones."""
    stripped = text.strip()
    if stripped.isascii():
        return stripped
    return unicodedata.normalize("NFC", stripped).translate(_BLANK)


def _moment(found: dict[str, str | None], *, day_first: bool | None) -> datetime | None:
    """Put the pieces together; None when there is no such day or hour."""
    hour = _hour(int(found.get("hour") or 0), (found.get("half") or "").lower())
    if hour is None:
        return None
    fraction = (found.get("fraction") or "").ljust(6, "0")[:6]
    try:
        day = _day(found, day_first=day_first)
        if day is None:
            return None
        minute, second = int(found.get("minute") or 0), int(found.get("second") or 0)
        zone = _zone(found.get("zone") or "Z")
        return naive_utc(
            datetime(day.year, day.month, day.day, hour, minute, second, int(fraction), tzinfo=zone)
        )
    except ValueError:
        return None


def _day(found: dict[str, str | None], *, day_first: bool | None) -> date | None:
    """Return the day; None when it is not certain, and ValueError when there is none."""
    year = int(found.get("year") or 0)
    if found.get("short"):
        year = int(found["short"] or 0)
        year += 1900 if year >= _CENTURY else 2000
    if found.get("week"):
        return date.fromisocalendar(year, int(found["week"] or 0), int(found.get("weekday") or 1))
    if found.get("yearday"):
        days = timedelta(days=int(found["yearday"] or 0) - 1)
        there = date(year, 1, 1) + days
        return there if there.year == year and days.days >= 0 else None
    if found.get("quarter"):
        return date(year, 3 * int(found["quarter"] or 0) - 2, 1)
    if found.get("name"):
        return date(year, _MONTH_OF.get((found["name"] or "").lower(), 0), int(found.get("day") or 1))
    if found.get("first") is None:
        return date(year, int(found.get("month") or 0), int(found.get("day") or 1))
    first, other = int(found["first"] or 0), int(found["other"] or 0)
    if found["mark"] == "." or first > 12 or first == other or (day_first and other <= 12):
        return date(year, other, first)
    return date(year, first, other) if other > 12 or day_first is False else None


def _hour(hour: int, half: str) -> int | None:
    """Hour of the day; None when a twelve-hour clock does not have it."""
    if not half:
        return hour
    if not 1 <= hour <= 12:
        return None
    return hour % 12 + (12 if half == "pm" else 0)


def _zone(zone: str) -> tzinfo:
    """Read ``Z``, ``GMT``, ``EST``, ``+02``, ``+02:00``, ``UTC+2`` or ``Europe/Berlin``; raises ValueError beyond a day."""
    if "/" in zone:
        place = _place(zone)
        if place is None:
            raise ValueError(zone)
        return place
    zone = zone.removeprefix("UTC").removeprefix("GMT") or "Z"
    if zone[0] not in "+-":
        return timezone(timedelta(hours=_HOURS[zone])) if zone in _HOURS else UTC
    digits = zone[1:].replace(":", "")
    hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if zone[0] == "-" else offset)


@lru_cache(maxsize=512)
def _place(name: str) -> ZoneInfo | None:
    """Return the zone of a place, with its summer times; None when there is none of this name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last for a folder, such as America/Argentina
        return None
