"""Ordinals: words that stand in an order, told by well-known scales, by numbered stages, and by bands of numbers."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from fivefold.data.scales import LETTERS, RANKS, ROMAN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["levels_of"]

_LEAST = 3
_MOST = 60
_NUMBERED = re.compile(r"([0-9]{1,3})(?:st|nd|rd|th)")
_STAGE = re.compile(
    r"(stage|grade|level|tier|rank|phase|step|priority|severity)[ ]?([0-9]{1,2}|[iv]{1,4})|([ptgs])([0-5])"
)
"""A letter alone may be anything (a store, a gate, a plant): T1 to T4 or P0 to P5 are stages, P12 is not."""
_NUMBER = r"[$€£]?([0-9][0-9,.]*)(k|m)?"
_UNIT = r"(?: ?(?:years?|yrs?|y|kg|cm|km|days?|months?|hours?|h|min|%|k|usd|eur|employees))?"
_BAND = re.compile(rf"{_NUMBER}{_UNIT} ?(?:[-\u2013\u2014]|to|\.\.) ?{_NUMBER}{_UNIT}")
_BELOW = re.compile(
    rf"(?:<|<=|≤|under|below|less than|up to|younger than) ?{_NUMBER}{_UNIT}|{_NUMBER}{_UNIT} (?:and|or) (?:under|less|younger|below)"
)
_ABOVE = re.compile(
    rf"(?:>|>=|≥|over|above|more than|older than|at least) ?{_NUMBER}{_UNIT}|{_NUMBER}{_UNIT} ?(?:\+|plus|and over|or more|and older|and above|or older|and up){_UNIT}"
)
_TIMES = {"k": 1e3, "m": 1e6, "": 1.0}


def levels_of(texts: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...], str] | None:
    """Put words into their order.

    Parameters
    ----------
    texts : sequence of str
        The different values of a column.

    Returns
    -------
    levels : tuple of str
        From low to high.
    others : tuple of str
        Values that have no place in the order, such as ``unknown``; at most one in four.
    what : str
        What kind of scale it is.
    None
        When there is no order to be seen.

    Examples
    --------
    >>> levels_of(["high", "low", "mid"])[0], levels_of(["25-34", "18-24", "65+", "35-64"])[0]
    (('low', 'mid', 'high'), ('18-24', '25-34', '35-64', '65+'))
    >>> levels_of(["red", "green", "blue"]) is None
    True
    """
    if not _LEAST <= len(texts) <= _MOST:
        return None
    folded = {text: _fold(text) for text in texts}
    for what, place in _WAYS:
        ranks = {text: place(word) for text, word in folded.items()}
        known = {text: rank for text, rank in ranks.items() if rank is not None}
        if len(set(known.values())) >= _LEAST and 4 * (len(texts) - len(known)) <= len(texts):
            others = tuple(text for text in texts if text not in known)
            if what == "a band of numbers" and not _apart([folded[text] for text in known]):
                continue
            return tuple(sorted(known, key=lambda text: (known[text], text))), others, what
    found = _best_scale(folded)
    return None if found is None else (*found, "words of a well-known scale")


def _best_scale(folded: dict[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Find the scale that has a place for most of the words, and at least three places for them."""
    best: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    for scale in RANKS:
        known = {text: scale[word] for text, word in folded.items() if word in scale}
        if len(set(known.values())) < _LEAST or 4 * (len(folded) - len(known)) > len(folded):
            continue
        if all(len(text) <= 2 for text in known) and len(known) < len(folded):
            continue  # codes of one or two letters are a scale only where every value fits
        if best is None or len(known) > len(best[0]):
            levels = tuple(sorted(known, key=lambda text: (known[text], text)))
            best = levels, tuple(text for text in folded if text not in known)
    return best if best is None or _telling(best[0]) else None


def _telling(levels: Sequence[str]) -> bool:
    """Whether letters are more than single ones: A, B and C may be anything, and so may I, V and X."""
    words = {level.lower() for level in levels}
    if words <= set(ROMAN):
        return {"i", "ii"} <= words
    return not words <= {"a", "b", "c", "d"} if words <= set(LETTERS) else True


def _numbered(word: str) -> float | None:
    """Rank of ``2nd``."""
    match = _NUMBERED.fullmatch(word)
    return None if match is None else float(match[1])


def _stage(word: str) -> float | None:
    """Rank of ``stage 2`` or ``Grade III``."""
    match = _STAGE.fullmatch(word)
    if match is None:
        return None
    number = match[2] or match[4]
    return float(number) if number.isdigit() else ROMAN.get(number)


def _band(word: str) -> float | None:
    """Where a band of numbers lies."""
    ends = _ends(word)
    return None if ends is None else ends[0] + 1e-9 * min(ends[1], 1e12)


def _ends(word: str) -> tuple[float, float] | None:
    """Both ends of a band; an open one goes on for ever."""
    match = _BAND.fullmatch(word)
    if match is not None:
        low, high = _figure(match[1], match[2] or match[4]), _figure(match[3], match[4])
        return (low, high) if low is not None and high is not None and low < high else None
    match = _BELOW.fullmatch(word)
    if match is not None:
        end = _figure(match[1] or match[3], match[2] or match[4])
        return None if end is None else (float("-inf"), end)
    match = _ABOVE.fullmatch(word)
    if match is not None:
        end = _figure(match[1] or match[3], match[2] or match[4])
        return None if end is None else (end, float("inf"))
    return None


def _figure(digits: str, times: str | None) -> float | None:
    """Read an end of a band; a comma groups thousands."""
    try:
        return float(digits.replace(",", "")) * _TIMES[times or ""]
    except ValueError:
        return None


def _apart(words: Sequence[str]) -> bool:
    """Whether bands follow one another without overlap, more closed ones than open ones."""
    ends = sorted(pair for pair in map(_ends, words) if pair is not None)
    closed = sum(low > float("-inf") and high < float("inf") for low, high in ends)
    return closed >= 2 and all(one[1] <= other[0] for one, other in itertools.pairwise(ends))


def _fold(text: str) -> str:
    """A value without case and without marks between its words."""
    folded = text.strip().lower()
    return folded if _ends(folded) is not None else re.sub(r"[\s_\-/]+(?=[^\s])", " ", folded).rstrip(".")


_WAYS: tuple[tuple[str, Callable[[str], float | None]], ...] = (
    ("a band of numbers", _band),
    ("a numbered place", _numbered),
    ("a numbered stage", _stage),
)
