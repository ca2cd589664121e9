"""Words of a text: one definition, used when a vocabulary is learned and when a text is encoded."""

from __future__ import annotations

import re

__all__ = ["pairs", "words"]

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Lower-cased runs of letters and digits.

    Examples
    --------
    >>> words("Cheese, low-fat (2%)")
    ['cheese', 'low', 'fat', '2']
    """
    return _WORD.findall(text.lower())


def pairs(found: list[str]) -> list[str]:
    """Two neighbouring words each, joined by a space.

    Examples
    --------
    >>> pairs(["low", "fat", "cheese"])
    ['low fat', 'fat cheese']
    """
    return [f"{first} {second}" for first, second in zip(found, found[1:], strict=False)]
