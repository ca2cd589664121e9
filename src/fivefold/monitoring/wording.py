"""Words for counts and lists, so that every check speaks the same way; figures are written by the report's rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["listing", "number_of"]


def number_of(count: int, noun: str) -> str:
    """A count with its noun in the right form.

    Examples
    --------
    >>> number_of(1, "row"), number_of(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def listing(items: Sequence[str]) -> str:
    """Join items the way a sentence does.

    Examples
    --------
    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
