"""A DuckDB database: the file is attached for reading only, and DuckDB writes the rows itself."""

# ruff: noqa: S608 - names go through quote; conditions and queries are the person's own SQL

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.data.engine import connect, literal, quote
from fivefold.data.plain import copy
from fivefold.data.sources.cells import Cell, SourceColumn

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from fivefold.core.location import Location

__all__ = ["DuckDB"]

_SCALE = 10**9
_ROW = "__drawn__"


class DuckDB:
    """A DuckDB database.

    Parameters
    ----------
    location : Location
    """

    name = "DuckDB"
    extra = ""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._stack = contextlib.ExitStack()
        self._open: DuckDBPyConnection | None = None

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""
        import duckdb

        return (duckdb.Error,)

    def connect(self, scratch: Path) -> None:
        """Attach the file, for reading only."""
        path = Path(self._location.database).absolute()
        self._open = self._stack.enter_context(connect(scratch))
        self._open.execute(f"ATTACH {literal(path)} AS there (TYPE duckdb, READ_ONLY)")
        self._open.execute("USE there")

    def tables(self) -> dict[str, str]:
        """Tables and views as SQL names them; those of other schemas are called by their schema as well."""
        rows = self._run(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_catalog = 'there' ORDER BY table_schema <> 'main', table_schema, table_name"
        )
        names = [(str(schema), str(table)) for schema, table in rows]
        return {
            table if schema == "main" else f"{schema}.{table}": f"{quote(schema)}.{quote(table)}"
            for schema, table in names
        }

    def columns(self, relation: str) -> list[SourceColumn]:
        """Columns of what stands after FROM."""
        rows = self._run(f"DESCRIBE SELECT * FROM {relation}")
        return [_column(str(row[0]), str(row[1])) for row in rows]

    def count(self, rows: str) -> int:
        """Rows of what stands after FROM."""
        return int(str(self._run(f"SELECT count(*) FROM {rows}")[0][0]))

    def draw(self, relation: str, share: float, seed: int) -> tuple[str, str]:
        """Relation and condition that keep about this share of the rows, the same ones for the same seed."""
        numbered = f"(SELECT *, row_number() OVER () AS {_ROW} FROM {relation}) AS numbered"
        return numbered, f"hash({_ROW}, {seed}) % {_SCALE} < {int(share * _SCALE)}"

    def bring(self, statement: str, columns: list[SourceColumn], folder: Path) -> Path:
        """Run the statement and write its rows."""
        out = folder / "rows.parquet"
        kinds = [(column.name, column.cells[0].kind) for column in columns]
        copy(self._connection, f"({statement}\n)", kinds, out)
        return out

    def close(self) -> None:
        """Let go of the file."""
        self._stack.close()

    @property
    def _connection(self) -> DuckDBPyConnection:
        assert self._open is not None, "connect comes first"
        return self._open

    def _run(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement of few rows."""
        return self._connection.execute(statement).fetchall()


def _column(name: str, kind: str) -> SourceColumn:
    """Say how a column is asked for; JSON is written without blanks, as everywhere else."""
    quoted = quote(name)
    if kind == "JSON":
        return SourceColumn(name, f"CAST(json({quoted}) AS VARCHAR) AS {quoted}", (Cell("{c}", "VARCHAR"),))
    return SourceColumn(name, quoted, (Cell("{c}", kind),))
