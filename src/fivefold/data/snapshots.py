"""Snapshots: the parted rows as two Parquet files, in the order of the source, a batch at a time.

Equal rows give equal bytes, however many of them were held in memory at once: the row groups have a size of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import FOLD, ROW, SINCE
from fivefold.data.clean import GROUP
from fivefold.data.shelf import Shelf
from fivefold.data.split import TEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from fivefold.core.artefacts import Contract
    from fivefold.core.tables import Frame
    from fivefold.data.split import Parts

__all__ = ["write_snapshots"]

_GROUP_ROWS = 100_000


def write_snapshots(
    shelf: Shelf,
    parts: Parts,
    contract: Contract,
    folder: Path,
    scratch: Path,
    moved: Callable[[float], None],
) -> None:
    """Write ``train.parquet`` and ``test.parquet``.

    Parameters
    ----------
    shelf : Shelf
        The cleaned rows; they are read once.
    parts : Parts
    contract : Contract
        Its columns and the target are written.
    folder : Path
    scratch : Path
        Empty folder, where the sealed rows lie until the others are written.
    moved : callable
        Told from time to time how far it is, from 0 to 1.
    """
    names = [ROW, *(column.name for column in contract.columns), contract.target]
    by = parts.split.grouped_by
    names += [GROUP] if by is not None else []
    sealed = Shelf(scratch)
    _write(_training_rows(shelf, parts, names, sealed, moved), folder / "train.parquet", by)
    _write(sealed.batches(), folder / "test.parquet", by)


def _training_rows(
    shelf: Shelf, parts: Parts, names: Sequence[str], sealed: Shelf, moved: Callable[[float], None]
) -> Iterator[Frame]:
    """Yield the rows to learn from with their folds, and put the sealed ones aside."""
    import polars as pl

    for frame, rows in shelf.placed(names):
        place = pl.Series(FOLD, parts.parts[rows])
        sealed.add(frame.filter(place == TEST))
        since = [pl.Series(SINCE, parts.since[rows])] if parts.since is not None else []
        yield frame.with_columns(place, *since).filter(place >= 0)
        moved(rows.stop / max(1, shelf.rows))


def _write(rows: Iterator[Frame], path: Path, by: str | None) -> None:
    """Stream batches into one file; the group gets the name of its column."""
    import polars as pl
    from polars.io.plugins import register_io_source

    source = (frame.rename({GROUP: by}) if by is not None else frame for frame in rows)
    first = next(source)

    def again(
        with_columns: list[str] | None, predicate: pl.Expr | None, limit: int | None, size: int | None
    ) -> Iterator[Frame]:
        assert (with_columns, predicate, limit) == (None, None, None), (
            f"the whole is written, not {size} rows"
        )
        yield first
        yield from source

    register_io_source(again, schema=first.schema).sink_parquet(
        path, compression="lz4", row_group_size=_GROUP_ROWS
    )
