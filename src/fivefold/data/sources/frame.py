"""Frames in memory: pandas, Polars, Arrow and whatever else narwhals knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Lineage
from fivefold.core.errors import InputError
from fivefold.core.protocols import Fetched
from fivefold.core.records import file_digest
from fivefold.core.tables import in_seconds, is_frame, to_frame
from fivefold.data.names import refuse_bad_names

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
        """Write the frame as Parquet; the digest is that of the file, so equal frames have equal digests.

        Raises
        ------
        InputError
            When the frame has no columns or no rows, or two columns carry one name.
        """
        frame = to_frame(extract.address)
        label = f"{_maker(extract.address)} frame"
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
        lineage = Lineage(label, label, digest, rows=frame.height, bytes=int(frame.estimated_size()))
        return Fetched(path, label, digest, (lineage,))


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
