"""Frames in memory: pandas, Polars, Arrow and whatever else narwhals knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Lineage
from fivefold.core.errors import InputError, SettingsError
from fivefold.core.protocols import Fetched
from fivefold.core.records import file_digest
from fivefold.core.tables import in_seconds, is_frame, to_frame
from fivefold.data.engine import connect, one_file
from fivefold.data.names import refuse_bad_names
from fivefold.data.plain import columns_of, copy
from fivefold.data.sources.sieve import Sieve

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from fivefold.core.extract import Extract

__all__ = ["FrameSource"]


class FrameSource:
    """A frame that the person holds in memory."""

    def accepts(self, address: object) -> bool:
        """Whether this is a frame of a library that we know."""
        lazy = type(address).__name__ == "LazyFrame" and hasattr(address, "collect")
        return not isinstance(address, str) and (lazy or is_frame(address))

    def fetch(self, extract: Extract, folder: Path) -> Fetched:
        """Write the frame as Parquet, and take of it what is asked for, as of a file.

        The digest is that of the whole frame, so equal frames have equal digests.

        Raises
        ------
        InputError
            When the frame has no columns or no rows, two columns carry one name, or what was asked for is not there.
        SettingsError
            When a table or a query of a database is asked for.
        """
        label = f"{_maker(extract.address)} frame"
        _refuse_parts(extract, label)
        frame = to_frame(extract.address)
        if frame.width == 0 or frame.height == 0:
            raise InputError(
                f"The {label} is empty",
                seen=f"{frame.height} rows and {frame.width} columns",
                expected="at least one row and one column",
                todo="hand over the frame that holds the table",
            )
        refuse_bad_names(frame.columns, label)
        path = folder / "frame.parquet"
        frame.select(_writable(column) for column in frame.iter_columns()).write_parquet(path)
        digest = file_digest(path)
        path, rows = _narrowed(path, frame.height, extract, label)
        lineage = Lineage(label, label, digest, rows=rows, bytes=int(frame.estimated_size()))
        return Fetched(path, label, digest, (lineage,))


def _refuse_parts(extract: Extract, label: str) -> None:
    """Refuse what names a part of something else: a frame is one table."""
    for key, owner in (("query", "databases"), ("table", "databases, workbooks and archives")):
        if getattr(extract.settings, key):
            raise SettingsError(
                f"[data] {key} is for {owner}",
                seen=f"a table in memory, {label}",
                expected=f"no {key}, or the address of what holds it",
                todo=f"take {key} out; [data] where names rows, and [data] include columns",
            )


def _narrowed(path: Path, height: int, extract: Extract, label: str) -> tuple[Path, int]:
    """Take the columns and rows that are asked for; return where they lie, and how many rows there are."""
    sieve = Sieve.of(extract)
    if not (sieve.include or sieve.where or sieve.rows):
        return path, height
    out = path.with_name("narrowed.parquet")
    with connect(path.parent, extract.memory) as connection:
        table = f"read_parquet({one_file(path)}, hive_partitioning = false)"
        source, chosen = sieve.narrow(connection, table, columns_of(connection, path), label)
        count = copy(connection, source, chosen, out)
        sieve.refuse_none(count, label)
        return out, sieve.draw(connection, out, count)


def _maker(address: object) -> str:
    """Name of the library that made the frame."""
    return type(address).__module__.partition(".")[0]


def _writable(column: pl.Series) -> pl.Series:
    """Bring the types that Parquet cannot keep, or not every reader can read, to ones that it can."""
    import polars as pl

    kind = column.dtype
    if kind in {pl.Categorical, pl.Enum, pl.Int128, pl.Time, pl.Null}:
        return column.cast(pl.String)
    if kind == pl.Object:
        listed = [None if value is None else str(value) for value in column.to_list()]
        return pl.Series(column.name, listed, pl.String)
    return in_seconds(column)
