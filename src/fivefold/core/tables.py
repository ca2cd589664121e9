"""Frames, kept behind one page: what a person may hand us, and the one kind of frame that we work on (Polars)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from fivefold.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    Frame: TypeAlias = pl.DataFrame

__all__ = [
    "Columns",
    "in_seconds",
    "is_frame",
    "lengths_of_time",
    "parquet_in_seconds",
    "read_parquet",
    "read_rows",
    "to_frame",
]

_UNITS = {"ms": 1e3, "us": 1e6, "ns": 1e9}
"""How many of them are a second."""


class Columns(Protocol):
    """What gives the columns of a table one by one: a frame does, and so does a snapshot that is never held as a whole."""

    @property
    def height(self) -> int:
        """Number of rows."""

    def __getitem__(self, name: str, /) -> pl.Series:
        """The column of this name."""


def is_frame(table: object) -> bool:
    """Whether this is a pandas, Polars, Arrow or other frame that :func:`to_frame` takes."""
    import narwhals as nw

    if hasattr(table, "__arrow_c_stream__"):
        return True
    return isinstance(nw.from_native(table, eager_only=True, pass_through=True), nw.DataFrame)


def to_frame(table: Any) -> Frame:
    """Return a Polars frame of a pandas, Polars, Arrow or other eager frame, without copying where that is possible.

    Raises
    ------
    InputError
        When the object is no frame, or two columns carry one name.
    """
    import narwhals as nw
    import polars as pl

    if isinstance(table, pl.DataFrame):
        return table
    if isinstance(table, pl.LazyFrame):
        return table.collect()
    if type(table).__module__.split(".")[0] == "pandas":
        return _from_pandas(table)
    native = nw.from_native(table, eager_only=True, pass_through=True)
    if isinstance(native, nw.DataFrame):
        return native.to_polars()
    if hasattr(table, "__arrow_c_stream__"):
        return pl.DataFrame(table)
    raise InputError(
        "This is no table",
        seen=type(table).__name__,
        expected="a path, or a pandas, Polars or Arrow frame",
        todo="hand over one of these",
    )


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> Frame:
    """Read a snapshot, or only some of its columns."""
    import polars as pl

    # A folder may be called runs[1]: the path is one file, never a pattern.
    return pl.read_parquet(path, columns=None if columns is None else list(columns), glob=False)


def read_rows(path: Path, rows: NDArray[np.intp], columns: Sequence[str]) -> Frame:
    """Read some rows of a snapshot by their positions, in order; the whole is never held in memory."""
    import polars as pl

    number = "__number__"
    scan = pl.scan_parquet(path, glob=False).select(columns).with_row_index(number)
    return (
        scan.filter(pl.col(number).is_in(pl.Series(rows).implode())).drop(number).collect(engine="streaming")
    )


def in_seconds(series: pl.Series) -> pl.Series:
    """Lengths of time become the seconds that they last; whatever else it is stays as it is.

    Examples
    --------
    >>> import polars as pl
    >>> in_seconds(pl.Series([90_500_000], dtype=pl.Duration("us"))).to_list()
    [90.5]
    """
    import polars as pl

    if not isinstance(series.dtype, pl.Duration):
        return series
    return series.to_physical().cast(pl.Float64) / _UNITS[series.dtype.time_unit]


def lengths_of_time(schema: Mapping[str, pl.DataType]) -> dict[str, float]:
    """Return how many of its counts are a second, for each column that holds lengths of time."""
    import polars as pl

    return {name: _UNITS[kind.time_unit] for name, kind in schema.items() if isinstance(kind, pl.Duration)}


def parquet_in_seconds(
    path: Path, out: Path, wanted: Callable[[Mapping[str, pl.DataType]], Sequence[str]] | None = None
) -> Path:
    """Return a Parquet file in which lengths of time are seconds: the file itself where it holds none, else a copy.

    It keeps them as whole numbers and says in a note alone what they are, which DuckDB does not read.

    Parameters
    ----------
    path : Path
    out : Path
        Where the copy would lie.
    wanted : callable, optional
        Names the columns of a schema that are to be read and copied: of a file that came from far away no others may be there.
    """
    import polars as pl

    try:
        schema = pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, OSError):  # damaged, or of types that Polars does not know
        return path
    units = lengths_of_time(schema)
    if not units:
        return path
    names = schema if wanted is None else wanted(schema)
    columns = (
        pl.col(name).to_physical().cast(pl.Float64) / units[name] if name in units else pl.col(name)
        for name in names
    )
    pl.scan_parquet(path, glob=False).select(columns).sink_parquet(out)
    return out


def _from_pandas(table: Any) -> Frame:
    """Convert a pandas frame column by column, so that pyarrow need not be installed."""
    import polars as pl

    names = [str(name) for name in table.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            "Two columns carry one name",
            seen=", ".join(repr(name) for name in twice),
            expected="a different name for every column",
            todo="rename one of them",
        )
    return pl.DataFrame(
        [_series(name, column) for name, (_, column) in zip(names, table.items(), strict=True)]
    )


def _series(name: str, column: Any) -> pl.Series:
    """Convert one pandas column: numbers as they lie in memory, everything else value by value."""
    import polars as pl

    values = column.to_numpy()
    kind = values.dtype.kind
    if kind in "iub" or (kind == "f" and column.dtype.kind == "f"):
        return pl.Series(name, values, nan_to_null=True)
    if kind in "mM":
        # Polars knows no whole seconds, in which pandas keeps them as well; whole numbers with gaps come as floats here.
        return pl.Series(name, values.astype(f"{kind}8[us]") if "[s]" in values.dtype.str else values)
    return pl.Series(name, _listed(column, values), strict=False)


def _listed(column: Any, values: NDArray[Any]) -> list[Any]:
    """Return the values of a pandas column, None for missing ones."""
    gone = column.isna().to_numpy()
    if values.dtype.kind != "O":
        values = column.astype(object).to_numpy()
    if gone.any():
        values = values.copy()
        values[gone] = None
    listed: list[Any] = values.tolist()
    return listed
