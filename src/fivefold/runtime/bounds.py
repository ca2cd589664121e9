"""Bounds: cells that tell only on which side of a number a value lies, such as ``<5``; read as that number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

__all__ = ["is_bound", "parse_bound"]

_Numbers: TypeAlias = Callable[[str], float | None]

_SIGNS = ("<=", ">=", "=<", "=>", "<", ">", "\u2264", "\u2265")
"""Longer ones first, so that no part of one is left before the number."""
_MORE = "+"


def is_bound(text: str) -> bool:
    """Whether a text begins with ``<``, ``>`` or their like, or ends with ``+``.

    Examples
    --------
    >>> [is_bound(text) for text in ("<5", ">= 90", "5+", "+5", "5")]
    [True, True, True, False, False]
    """
    return text.startswith(_SIGNS) or (len(text) > 1 and text.endswith(_MORE))


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
    """
    sign = next((sign for sign in _SIGNS if text.startswith(sign)), "")
    if sign:
        rest = text.removeprefix(sign).lstrip()
        return None if rest.endswith(_MORE) else numbers(rest)
    return numbers(text.removesuffix(_MORE).rstrip() if is_bound(text) else text)
