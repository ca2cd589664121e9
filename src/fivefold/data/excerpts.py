"""Excerpts of a fetched table: rows from all over it, runs of neighbouring rows, and all rows in batches."""

# ruff: noqa: S608 - whatever enters a statement here is one of our own names or goes through engine.literal

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.tables import read_parquet
from fivefold.data.engine import connect, literal, one_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from fivefold.core.tables import Frame

__all__ = [
    "VERY_LONG",
    "batches",
    "fit_one_batch",
    "long_runs",
    "long_runs_sql",
    "neighbours",
    "rows_of",
    "sample_rows",
]

VERY_LONG = 2_000_000
"""Rows above which what costs much is asked of eight long runs of neighbouring rows instead of all rows."""

_SAMPLE_ROWS = 20_000
_SAMPLE_CELLS = 4_000_000
_RUNS = 50
_RUN_ROWS = 2_000
_LONG_RUNS = 8
_BATCH_CELLS = 4_000_000
_LEAST_BATCH = 1_000
_GROUP = 122_880
"""Rows that DuckDB writes together: a batch that ends with such a group leaves none to be read twice."""
# Knuth's multiplicative hash: the sampled rows lie evenly over the file, and are the same ones every time.
_GOLDEN = 2_654_435_761
_WORD = 2**32


def rows_of(path: Path) -> int:
    """Rows of a Parquet file, as its footer says."""
    import polars as pl

    return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())


def sample_rows(path: Path, rows: int, width: int, memory: int = 0) -> Frame:
    """Return about 20,000 rows, fewer of wide tables, in the order of the file; the same ones every time."""
    import polars as pl

    wanted = min(_SAMPLE_ROWS, max(1_000, _SAMPLE_CELLS // max(1, width)))
    names = pl.read_parquet_schema(path)
    aliases = ", ".join(f"c{position}" for position in range(len(names)))
    drawn = f"place * {_GOLDEN} % {_WORD} < {int(_WORD * wanted / rows)}" if rows > wanted else "true"
    place = path.with_suffix(".sample")
    with connect(path.parent, memory) as connection:
        connection.execute(
            f"COPY (SELECT {aliases} FROM read_parquet({one_file(path)}, file_row_number = true) "
            f"AS t({aliases}, place) WHERE {drawn}) TO {literal(place)} (FORMAT parquet)"
        )
    frame = read_parquet(place)
    place.unlink()
    frame.columns = list(names)
    return frame


def neighbours(
    path: Path, rows: int, names: Sequence[str], *, runs: int = _RUNS, length: int = _RUN_ROWS
) -> Iterator[Frame]:
    """Yield runs of neighbouring rows, evenly spread from the first row to the last, or a table that is no longer."""
    if rows <= runs * length:
        yield read_parquet(path, columns=names)
        return
    for run in range(runs):
        yield _rows(path, names, run * (rows - length) // (runs - 1), length)


def long_runs(path: Path, rows: int, names: Sequence[str]) -> Iterator[Frame]:
    """Yield eight runs of neighbouring rows, about a million in all, of a table of more than :data:`VERY_LONG` rows."""
    return neighbours(path, rows, names, runs=_LONG_RUNS, length=_GROUP)


def long_runs_sql(path: Path, rows: int, aliases: str) -> str:
    """SQL of the rows of :func:`long_runs`, all columns, under other names: the other rows are not even read."""
    starts = (run * (rows - _GROUP) // (_LONG_RUNS - 1) for run in range(_LONG_RUNS))
    inside = " OR ".join(f"place BETWEEN {start} AND {start + _GROUP - 1}" for start in starts)
    table = f"read_parquet({one_file(path)}, file_row_number = true, hive_partitioning = false)"
    return f"SELECT {aliases} FROM {table} AS t({aliases}, place) WHERE {inside}"


def batches(path: Path, names: Sequence[str], rows: int, *, size: int = 0) -> Iterator[Frame]:
    """Yield all rows in the order of the file, so many at a time that a batch holds about four million cells.

    Parameters
    ----------
    path : Path
    names : sequence of str
        Columns to read.
    rows : int
        Rows of the file.
    size : int
        Rows of a batch; 0 lets the width decide.
    """
    size = size or _batch_rows(len(names))
    if rows <= size:
        yield read_parquet(path, columns=names)
        return
    for start in range(0, rows, size):
        yield _rows(path, names, start, size)


def fit_one_batch(rows: int, width: int) -> bool:
    """Whether :func:`batches` yields a table of so many columns in one piece."""
    return rows <= _batch_rows(width)


def _batch_rows(width: int) -> int:
    """Rows of a batch of so many columns."""
    size = max(_LEAST_BATCH, _BATCH_CELLS // max(1, width))
    return round(size / _GROUP) * _GROUP if size > _GROUP else size


def _rows(path: Path, names: Sequence[str], start: int, rows: int) -> Frame:
    """Read rows that stand together."""
    import polars as pl

    return pl.scan_parquet(path, glob=False).select(names).slice(start, rows).collect()
