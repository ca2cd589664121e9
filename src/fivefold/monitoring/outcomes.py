"""Outcomes: the table in which a person tells what really happened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fivefold.core.credentials import NOT_REPEATED, may_hold_secret
from fivefold.core.errors import InputError
from fivefold.core.interrupts import as_keyboard_interrupt
from fivefold.core.plain import UNDATED, plain
from fivefold.core.tables import parquet_in_seconds, read_parquet

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from fivefold.core.tables import Frame

__all__ = ["read_outcomes"]

_PATTERN = re.compile(r"[*?\[]")
_ENDINGS = ".csv, .tsv, .txt (also with .gz), .parquet, .json, .jsonl, .ndjson"


def read_outcomes(path: Path, scratch: Path) -> Frame:
    """Read a table of outcomes; a text file's values stay text, so that ``007`` is still ``007`` when it is joined.

    Parameters
    ----------
    path : Path
        CSV, TSV, Parquet or JSON.
    scratch : Path
        Folder for a file in between.

    Raises
    ------
    InputError
        When there is no such file, it is of another kind, or it holds no rows.
    """
    import duckdb
    import polars as pl

    if not path.is_file():
        raise InputError(
            "The table of outcomes is not there",
            seen=f"a path {NOT_REPEATED}" if may_hold_secret(str(path)) else f"'{path}'",
            expected="a file with the outcomes of logged predictions",
            todo="check the path after --labels",
        )
    copy = scratch / "outcomes.parquet"
    with as_keyboard_interrupt(), duckdb.connect() as connection:
        try:
            seconds = parquet_in_seconds(path, scratch / "seconds.parquet")
            _relation(connection, seconds).write_parquet(str(copy))
        except (duckdb.Error, pl.exceptions.PolarsError) as error:
            raise InputError(
                f"The table of outcomes '{path.name}' cannot be read",
                seen=_complaint(error),
                expected="a table with a header line",
                todo="open the file and put it right",
            ) from error
    table = read_parquet(copy)
    if table.height == 0:
        raise InputError(
            f"The table of outcomes '{path.name}' holds no rows",
            seen=f"columns {', '.join(table.columns)}",
            expected="one row per known outcome",
            todo="run the monitor without --labels until there are outcomes",
        )
    return table


def _complaint(error: Exception) -> str:
    """What could not be done: its first line, and of a text file what is wrong with that line."""
    lines = [line for line in str(error).splitlines() if line and not line.startswith("Original Line")]
    return ", ".join(lines[: 2 if "CSV Error" in lines[0] else 1])


def _relation(connection: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyRelation:
    """Open the file by its ending; its name is no pattern, whatever signs it holds."""
    ending, name = (
        path.name.lower().removesuffix(".gz").rpartition(".")[2],
        _PATTERN.sub(r"[\g<0>]", str(path)),
    )
    if ending in {"csv", "tsv", "txt"}:
        return connection.read_csv(name, all_varchar=True, header=True)
    if ending == "parquet":
        return _plain(connection.read_parquet(name))
    if ending in {"json", "jsonl", "ndjson"}:
        records = connection.read_json(
            name,
            sample_size=-1,
            map_inference_threshold=-1,
            date_format=UNDATED,
            timestamp_format=UNDATED,
        )
        return _plain(records)
    raise InputError(
        "The table of outcomes is of an unknown kind",
        seen=f"'{path.name}'",
        expected=f"a file that ends in {_ENDINGS}",
        todo="save it as CSV or Parquet",
    )


def _plain(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Bring every column to its plain type, as the data step does."""
    columns = zip(relation.columns, relation.types, strict=True)
    quoted = (('"' + name.replace('"', '""') + '"', str(kind)) for name, kind in columns)
    return relation.project(", ".join(f"{plain(column, kind)} AS {column}" for column, kind in quoted))
