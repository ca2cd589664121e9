"""PostgreSQL, through psycopg: a statement's rows leave the server by COPY, as text."""

# ruff: noqa: S608 - names go through quote; conditions and queries are the person's own SQL

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.data.engine import quote
from fivefold.data.sources.cells import (
    BOOLEAN,
    INTEGER,
    JSON,
    MOMENT,
    NUMBER,
    SINGLE,
    UNHEX,
    Cell,
    SourceColumn,
    decimals,
    listed,
    rows_to_parquet,
)

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg import Column, Connection

    from fivefold.core.location import Location

__all__ = ["PostgreSQL"]

_PATIENCE = 15
_CELLS: dict[str, Cell] = {
    "bool": BOOLEAN,
    "int2": INTEGER,
    "int4": INTEGER,
    "int8": INTEGER,
    "oid": INTEGER,
    "float4": SINGLE,
    "float8": NUMBER,
    "date": MOMENT,
    "timestamp": MOMENT,
    "timestamptz": MOMENT,
    "bytea": UNHEX,
    "json": JSON,
    "jsonb": JSON,
}
_TABLES = """
SELECT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || '.' || c.relname END,
n.nspname, c.relname, c.relkind IN ('r', 'm', 'p') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND n.nspname NOT LIKE 'pg_toast%' AND n.nspname NOT LIKE 'pg_temp%' ORDER BY 1"""
_SESSION = (
    "SET TIME ZONE 'UTC'",
    "SET datestyle TO 'ISO, YMD'",
    "SET intervalstyle TO 'postgres'",
    "SET extra_float_digits TO 1",
    "SET bytea_output TO 'hex'",
    # Equal statements give equal rows in equal order: no worker overtakes another, no scan joins one half-way.
    "SET max_parallel_workers_per_gather TO 0",
    "SET synchronize_seqscans TO off",
)


class PostgreSQL:
    """A PostgreSQL database.

    Parameters
    ----------
    location : Location
    """

    name = "PostgreSQL"
    extra = "postgres"

    def __init__(self, location: Location) -> None:
        self._location = location
        self._open: Connection[tuple[object, ...]] | None = None
        self._plain: set[str] = set()

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""
        import psycopg

        return (psycopg.Error,)

    def connect(self, scratch: Path) -> None:  # noqa: ARG002 - one verb for all
        """Log in, for reading only."""
        import psycopg

        place = self._location
        given = {"host": place.host, "user": place.user, "password": place.password, "dbname": place.database}
        words = {name: value for name, value in given.items() if value} | place.options
        words.setdefault("connect_timeout", str(_PATIENCE))
        words.setdefault("application_name", "fivefold")
        if place.port:
            words["port"] = str(place.port)
        # The password is one word of many: what else stands in the environment or in ~/.pgpass is libpq's business.
        self._open = psycopg.connect(psycopg.conninfo.make_conninfo("", **words), client_encoding="utf-8")
        self._open.read_only = True
        self._open.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for statement in _SESSION:
            self._open.execute(statement)

    def tables(self) -> dict[str, str]:
        """Tables and views as SQL names them; those off the search path are called by their schema as well."""
        found = {}
        for name, schema, table, plain in self._run(_TABLES):
            found[str(name)] = f"{quote(str(schema))}.{quote(str(table))}"
            if plain:
                self._plain.add(found[str(name)])
        return found

    def columns(self, relation: str) -> list[SourceColumn]:
        """Columns of what stands after FROM."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {relation} LIMIT 0".encode())
            return [self._column(column) for column in cursor.description or ()]

    def count(self, rows: str) -> int:
        """Rows of what stands after FROM."""
        return int(str(self._run(f"SELECT count(*) FROM {rows}")[0][0]))

    def draw(self, relation: str, share: float, seed: int) -> tuple[str, str]:
        """Relation and condition that keep about this share of the rows, the same ones for the same seed."""
        if relation in self._plain:
            return f"{relation} TABLESAMPLE BERNOULLI ({100 * share:.6f}) REPEATABLE ({seed})", ""
        self._connection.execute(f"SELECT setseed({(seed % 10_000) / 10_000})".encode())
        return relation, f"random() < {share:.8f}"

    def bring(self, statement: str, columns: list[SourceColumn], folder: Path) -> Path:
        """Run the statement and write its rows."""
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY ({statement}\n) TO STDOUT".encode()) as copy,
        ):
            return rows_to_parquet(copy.rows(), columns, folder)

    def close(self) -> None:
        """Log out."""
        if self._open is not None:
            self._open.close()

    @property
    def _connection(self) -> Connection[tuple[object, ...]]:
        assert self._open is not None, "connect comes first"
        return self._open

    def _run(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement of few rows."""
        return self._connection.execute(statement.encode()).fetchall()

    def _column(self, column: Column) -> SourceColumn:
        """Say how a column is asked for and read."""
        name = quote(column.name)
        info = self._connection.adapters.types.get(column.type_code)
        if info is None:  # an enum, a composite, a type of an extension
            return SourceColumn(column.name, name)
        if info.name == "numeric" and column.type_code == info.oid:
            return SourceColumn(column.name, name, decimals(column.precision, column.scale))
        cell = _CELLS.get(info.name)
        if info.array_oid and column.type_code == info.array_oid:
            element = NUMBER if info.name == "numeric" else cell or Cell("{c}", "VARCHAR")
            return SourceColumn(column.name, f"to_json({name}) AS {name}", (listed(element),))
        return SourceColumn(column.name, name, (cell,) if cell else ())
