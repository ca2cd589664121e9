"""What is in a Parquet file, and bringing it to the plain types."""

# ruff: noqa: S608 - whatever enters a statement here is one of our own names or goes through engine.literal

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.plain import plain
from fivefold.data.engine import literal, one_file, quote

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

__all__ = ["columns_of", "copy"]

_DICTIONARY = 10_000
"""Different values of a column and row group from which a dictionary costs more than it saves."""


def columns_of(connection: DuckDBPyConnection, path: Path) -> list[tuple[str, str]]:
    """Names as they stand in a Parquet file, even twice, and DuckDB's types."""
    schema = connection.execute(f"SELECT name, num_children FROM parquet_schema({one_file(path)})").fetchall()
    names: list[str] = []
    inside = 0  # nodes of a nested column that are still to be passed over
    for name, children in schema[1:]:
        if inside == 0:
            names.append(str(name))
        inside = max(0, inside - 1) + int(children or 0)
    described = connection.execute(
        f"DESCRIBE SELECT * FROM read_parquet({one_file(path)}, hive_partitioning = false)"
    ).fetchall()
    return list(zip(names, (str(row[1]) for row in described), strict=True))


def copy(connection: DuckDBPyConnection, source: str, columns: Sequence[tuple[str, str]], out: Path) -> int:
    """Stream a table into a Parquet file of plain types, in the order of its rows; return how many there are.

    Parameters
    ----------
    connection : DuckDBPyConnection
    source : str
        What stands after FROM.
    columns : sequence of (str, str)
        Name and DuckDB type of each column of the source, by position.
    out : Path
    """
    inner = [f"c{position}" for position in range(len(columns))]
    # DuckDB takes names that differ in case only for one; such a table is written under neutral names first.
    same = len({name.casefold() for name, _ in columns}) < len(columns)
    outer = inner if same else [quote(name) for name, _ in columns]
    items = (
        f"{plain(name, kind)} AS {wanted}"
        for name, (_, kind), wanted in zip(inner, columns, outer, strict=True)
    )
    place = out.with_suffix(".neutral") if same else out
    counted = connection.execute(
        f"COPY (SELECT {', '.join(items)} FROM {source} AS t({', '.join(inner)})) "
        f"TO {literal(place)} (FORMAT parquet, COMPRESSION uncompressed, "
        f"DICTIONARY_SIZE_LIMIT {_DICTIONARY}, WRITE_BLOOM_FILTER false)"
    ).fetchone()
    if same:
        import polars as pl

        wanted_names = dict(zip(inner, (name for name, _ in columns), strict=True))
        pl.scan_parquet(place, glob=False).rename(wanted_names).sink_parquet(out)
        place.unlink()
    return int(counted[0]) if counted else 0
