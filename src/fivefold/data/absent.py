"""Missing in disguise: values that stand for a missing one, believed only with evidence from the column itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.data.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Absent", "absent_dates", "absent_numbers", "absent_words", "stand_ins"]

_SHARE = 0.003
_LEAST = 5
_GAP = 2.0
"""Spans of all other values that must lie between them and a stand-in."""
_PEAK = 3.0
_MOST = 3
"""Rounds in which stand-ins are looked for."""
_CODE = re.compile(r"([789])\1{2,}")
_NINES = re.compile(r"-?9{2,9}(?:\.9{1,3})?|-9|-1|-?99?\.9{1,3}")
_BELOW_ALL = re.compile(r"-9{3,9}")
_AMOUNTS = 10
_FILLS = (-999.25, -2_147_483_648.0, 2_147_483_647.0, -32_768.0, 32_767.0, 1e20, 1e30, -1e20, 1e35)
_SIGNED = {
    "change",
    "delta",
    "diff",
    "difference",
    "balance",
    "profit",
    "net",
    "gain",
    "loss",
    "temp",
    "temperature",
}
_SIGNED |= {
    "lat",
    "latitude",
    "lon",
    "lng",
    "longitude",
    "x",
    "y",
    "z",
    "score",
    "sentiment",
    "offset",
    "return",
    "error",
}
_STAND_INS = {
    "unknown", "missing", "not available", "not applicable", "not known", "not recorded", "not specified", "unspecified",
    "undefined", "unavailable", "no data", "nodata", "no value", "not disclosed", "not provided", "blank", "tbd", "tba",
    "n.a.", "n.a", "n\\a", "#value!", "#ref!", "#div/0!", "unk", "undisclosed", "*", "**", "***", "..", "...", "/", "_", "x", "xx",
    "xxx", "0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "00.00.0000", "0000/00/00", "refused", "don't know",
}  # fmt: skip
_SIGNS = re.compile(r"[?*_./\\#-]{1,4}")
_SPELLED = {"na", "n/a", "#n/a", "<na>", "nan", "null", "nil", "n.a.", "n.a", "(null)", "(blank)", "\\n"}
_ANSWERED = {
    "not available": "available",
    "not recorded": "recorded",
    "not specified": "specified",
    "no data": "data",
}
"""Spelled-out words for a missing value, and the word beside which each is an answer."""
_DAYS = (
    "1900-01-01",
    "1899-12-30",
    "1899-12-31",
    "1970-01-01",
    "1753-01-01",
    "0001-01-01",
    "9999-12-31",
    "2999-12-31",
    "2099-12-31",
)
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Absent:
    """A value that stands for a missing one.

    Attributes
    ----------
    value : str
    why : str
    confidence : float
    rows : int
        Sampled rows that hold it.
    """

    value: str
    why: str
    confidence: float
    rows: int


def absent_numbers(name: str, figures: NDArray[np.float64]) -> list[Absent]:
    """Find numbers that stand for a missing one: ``999``, ``-1``, ``-9999`` and their like.

    One is believed when it comes back, is the smallest or the largest of all, and lies further from the others than twice
    their whole span; -1 and -9 also when they are the only ones below zero and come back three times as often as any
    of the numbers next to them, and any number of nines below zero that is the only one there and lies further from the
    others than their whole span once; three nines or more below zero wherever nothing else is, and they come back three times
    as often as the smallest amounts. ``777``, ``888`` and ``999``, as answers of surveys are coded, are judged together.
    After some were found, the rest is looked at again, for three or a few more in all.

    Parameters
    ----------
    name : str
        Of the column: a balance or a temperature may well be -1.
    figures : array of float, shape (values,)
        Sampled values.

    Examples
    --------
    >>> ages = np.array([*range(18, 90), *[999.0] * 9])
    >>> [one.value for one in absent_numbers("age", ages)], absent_numbers("price", np.arange(5.0, 2000.0, 7.0))
    (['999'], [])
    """
    found: list[Absent] = []
    while len(found) < _MOST:
        values, counts = np.unique(figures, return_counts=True)
        if values.size < 4:
            break
        ends = [(values[0], counts[0]), (values[-1], counts[-1])]
        believed = [
            one for value, rows in ends if (one := _stand_in(name, float(value), int(rows), values, counts))
        ]
        believed = believed or _survey(values, counts)
        if not believed:
            break
        found += believed
        figures = figures[~np.isin(figures, [float(one.value) for one in believed])]
    return found


def absent_dates(seconds: NDArray[np.float64]) -> list[Absent]:
    """Find days that stand for a missing date, by the same evidence; up to three, each among what the others leave.

    Parameters
    ----------
    seconds : array of float, shape (values,)
        Sampled moments as seconds since 1970.

    Examples
    --------
    >>> days = np.arange(16_000.0, 17_000.0) * 86_400
    >>> [one.value for one in absent_dates(np.append(days, [-25_567 * 86_400.0] * 9 + [253_402_214_400.0] * 9))]
    ['9999-12-31', '1900-01-01']
    """
    found: list[Absent] = []
    while len(found) < _MOST:
        believed = next((one for day in _DAYS if (one := _stand_in_day(day, seconds))), None)
        if believed is None:
            break
        found.append(believed)
        seconds = seconds[seconds != _moment(believed.value)]
    return found


def absent_words(counts: Sequence[tuple[str, int]]) -> list[Absent]:
    """Find values of a category that stand for a missing one: signs such as ``?``, and ``NA`` in its spellings.

    Signs are believed where all other values are words. ``NA`` is believed but where the others are codes of two capitals,
    as Namibia is among countries. ``not available`` is believed but where ``available`` is another value. ``none`` and
    ``unknown`` are answers.

    Examples
    --------
    >>> [one.value for one in absent_words([("red", 9), ("?", 3), ("blue", 4)])], absent_words([("DE", 9), ("NA", 3), ("FR", 4)])
    (['?'], [])
    """
    signs = [(word, rows) for word, rows in counts if _SIGNS.fullmatch(word)]
    known = {word.lower() for word, _ in counts}
    gone = _SPELLED | {word for word, answer in _ANSWERED.items() if answer not in known}
    spelled = [(word, rows) for word, rows in counts if word.lower() in gone]
    others = [word for word, _ in counts if (word not in dict(signs)) and (word not in dict(spelled))]
    if not others or len(signs) > 2:
        return []
    found = []
    if all(any(mark.isalnum() for mark in word) for word in others):
        found += [Absent(word, "a sign among words", 0.9, rows) for word, rows in signs]
    if sum(re.fullmatch(r"[A-Z]{2}", word) is not None for word in others) < 0.8 * len(others):
        found += [
            Absent(word, "the usual word for a missing value, and no other value is like it", 0.85, rows)
            for word, rows in spelled
        ]
    return found


def stand_ins(counts: Sequence[tuple[str, int]]) -> list[Absent]:
    """Words that can only stand for a missing value where all others are numbers or dates, such as ``unknown``.

    Examples
    --------
    >>> [one.value for one in stand_ins([("12", 9), ("Unknown", 3), ("4.5", 4)])]
    ['Unknown']
    """
    why = "a word for a missing value among values that are no words"
    return [Absent(word, why, 0.95, rows) for word, rows in counts if word.lower() in _STAND_INS]


def _survey(values: NDArray[np.float64], counts: NDArray[np.int64]) -> list[Absent]:
    """Judge the codes of a survey at the upper end, 777, 888 and 999 or the last two: each comes back, and all lie far out."""
    for codes in (3, 2):
        ends, rest = values[-codes:], values[:-codes]
        written = [f"{value:.10g}" for value in ends]
        digits = [_CODE.fullmatch(text) for text in written]
        if rest.size < 4 or [found[1] for found in digits if found] != ["7", "8", "9"][-codes:]:
            continue
        low, high, rows = float(rest[0]), float(rest[-1]), counts[-codes:]
        if len({*map(len, written)}) > 1 or rows.min() < max(_LEAST, _SHARE * float(counts.sum())):
            continue
        if float(ends[0]) - high > _GAP * (high - low):
            beside = f"beside {' and '.join(written)}, and all others lie between {low:.6g} and {high:.6g}"
            return [
                Absent(text, f"{count} sampled rows {beside}", 0.9, int(count))
                for text, count in zip(written, rows, strict=True)
            ]
    return []


def _stand_in_day(day: str, seconds: NDArray[np.float64]) -> Absent | None:
    """Judge one day."""
    moment = _moment(day)
    here = seconds == moment
    rows, others = int(here.sum()), seconds[~here]
    if rows < max(_LEAST, _SHARE * seconds.size) or np.unique(others).size < 4:
        return None
    low, high = float(others.min()), float(others.max())
    gap = max(low - moment, moment - high)
    often = int(np.unique(others, return_counts=True)[1].max())
    far = gap > _GAP * max(high - low, _DAY)
    if not far and (gap <= 300 * _DAY or rows < 10 * often):
        return None
    why = f"{rows} sampled rows, {gap / (365 * _DAY):.0f} years from every other date"
    return Absent(day, why, 0.95 if far else 0.9, rows)


def _moment(day: str) -> float:
    """Seconds from 1970 to a day."""
    return float((np.datetime64(day) - np.datetime64("1970-01-01")) / np.timedelta64(1, "s"))


def _are_prices(others: NDArray[np.float64]) -> bool:
    """Whether values end in nines: most of a few, or many of more."""
    large = others[np.abs(others) >= 9]
    nines = int((np.abs(large) % 10 >= 9).sum())
    return nines > 0.3 * large.size and (others.size >= 8 or nines >= max(3, 0.6 * large.size))


def _stands_below(value: float, rows: int, values: NDArray[np.float64], counts: NDArray[np.int64]) -> bool:
    """Whether nines below zero stand in many rows of a column that knows nothing else below zero, however wide it is.

    The smallest amounts and the same one above zero, of which it may be the return, must come back far less often.
    """
    above = values >= 0
    below = [f"{one:.10g}" for one in values[~above]]
    if int(above.sum()) < _AMOUNTS or not all(_BELOW_ALL.fullmatch(text) for text in below):
        return False
    near = counts[values > 0][:5]
    returned = counts[values == -value]
    return bool(rows >= _PEAK * max(float(near.max()), float(returned.sum())))


def _stand_in(
    name: str, value: float, rows: int, values: NDArray[np.float64], counts: NDArray[np.int64]
) -> Absent | None:
    """Judge one end of the values."""
    written = f"{value:.10g}"
    if rows < max(_LEAST, _SHARE * float(counts.sum())) or not (_NINES.fullmatch(written) or value in _FILLS):
        return None
    others = values[values != value]
    low, high = float(others.min()), float(others.max())
    gap = max(low - value, value - high)
    if gap > _GAP * (high - low):
        if value > 0 and _are_prices(others):
            return None
        return Absent(
            written, f"{rows} sampled rows, and all others lie between {low:.6g} and {high:.6g}", 0.95, rows
        )
    lonely = value < 0 <= low and others.size >= 10 and not _SIGNED & set(pieces(name))
    if lonely and _NINES.fullmatch(written) and low - value > high - low:
        why = f"{rows} sampled rows, the only value below zero, and all others lie between {low:.6g} and {high:.6g}"
        return Absent(written, why, 0.85, rows)
    if _BELOW_ALL.fullmatch(written) and _stands_below(value, rows, values, counts):
        why = (
            f"{rows} sampled rows, the only value below zero, and no small amount comes back nearly as often"
        )
        return Absent(written, why, 0.9, rows)
    near = counts[values != value][:5]
    if value in {-1.0, -9.0, -99.0} and lonely and rows >= _PEAK * float(near.max()):
        return Absent(written, f"{rows} sampled rows, the only value below zero", 0.85, rows)
    return None
