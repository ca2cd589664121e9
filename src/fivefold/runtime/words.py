"""Words of a text: one definition, used when a vocabulary is learned and when a text is encoded."""

from __future__ import annotations

import itertools
import re

__all__ = ["pairs", "terms", "words"]

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
    return [f"{first} {second}" for first, second in itertools.pairwise(found)]


def terms(text: str) -> list[str]:
    """All words, then all pairs; repeats stay. This is what a vocabulary is learned from.

    Examples
    --------
    >>> terms("Low-fat cheese")
    ['low', 'fat', 'cheese', 'low fat', 'fat cheese']
    """
    found = words(text)
    return found + pairs(found)
