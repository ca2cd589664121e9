"""Columns of a snapshot that is never held as a whole: each is read when it is asked for, and the last two are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.tables import read_parquet

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["StoredColumns"]

_KEPT = 2
"""A column is often asked for twice in a row, and days between dates take two."""


class StoredColumns:
    """The columns of some rows of a snapshot.

    Parameters
    ----------
    path : Path
    rows : array of int, shape (rows,)
        Their positions, in order.
    total : int
        Rows of the snapshot.

    Attributes
    ----------
    height : int
    """

    def __init__(self, path: Path, rows: NDArray[np.intp], total: int) -> None:
        self._path, self._rows = path, rows
        self._all = rows.size == total
        self._read: dict[str, pl.Series] = {}
        self.height = int(rows.size)

    def __getitem__(self, name: str, /) -> pl.Series:
        """The column of this name."""
        if name not in self._read:
            while len(self._read) >= _KEPT:
                del self._read[next(iter(self._read))]
            whole = read_parquet(self._path, columns=[name])[name]
            self._read[name] = whole if self._all else whole.gather(self._rows)
        return self._read[name]
