"""The shelf: rows in batches, in memory while they are few and in files beyond, so that no table is too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fivefold.core.tables import Frame

__all__ = ["Shelf"]

_HELD = 64 * 2**20
"""Bytes of frames that are kept in memory; later ones are written down."""


class Shelf:
    """Batches of rows of one schema, in order.

    Parameters
    ----------
    folder : Path
        Where batches lie that do not fit into memory.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._batches: list[Frame | Path] = []
        self._held = 0

    def add(self, frame: Frame) -> None:
        """Put a batch behind the others."""
        self._held += int(frame.estimated_size())
        if self._held <= _HELD:
            self._batches.append(frame)
            return
        path = self._folder / f"batch-{len(self._batches)}.arrow"
        frame.write_ipc(path)
        self._batches.append(path)

    def batches(self) -> Iterator[Frame]:
        """Yield the batches in order."""
        import polars as pl

        for batch in self._batches:
            yield batch if isinstance(batch, pl.DataFrame) else pl.read_ipc(batch)
