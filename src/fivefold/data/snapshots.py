"""Snapshots: the parted rows as two Parquet files, in the order of the source, a batch at a time.

Equal rows give equal bytes, however many of them were held in memory at once: the row groups have a size of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.artefacts import FOLD, ROW, SINCE
from fivefold.core.errors import StepError
from fivefold.data.names import GROUP, WEIGHT
from fivefold.data.shelf import Shelf
from fivefold.data.split import TEST

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    import polars as pl

    from fivefold.core.tables import Frame
    from fivefold.data.split import Parts

__all__ = ["Snapshots"]

_GROUP_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Snapshots:
    """The two files of a Dataset.

    Parameters
    ----------
    folder : Path
        Where ``train.parquet`` and ``test.parquet`` are to lie.
    parts : Parts
    names : tuple of str
        Columns of the source to be written: candidates for features, and the target.
    weight : str or None
        Name of the weight column, where there is one: it is written as well.
    """

    folder: Path
    parts: Parts
    names: tuple[str, ...]
    weight: str | None = None

    def write(
        self, rows: Iterator[tuple[Frame, slice]], scratch: Path, seen: Callable[[Frame], None]
    ) -> None:
        """Write both files.

        Parameters
        ----------
        rows : iterator of (Frame, slice)
            The cleaned rows and their place among all; they are read once.
        scratch : Path
            Empty folder, where the sealed rows lie until the others are written.
        seen : callable
            Shown every batch of rows to learn from, all columns, before it is written.
        """
        sealed = Shelf(scratch)
        _write(self._training_rows(rows, sealed, seen), self.folder / "train.parquet", self._own)
        _write(sealed.batches(), self.folder / "test.parquet", self._own)

    @property
    def _own(self) -> dict[str, str]:
        """Columns that are no features, by the name that they have among the cleaned ones."""
        pairs = ((GROUP, self.parts.split.grouped_by), (WEIGHT, self.weight))
        return {own: name for own, name in pairs if name is not None}

    def leave_out(self, names: Collection[str]) -> None:
        """Take columns out of both files again."""
        import polars as pl

        gone = [name for name in self.names if name in names]
        if not gone:
            return
        for name in ("train", "test"):
            path, less = self.folder / f"{name}.parquet", self.folder / f"{name}.less"
            _sink(pl.scan_parquet(path, glob=False).drop(gone), less)
            less.replace(path)

    def _training_rows(
        self, rows: Iterator[tuple[Frame, slice]], sealed: Shelf, seen: Callable[[Frame], None]
    ) -> Iterator[Frame]:
        """Yield the rows to learn from with their folds, and put the sealed ones aside."""
        import polars as pl

        parts = self.parts
        names = [ROW, *self.names, *self._own]
        for frame, places in rows:
            fold = pl.Series(FOLD, parts.parts[places])
            sealed.add(frame.select(names).filter(fold == TEST))
            since = [pl.Series(SINCE, parts.since[places])] if parts.since is not None else []
            train = frame.with_columns(fold, *since).filter(fold >= 0)
            seen(train)
            yield train.select(*names, FOLD, *(one.name for one in since))


def _write(rows: Iterator[Frame], path: Path, own: dict[str, str]) -> None:
    """Stream batches into one file; the group and the weight get the names of their columns."""
    from polars.io.plugins import register_io_source

    source = (frame.rename(own) for frame in rows)
    first = next(source)

    def again(
        with_columns: list[str] | None, predicate: pl.Expr | None, limit: int | None, size: int | None
    ) -> Iterator[Frame]:
        if (with_columns, predicate, limit) != (None, None, None):
            raise StepError(
                f"Only a part of '{path.name}' would be written",
                seen=f"columns {with_columns}, condition {predicate}, {limit} rows in batches of {size}",
                expected="all rows with all columns",
                todo="install the version of Polars that requirements.lock names, and run the step again",
            )
        yield first
        yield from source

    _sink(register_io_source(again, schema=first.schema), path)


def _sink(rows: pl.LazyFrame, path: Path) -> None:
    """Stream rows into one file."""
    rows.sink_parquet(path, compression="lz4", row_group_size=_GROUP_ROWS)
