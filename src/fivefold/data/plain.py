"""The five plain types that every fetched table is brought to: VARCHAR, DOUBLE, BIGINT, BOOLEAN and TIMESTAMP (UTC)."""

# ruff: noqa: S608 - whatever enters a statement here is one of our own names or goes through engine.literal

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fivefold.data.engine import literal, one_file, quote

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

__all__ = ["PLAIN", "columns_of", "copy", "plain"]

PLAIN = ("VARCHAR", "DOUBLE", "BIGINT", "BOOLEAN", "TIMESTAMP")
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_MOMENTS = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
_ZONED = "CASE WHEN isfinite({0}) THEN make_timestamp(epoch_us({0})) END"
_AS = {
    "VARCHAR": "{0}",
    "BOOLEAN": "{0}",
    **dict.fromkeys(_INTEGERS, "CAST({0} AS BIGINT)"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), "CAST({0} AS DOUBLE)"),
    **dict.fromkeys(_MOMENTS, "CASE WHEN isfinite({0}) THEN CAST({0} AS TIMESTAMP) END"),
    "TIMESTAMP WITH TIME ZONE": _ZONED.format("{0}"),
    "TIMESTAMPTZ_NS": _ZONED.format("CAST({0} AS TIMESTAMP WITH TIME ZONE)"),
    # Beside numbers a text is the text itself, as a request writes it, and not its JSON, which has quotation marks.
    "JSON": "CASE WHEN json_type({0}) IN ('VARCHAR', 'NULL') THEN {0} ->> '$' ELSE CAST({0} AS VARCHAR) END",
}
"""SQL by DuckDB's type."""
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_DICTIONARY = 10_000
"""Different values of a column and row group from which a dictionary costs more than it saves."""
_EXACT_DIGITS = 18
"""Whole decimals of so many digits fit into BIGINT; longer ones stay text, digit for digit."""


def plain(column: str, kind: str) -> str:
    """SQL that brings a column of a DuckDB type to its plain type.

    Parameters
    ----------
    column : str
        An SQL expression.
    kind : str
        Its type as DuckDB prints it. Whatever is not named here (nested values, times of day, integers beyond 64 bits)
        becomes text.
    """
    if kind in _AS:
        return _AS[kind].format(column)
    decimal = _DECIMAL.fullmatch(kind)
    if decimal is None:
        return f"CAST({column} AS VARCHAR)"
    if int(decimal[2]) > 0:
        return f"CAST({column} AS DOUBLE)"
    return f"CAST({column} AS {'BIGINT' if int(decimal[1]) <= _EXACT_DIGITS else 'VARCHAR'})"


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
