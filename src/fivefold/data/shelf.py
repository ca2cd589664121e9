"""The shelf: cleaned rows in batches, in memory while they are few and in files beyond, so that no table is too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.tables import Frame

    Mask = NDArray[np.bool_]

__all__ = ["Shelf", "ShelfPart"]

_HELD = 64 * 2**20
"""Bytes of frames that are kept in memory; later ones are written down."""


class Shelf:
    """Batches of rows of one schema, in order.

    Parameters
    ----------
    folder : Path
        Where batches lie that do not fit into memory.

    Attributes
    ----------
    rows : int
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._batches: list[Frame | Path] = []
        self._held = 0
        self.rows = 0

    def add(self, frame: Frame) -> None:
        """Put a batch behind the others."""
        self._held += int(frame.estimated_size())
        self.rows += frame.height
        if self._held <= _HELD:
            self._batches.append(frame)
            return
        path = self._folder / f"batch-{len(self._batches)}.arrow"
        frame.write_ipc(path)
        self._batches.append(path)

    def batches(self, names: Sequence[str] | None = None) -> Iterator[Frame]:
        """Yield the batches in order, all columns or some."""
        for batch in self._batches:
            yield _read(batch, names)

    def column(self, name: str) -> pl.Series:
        """One column of all rows."""
        import polars as pl

        return pl.concat([frame[name] for frame in self.batches([name])])

    def part(self, mask: Mask) -> ShelfPart:
        """The rows where the mask says so."""
        return ShelfPart(self, mask)


class ShelfPart:
    """Some rows of a shelf, a column or a batch at a time.

    Parameters
    ----------
    shelf : Shelf
    mask : array of bool, shape (rows,)
    """

    def __init__(self, shelf: Shelf, mask: Mask) -> None:
        self._shelf = shelf
        self._mask = mask
        self.height = int(mask.sum())

    def __getitem__(self, name: str) -> pl.Series:
        """One column of the part's rows."""
        import polars as pl

        start, pieces = 0, []
        for frame in self._shelf.batches([name]):
            pieces.append(frame[name].filter(pl.Series(self._mask[start : start + frame.height])))
            start += frame.height
        return pl.concat(pieces)

    def batches(self, names: Sequence[str], extra: dict[str, NDArray[np.int8]]) -> Iterator[Frame]:
        """Yield the part's rows in order, with arrays over all rows of the shelf as further columns."""
        import polars as pl

        start = 0
        for frame in self._shelf.batches(names):
            rows = slice(start, start + frame.height)
            start += frame.height
            more = [pl.Series(name, values[rows]) for name, values in extra.items()]
            yield frame.with_columns(more).filter(pl.Series(self._mask[rows]))

    def sample(self, most: int, seed: int, names: Sequence[str] | None = None) -> Frame:
        """At most so many of the part's rows, drawn at random, in their order."""
        import polars as pl

        mask = self._mask
        if self.height > most:
            drawn = np.random.default_rng(seed).choice(self.height, most, replace=False)
            mask = np.zeros_like(self._mask)
            mask[np.flatnonzero(self._mask)[drawn]] = True
        start, pieces = 0, []
        for frame in self._shelf.batches(names):
            rows = mask[start : start + frame.height]
            start += frame.height
            pieces.append(frame.filter(pl.Series(rows)))
        return pl.concat(pieces, rechunk=True)


def _read(batch: Frame | Path, names: Sequence[str] | None) -> Frame:
    """A batch, from memory or from its file."""
    import polars as pl

    if isinstance(batch, pl.DataFrame):
        return batch if names is None else batch.select(names)
    return pl.read_ipc(batch, columns=None if names is None else list(names)).select(names or pl.all())
