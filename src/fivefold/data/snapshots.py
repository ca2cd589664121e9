"""Snapshots: the parted rows as two Parquet files, in the order of the source, a batch at a time.

Equal rows give equal bytes, however many of them were held in memory at once: the row groups have a size of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import FOLD, ROW, SINCE
from fivefold.data.clean import GROUP
from fivefold.data.split import TEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fivefold.core.artefacts import Contract
    from fivefold.core.tables import Frame
    from fivefold.data.shelf import Shelf
    from fivefold.data.split import Parts

__all__ = ["write_snapshots"]

_GROUP_ROWS = 100_000


def write_snapshots(
    shelf: Shelf, parts: Parts, contract: Contract, folder: Path, moved: Callable[[float], None]
) -> None:
    """Write ``train.parquet`` and ``test.parquet``.

    Parameters
    ----------
    shelf : Shelf
        The cleaned rows.
    parts : Parts
    contract : Contract
        Its columns and the target are written.
    folder : Path
    moved : callable
        Told from time to time how far it is, from 0 to 1.
    """
    names = [ROW, *(column.name for column in contract.columns), contract.target]
    by = parts.split.grouped_by
    names += [GROUP] if by is not None else []
    folds = {FOLD: parts.parts} | ({SINCE: parts.since} if parts.since is not None else {})
    done = 0
    for name, mask, extra in (
        ("test.parquet", parts.parts == TEST, {}),
        ("train.parquet", parts.parts >= 0, folds),
    ):

        def rows(mask=mask, extra=extra) -> Iterator[Frame]:  # type: ignore[no-untyped-def]
            nonlocal done
            for frame in shelf.part(mask).batches(names, extra):
                done += frame.height
                moved(done / max(1, shelf.rows))
                yield frame.rename({GROUP: by}) if by is not None else frame

        _write(rows, folder / name)


def _write(rows: Callable[[], Iterator[Frame]], path: Path) -> None:
    """Stream batches into one file."""
    import polars as pl
    from polars.io.plugins import register_io_source

    source = rows()
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
