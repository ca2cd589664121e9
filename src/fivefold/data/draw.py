"""Draws: some rows at random, taken out of a long table while it streams by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.tables import Frame

    Mask = NDArray[np.bool_]

__all__ = ["Draw"]


class Draw:
    """At most so many rows of a part, drawn at random.

    Parameters
    ----------
    part : array of bool, shape (rows,)
        The rows that may be drawn.
    most : int
    seed : int
    names : sequence of str
        Columns that are wanted.
    """

    def __init__(self, part: Mask, most: int, seed: int, names: Sequence[str]) -> None:
        inside = np.flatnonzero(part)
        self._mask = part
        if inside.size > most:
            drawn = np.random.default_rng(seed).choice(inside.size, most, replace=False)
            self._mask = np.zeros_like(part)
            self._mask[inside[drawn]] = True
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
