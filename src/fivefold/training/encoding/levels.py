"""Levels of a category: which ones a table has, and which of them deserve a place of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.frames import distinct

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["Levels", "positions"]


@dataclass(frozen=True, slots=True)
class Levels:
    """The different values of a category in some rows, most frequent first, ties in order of the alphabet.

    Attributes
    ----------
    names : tuple of str
    counts : tuple of int
    """

    names: tuple[str, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, values: pl.Series) -> Levels:
        """Count a column's values; missing ones are no level.

        Examples
        --------
        >>> import polars as pl
        >>> Levels.of(pl.Series(["b", "a", "c", "b", None, "a"]))
        Levels(names=('a', 'b', 'c'), counts=(2, 2, 1))
        """
        counted = values.drop_nulls().alias("value").value_counts(name="rows")
        pairs = sorted(counted.iter_rows(), key=lambda pair: (-int(pair[1]), str(pair[0])))
        return cls(tuple(str(name) for name, _ in pairs), tuple(int(count) for _, count in pairs))

    def frequent(self, least: int, most: int) -> tuple[str, ...]:
        """Names seen at least so often, and at most so many of them."""
        kept = sum(count >= least for count in self.counts)
        return self.names[: min(kept, most)]


def positions(values: pl.Series, names: tuple[str, ...]) -> NDArray[np.intp]:
    """Where each value stands in the names: ``len(names)`` for a value that does not, one more for a missing one."""
    known = {name: place for place, name in enumerate(names)}
    texts, places = distinct(values)
    table = [known.get(text, len(names)) for text in texts]
    return np.array([*table, len(names) + 1], dtype=np.intp)[
        places
    ]  # a missing value's place is -1: the last
