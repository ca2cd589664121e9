"""Bounds: cells that tell only on which side of a number a value lies, such as ``<5`` or ``less than 5``; read as that number."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

__all__ = ["is_bound", "parse_bound"]

_Numbers: TypeAlias = Callable[[str], float | None]

_SIGNS = r"<=|>=|=<|=>|<|>|\u2264|\u2265"
"""Longer ones first, so that no part of one is left before the number."""
_LARGE, _SMALL = "more|greater|higher|larger|older", "less|fewer|lower|smaller|younger"
_BEFORE = re.compile(
    rf"(?:{_SIGNS}|(?:(?:(?:no|not) )?(?:{_LARGE}|{_SMALL}) than|up to|at least|at most|under|over|below|above)(?=\W+[0-9]))\s*",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"(?:(?<=.)\+|(?<=[0-9%])\s+(?:and|or) (?:{_LARGE}|{_SMALL}|over|under|above|below|up))\Z",
    re.IGNORECASE | re.DOTALL,
)


def is_bound(text: str) -> bool:
    """Whether a text begins with ``<``, ``>``, ``less than`` or their like before a number, or ends with ``+`` or ``or more``.

    Examples
    --------
    >>> [is_bound(text) for text in ("<5", ">= 90", "5+", "+5", "5", "over 90", "over there", "5 or less")]
    [True, True, True, False, False, True, False, True]
    """
    return _BEFORE.match(text) is not None or _without_end(text) != text


def parse_bound(text: str, *, numbers: _Numbers) -> float | None:
    """Read a number, or a bound as its number; None when the text is neither.

    Parameters
    ----------
    text : str
        Without blanks around it.
    numbers : callable
        Reads a number.

    Examples
    --------
    >>> from fivefold.runtime.figures import parse_number
    >>> [parse_bound(text, numbers=parse_number) for text in ("<5", ">= 1,000", "\u2264 0.1", "5+", "7", "<5+", "<")]
    [5.0, 1000.0, 0.1, 5.0, 7.0, None, None]
    >>> [parse_bound(text, numbers=parse_number) for text in ("less than 5", "Up to $1,000", "5 or more", "over 5 or so")]
    [5.0, 1000.0, 5.0, None]
    """
    sign = _BEFORE.match(text)
    if sign is None:
        return numbers(_without_end(text))
    rest = text[sign.end() :]
    return numbers(rest) if _without_end(rest) == rest else None


def _without_end(text: str) -> str:
    """Take away a sign or words after a number that say it may be more or less; others leave the text as it is."""
    found = _AFTER.search(text)
    return text if found is None else text[: found.start()].rstrip()
