"""Readings: how a column writes its numbers, lengths of time and dates, by the evidence of its different texts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.data.forms import written_form
from fivefold.data.pieces import pieces
from fivefold.runtime.dates import (
    DAY_OF_YEAR,
    MONTH_OF_YEAR,
    WEEKDAY,
    parse_datetime,
    parse_day_of_year,
    parse_month_of_year,
)
from fivefold.runtime.durations import parse_duration, units_of
from fivefold.runtime.figures import parse_comma, parse_number
from fivefold.runtime.readings import AMOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fivefold.core.artefacts import Reading

__all__ = [
    "POINTS",
    "UNSURE",
    "UNSURE_MONTHS",
    "Found",
    "dates",
    "days_of_year",
    "durations",
    "months",
    "numbers",
    "shows_comma",
    "shows_point",
    "unsure_dates",
]

UNSURE = "dates that do not say which figure is the month; write 2016-04-29"
"""Why such a column is a category."""
UNSURE_MONTHS = "a month and two figures that may be a day or a year; write 2020-01"
"""Likewise."""
POINTS = "dates with points have the day first"
"""Why dates such as 29.04.16 are read so; it says nothing about dates with other marks."""
_NEARLY_ALL = 0.95
_DATES = 0.98
_TRIED = 100
"""Texts that are tried first; where none of them fits, the others are not."""
_COMMA = re.compile(
    r".*(?:(?<![0-9])[0-9]+(?:[.'\u00a0 ][0-9]{3})*,(?:[0-9]{1,2}|[0-9]{4,})|[0-9]\.[0-9]{3},[0-9]+)(?![0-9,]).*"
)
"""Only a decimal comma can be meant; three digits after a lone comma may be thousands."""
_POINT = re.compile(
    r".*(?:[0-9],[0-9]{3}\.[0-9]+|[0-9],[0-9]{3},[0-9]{3}|(?<![0-9.])[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,}))(?![0-9.]).*"
)
_AMOUNT = re.compile(
    r"([-+]?[0-9][0-9.,' ]*(?:[eE][-+]?[0-9]+)?) ?([^\W\d_]{1,12}[/.²³0-9]{0,2}[^\W\d_]{0,6}|°[CFK]?|[\"'\u2032\u2033])\.?"
)
_LONG_UNITS = {"year", "month", "week", "day"}
_FIGURES = re.compile(WEEKDAY + r"([0-9]{1,2})([-/])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?:[ ,T].*)?")
_YEAR_AND_DAY = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{3}")
_A_MONTH = 31
_MONTH = re.compile(r"([^\W\d_]{3,10})\.?[- ]'?([0-9]{2})")
_CODES = {"set", "out", "gen", "ago", "mag"}
"""Months in short that head codes, too: ``SET-01``."""
_TWO_YEARS, _A_DECADE = 24, 10
_LATEST = 2050
_CLOCK = re.compile(r"[-+]?(?:([0-9]{1,3}):(?=[0-5]?[0-9]:))?([0-9]{1,4}):([0-5][0-9])(?:[.,]([0-9]{1,9}))?")
"""Hours where there are three figures, minutes, seconds, and their fraction."""
_A_DAY, _LAST_MINUTE = 24, 59
_OFTEN = 0.1
_ROUND = 0.6
"""Share of seconds that may be whole fives: one in five is by chance, and plans in hours and minutes have nearly all."""
_HOURS = {"hour", "hours", "hrs", "hr", "h", "hh", "worked", "working", "overtime", "stunden", "arbeitszeit"}
_SHORT_POINTS = re.compile(WEEKDAY + r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2}(?: .*)?")


@dataclass(frozen=True, slots=True)
class Found:
    """How texts are read.

    Attributes
    ----------
    reading : Reading
    form : str
        See :class:`~fivefold.core.artefacts.ColumnProfile`.
    why : str
        The evidence.
    confidence : float
    """

    reading: Reading
    form: str
    why: str
    confidence: float


def numbers(texts: Sequence[str]) -> Found | None:
    """Read numbers written for people; None when fewer than 19 in 20 texts are such.

    Examples
    --------
    >>> numbers(["1.234,50", "0,5"]).reading, numbers(["12 kg", "3.5 kg"]).form, numbers(["12 kg", "3 lb"])
    ('decimal_comma', 'amount in kg', None)
    """
    amounts = _amounts(texts)
    if amounts is not None:
        return amounts
    if _share(parse_number, texts) < _NEARLY_ALL and _share(parse_comma, texts) < _NEARLY_ALL:
        return None
    comma, point = (sum(shape.fullmatch(text) is not None for text in texts) for shape in (_COMMA, _POINT))
    form = written_form(texts)
    if comma and not point:
        why = f"{comma} of {len(texts)} texts have a comma that can only be the decimal mark"
        return Found("decimal_comma", form, why, min(0.99, 0.8 + comma / len(texts) / 5))
    if _share(parse_number, texts) < _NEARLY_ALL:
        return None
    return Found("words", form, "the texts are numbers written for people", 0.9 if comma and point else 0.98)


def shows_comma(text: str) -> bool:
    """Whether a number has a comma that can only be the decimal mark.

    Examples
    --------
    >>> [shows_comma(text) for text in ("1,5", "1.234,50", "1,234", "1.5")]
    [True, True, False, False]
    """
    return _COMMA.fullmatch(text) is not None


def shows_point(text: str) -> bool:
    """Whether a number has a point that can only be the decimal mark.

    Examples
    --------
    >>> [shows_point(text) for text in ("1.5", "1,234.50", "1.234", "1,5")]
    [True, True, False, False]
    """
    return _POINT.fullmatch(text) is not None


def durations(texts: Sequence[str], name: str = "") -> Found | None:
    """Read lengths of time; None when fewer than 98 in 100 texts are such.

    Parameters
    ----------
    texts : sequence of str
    name : str
        Of the column: ``hours`` in it says what the first figure of ``38:18`` is.

    Examples
    --------
    >>> durations(["1:30:00", "0:45:10"]).form, durations(["08:30", "17:45"]).form, durations(["5m", "7m"])
    ('duration', 'time of day', None)
    """
    minutes = _minutes(texts, name)
    if minutes is not None:
        return minutes
    if _share(parse_duration, texts) < _DATES:
        return None
    named = [units for text in texts if (units := units_of(text)) is not None]
    all_units = {unit for one in named for unit in one}
    if len(all_units) == 1 and (all_units <= _LONG_UNITS or all(_letter(text) for text in texts)):
        return None
    clock = [
        text
        for text in texts
        if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?[AaPp]\.?[Mm]\.?)?", text)
    ]
    lengths = [parse_duration(text) or 0.0 for text in clock]
    if (
        len(clock) == len(texts)
        and lengths
        and max(lengths) < 86_400
        and (max(lengths) >= 36_000 or "m" in clock[0].lower())
    ):
        return Found(
            "duration", "time of day", "the texts are times of day; read as seconds since midnight", 0.9
        )
    return Found("duration", "duration", "the texts are lengths of time; read as seconds", 0.95)


def dates(texts: Sequence[str]) -> Found | None:
    """Read dates; None when fewer than 98 in 100 texts are such, whichever figure is the month.

    The reading is ``plain`` where every text says so itself, and ``day_first`` or ``month_first`` by the figures above 12. A
    confidence of 0 says that nothing speaks for either.

    Examples
    --------
    >>> dates(["29/04/2016", "05/06/2016"]).reading, dates(["03/04/2016", "05/06/2016"]).confidence
    ('day_first', 0.0)
    """
    if _share(parse_datetime, texts) >= _DATES:
        return Found("plain", "", "the texts are dates", 0.98)
    if _share(_any_order, texts) < _DATES:
        return months(texts)
    found = [match for text in texts if (match := _FIGURES.fullmatch(text))]
    first, second = sum(int(one[1]) > 12 for one in found), sum(int(one[3]) > 12 for one in found)
    points = sum(_SHORT_POINTS.fullmatch(text) is not None for text in texts)
    if points and not first and not second:
        return Found("day_first", "", POINTS, 0.95)
    if first and not second:
        return Found(
            "day_first",
            "",
            f"the first figure is above 12 in {first} of {len(texts)} texts, the second never",
            0.97,
        )
    if second and not first:
        return Found(
            "month_first",
            "",
            f"the second figure is above 12 in {second} of {len(texts)} texts, the first never",
            0.97,
        )
    why = UNSURE
    if first and second:
        why = f"the day comes first in {first} texts and second in {second}"
    return Found("plain", "", why, 0.0)


def days_of_year(texts: Sequence[str]) -> Found | None:
    """Read dates that count the days of their year; None unless every text is one, and some lie beyond a month's days.

    A code that counts by years, such as ``2022-017``, looks the same up to its 366th: whether dates are meant, the column's
    name and how its values come back must say.

    Examples
    --------
    >>> days_of_year(["2022-017", "2022-365"]).form, days_of_year(["2022-017", "2022-367"]), days_of_year(["2022-001"])
    ('yyyy-ddd', None, None)
    """
    if not texts or not all(_YEAR_AND_DAY.fullmatch(text) and parse_day_of_year(text) for text in texts):
        return None
    if max(int(text[5:]) for text in texts) <= _A_MONTH:
        return None
    return Found("plain", DAY_OF_YEAR, "every text is a year and a day of that year", 0.9)


def months(texts: Sequence[str]) -> Found | None:
    """Read months with two figures of their year; None unless every text is one, with a confidence of 0 where it may be a day.

    What speaks for years is a figure that no month has, or few figures without a gap beside many months: 24 different texts of
    at most ten years.

    Examples
    --------
    >>> months(["Jan-98", "Feb-99"]).form, months(["Jan-20", "Feb-21"]).confidence, months(["Jan-20", "big-21"])
    ('mmm-yy', 0.0, None)
    """
    found = [match for text in texts if (match := _MONTH.fullmatch(text))]
    moments = [parse_month_of_year(text) for text in texts]
    if not texts or len(found) < len(texts) or None in moments:
        return None
    words = {match[1].lower() for match in found}
    if len(words) == 1 and words <= _CODES:
        return None
    figures = {int(match[2]) for match in found}
    late = any(moment is not None and moment.year > _LATEST for moment in moments)
    if not late and not figures <= set(range(1, _A_MONTH + 1)):
        why = f"every text is a month with two figures, {min(figures):02d} to {max(figures):02d}, not all of which are days"
        return Found("plain", MONTH_OF_YEAR, why, 0.95)
    gapless = max(figures) - min(figures) < len(figures) <= _A_DECADE
    if not late and gapless and len(figures) > 1 and len({*moments}) >= _TWO_YEARS:
        why = f"{len({*moments})} different months with {len(figures)} figures, {min(figures):02d} to {max(figures):02d}"
        return Found("plain", MONTH_OF_YEAR, f"{why}, which are years", 0.9)
    return Found("plain", MONTH_OF_YEAR, UNSURE_MONTHS, 0.0)


def unsure_dates(texts: Sequence[str]) -> str:
    """Why the texts are dates that were not read; empty where they are none, or certain.

    Examples
    --------
    >>> unsure_dates(["03/04/2016", "05/06/2016"]) == UNSURE, unsure_dates(["2016-04-03"])
    (True, '')
    """
    found = dates(texts) if texts else None
    return found.why if found is not None and found.confidence == 0.0 else ""


def _amounts(texts: Sequence[str]) -> Found | None:
    """Numbers with one unit throughout; at most one in twenty may lack it."""
    matches = [match for text in texts if (match := _AMOUNT.fullmatch(text))]
    if len(matches) < _NEARLY_ALL * len(texts):
        return None
    units = Counter(match[2].lower() for match in matches)
    unit, often = units.most_common(1)[0]
    blank = sum(text[-len(unit) - 1 :][:1] == " " for text in texts)
    if (
        len(units) > 1
        or often < _NEARLY_ALL * len(texts)
        or (unit in {"k", "m", "b", "mn", "bn"} and (unit != "m" or 2 * blank < len(texts)))
    ):
        return None
    if written_form([match[0] for match in matches]) == "money" or unit in {"st", "nd", "rd", "th", "e"}:
        return None
    figures = [match[1].strip() for match in matches]
    inner = numbers([figure for figure in figures if _AMOUNT.fullmatch(figure) is None])
    if inner is None:
        return None
    shown = matches[0][2]
    return Found(inner.reading, f"{AMOUNT}{shown}", f"the texts are numbers with the unit {shown}", 0.95)


def _minutes(texts: Sequence[str], name: str) -> Found | None:
    """Clocks of minutes and seconds; None where they may as well be hours and minutes.

    What speaks for minutes is a fraction (``38:18.5``), or a first figure that is often above 24 and never above 59 beside a
    second one that is as seldom round as seconds are. Of a clock with hours too the hours must be few.
    """
    clocks = [match for text in texts if (match := _CLOCK.fullmatch(text))]
    short = [match for match in clocks if match[1] is None]
    if not short or len(clocks) < _DATES * len(texts):
        return None
    firsts = [int(match[2]) for match in short]
    late = sum(first > _A_DAY for first in firsts)
    exact = sum(match[4] is not None for match in short)
    if exact:
        why = f"the last figure has a fraction in {exact} of {len(texts)} texts of two figures, so it is seconds"
        return Found("minutes_first", "duration", why, 0.97)
    even = sum(int(match[3]) % 5 == 0 for match in short)
    if (
        late < _OFTEN * len(short)
        or max(firsts) > _LAST_MINUTE
        or even > _ROUND * len(short)
        or any(int(match[1]) > _A_DAY for match in clocks if match[1] is not None)
        or _HOURS & set(pieces(name))
    ):
        return None
    why = f"the first of two figures is above 24 in {late} of {len(short)} texts and never above 59"
    return Found("minutes_first", "duration", why, 0.8)


def _letter(text: str) -> bool:
    """Whether the unit is a single letter, which may be anything."""
    return re.fullmatch(r"[-+]?[0-9.,]+[A-Za-z]", text) is not None


def _any_order(text: str) -> object:
    """Read a date, the day first or else the month."""
    moment = parse_datetime(text, day_first=True)
    if moment is None:
        moment = parse_datetime(text, day_first=False)
    # 16-04-29 may begin with its year.
    return None if re.match(r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{2}(?![0-9])", text) else moment


def _share(parse: Callable[[str], object], texts: Sequence[str]) -> float:
    """Share of the texts that can be parsed."""
    if not texts or not any(parse(text) is not None for text in texts[:_TRIED]):
        return 0.0
    return sum(parse(text) is not None for text in texts) / len(texts)
