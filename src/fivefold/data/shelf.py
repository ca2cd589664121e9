"""The shelf: cleaned rows in batches, in memory while they are few and in files beyond, so that no table is too long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.tables import Frame

    Mask = NDArray[np.bool_]

__all__ = ["Draw", "Shelf", "ShelfPart"]

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

    def placed(self, names: Sequence[str] | None = None) -> Iterator[tuple[Frame, slice]]:
        """Yield the batches in order, each with the place of its rows among all."""
        start = 0
        for frame in self.batches(names):
            yield frame, slice(start, start + frame.height)
            start += frame.height

    def column(self, name: str) -> pl.Series:
        """One column of all rows."""
        import polars as pl

        return pl.concat([frame[name] for frame in self.batches([name])])

    def part(self, mask: Mask) -> ShelfPart:
        """The rows where the mask says so."""
        return ShelfPart(self, mask)


class ShelfPart:
    """Some rows of a shelf, a batch at a time.

    Parameters
    ----------
    shelf : Shelf
    mask : array of bool, shape (rows,)
    """

    def __init__(self, shelf: Shelf, mask: Mask) -> None:
        self._shelf = shelf
        self._mask = mask
        self.height = int(mask.sum())

    def draw(self, most: int, seed: int, names: Sequence[str]) -> Draw:
        """Draw at most so many of the part's rows at random, of some columns; they are taken while the part is read."""
        mask = self._mask
        if self.height > most:
            drawn = np.random.default_rng(seed).choice(self.height, most, replace=False)
            mask = np.zeros_like(self._mask)
            mask[np.flatnonzero(self._mask)[drawn]] = True
        return Draw(mask, names)

    def read(self, draws: Sequence[Draw]) -> Iterator[Frame]:
        """Yield the part's rows in order, all columns, while the draws take theirs out of the same batches.

        The next batch is read meanwhile.
        """
        import polars as pl

        source = self._shelf.placed()
        with ThreadPoolExecutor(1) as pool:
            ahead = pool.submit(next, source, None)
            while (placed := ahead.result()) is not None:
                ahead = pool.submit(next, source, None)
                frame, rows = placed
                for draw in draws:
                    draw.take(frame, rows)
                yield frame.filter(pl.Series(self._mask[rows]))


class Draw:
    """Rows drawn out of a shelf while it is read.

    Parameters
    ----------
    mask : array of bool, shape (rows of the shelf,)
    names : sequence of str
        Columns that are wanted.
    """

    def __init__(self, mask: Mask, names: Sequence[str]) -> None:
        self._mask = mask
        self._names = list(names)
        self._pieces: list[Frame] = []

    def take(self, frame: Frame, rows: slice) -> None:
        """Take what was drawn among these rows."""
        import polars as pl

        self._pieces.append(frame.select(self._names).filter(pl.Series(self._mask[rows])))

    @property
    def frame(self) -> Frame:
        """What was drawn, in the order of the rows."""
        import polars as pl

        return pl.concat(self._pieces, rechunk=True)


def _read(batch: Frame | Path, names: Sequence[str] | None) -> Frame:
    """A batch, from memory or from its file."""
    import polars as pl

    if isinstance(batch, pl.DataFrame):
        return batch if names is None else batch.select(names)
    return pl.read_ipc(batch, columns=None if names is None else list(names)).select(names or pl.all())
