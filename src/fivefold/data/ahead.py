"""Reading ahead: the next piece is made ready while this one is worked on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ahead"]

Piece = TypeVar("Piece")


def ahead(source: Iterator[Piece]) -> Iterator[Piece]:
    """Yield what another iterator yields, in its order; it works on the next while this one is used, never on more.

    Examples
    --------
    >>> list(ahead(iter("abc")))
    ['a', 'b', 'c']
    """
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, source, None)
        while (piece := coming.result()) is not None:
            coming = pool.submit(next, source, None)
            yield piece
