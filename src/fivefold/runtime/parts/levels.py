"""A table from category to numbers, with an answer for unseen categories and one for missing values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.frames import listed
from fivefold.runtime.values import level

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from fivefold.core.protocols import Floats
    from fivefold.runtime.values import Cleaned

__all__ = ["LevelTable"]


class LevelTable:
    """Looks categories up.

    Parameters
    ----------
    categories : sequence of str
    rows : sequence of tuple of float
        One per category, all of one length.
    unseen, missing : tuple of float
        For categories that are not listed, and for missing values.
    """

    def __init__(
        self,
        categories: Sequence[str],
        rows: Sequence[tuple[float, ...]],
        unseen: tuple[float, ...],
        missing: tuple[float, ...],
    ) -> None:
        self._rows = dict(zip(categories, rows, strict=True))
        self._unseen = unseen
        self._missing = missing
        self._texts: tuple[pl.Enum, Floats] | None = None

    def find(self, value: Cleaned) -> tuple[float, ...]:
        """Return the numbers of one value."""
        if value is None:
            return self._missing
        name = value if type(value) is str else level(value)
        return self._missing if name is None else self._rows.get(name, self._unseen)

    def find_all(self, series: pl.Series) -> Floats:
        """Return the numbers of a column, one row each."""
        import polars as pl

        if series.dtype == pl.String:
            return self._find_texts(series)
        rows = [self.find(value) for value in series.to_list()]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self._unseen))

    def _find_texts(self, series: pl.Series) -> Floats:
        """Look texts up as categories of Polars, without the cost of its engine."""
        import polars as pl

        if self._texts is None:
            table = np.array([*self._rows.values(), self._unseen, self._missing], dtype=np.float64)
            self._texts = pl.Enum(list(self._rows)), table
        categories, table = self._texts
        positions = listed(series, categories)  # of missing ones it is -1: the last row
        gone, absent = series.null_count(), positions < 0
        if np.count_nonzero(absent) > gone:
            unseen = absent & series.is_not_null().to_numpy() if gone else absent
            positions = np.where(unseen, len(self._rows), positions)
        return table.take(positions, axis=0)
