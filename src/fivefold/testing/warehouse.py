"""A small warehouse that runs GoogleSQL in DuckDB and counts bytes as BigQuery bills them: by column, pruned by partition.

It is more forgiving than BigQuery where DuckDB is, and ``FARM_FINGERPRINT`` is another hash than Google's.
"""

# ruff: noqa: S608 - a stand-in for tests, bound to loopback

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fivefold.testing.google_sql import in_duckdb

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Answer", "Table", "Warehouse", "WarehouseError"]

MEGABYTE = 2**20
LEAST_BILLED = 10 * MEGABYTE
"""What a query is billed at least for each table that it reads."""

_MACROS = (
    "CREATE MACRO farm_fingerprint(x) AS CAST(hash(x) >> 1 AS BIGINT)",
    "CREATE MACRO to_json_string(x) AS CAST(to_json(x) AS VARCHAR)",
)
_CHANCES = "STRUCT(label VARCHAR, prob DOUBLE)"
_KINDS = {
    _CHANCES: "RECORD",
    "BIGINT": "INTEGER",
    "INTEGER": "INTEGER",
    "HUGEINT": "INTEGER",
    "DOUBLE": "FLOAT",
    "FLOAT": "FLOAT",
    "BOOLEAN": "BOOLEAN",
    "VARCHAR": "STRING",
    "BLOB": "BYTES",
    "DATE": "DATE",
    "TIMESTAMP": "DATETIME",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    "TIME": "TIME",
    "JSON": "JSON",
}
_NUMERIC = "DECIMAL(38,9)"
"""What NUMERIC is short for; the service does not say so."""
_SIZES = {
    "INTEGER": 8,
    "FLOAT": 8,
    "BOOLEAN": 1,
    "DATE": 8,
    "DATETIME": 8,
    "TIMESTAMP": 8,
    "TIME": 8,
    "NUMERIC": 16,
}


class WarehouseError(Exception):
    """What BigQuery would refuse, with its reason and HTTP status."""

    def __init__(self, message: str, reason: str = "invalidQuery", status: int = 400) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes
    ----------
    dataset, name : str
    partition : str
        Column that it is partitioned by; empty for none.
    filtered : bool
        Whether every query must filter by that column.
    """

    dataset: str
    name: str
    partition: str = ""
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gives.

    Attributes
    ----------
    schema : list of dict
        Fields as BigQuery describes them.
    rows : list of tuples
        Moments as microseconds since 1970; empty for a dry run.
    processed, billed : int
        Bytes.
    cached : bool
        Whether the answer was there already.
    tables : list of Table
    """

    schema: list[dict[str, Any]]
    rows: list[tuple[Any, ...]]
    processed: int
    billed: int
    cached: bool
    tables: list[Table] = field(default_factory=list)


class Warehouse:
    """Tables in DuckDB, asked in GoogleSQL.

    Parameters
    ----------
    project : str
    """

    def __init__(self, project: str) -> None:
        import duckdb

        self.project = project
        self.tables: dict[tuple[str, str], Table] = {}
        self._asked: set[str] = set()
        self._duck = duckdb.connect()
        for macro in ("SET TimeZone = 'UTC'", *_MACROS):
            self._duck.execute(macro)

    def load(self, table: Table, path: Path) -> None:
        """Fill a table from a Parquet file; what was asked before is forgotten."""
        self._duck.execute(f'CREATE SCHEMA IF NOT EXISTS "{table.dataset}"')
        self.run(f'CREATE OR REPLACE TABLE "{table.dataset}"."{table.name}" AS FROM read_parquet(\'{path}\')')
        self.tables[table.dataset, table.name] = table
        self._asked.clear()

    def run(self, statement: str) -> None:
        """Run DuckDB's own SQL, to make tables."""
        self._duck.execute(statement)

    def adopt(self, table: Table) -> None:
        """Take a table that was made by :meth:`run`; what was asked before is forgotten."""
        self.tables[table.dataset, table.name] = table
        self._asked.clear()

    def drop(self, dataset: str, name: str) -> bool:
        """Drop a table; return whether there was one."""
        if self.tables.pop((dataset, name), None) is None:
            return False
        self.run(f'DROP TABLE "{dataset}"."{name}"')
        self._asked.clear()
        return True

    def keep(self, name: str, fields: list[dict[str, Any]], rows: list[tuple[Any, ...]]) -> None:
        """Keep rows under a name of their own, outside of all data sets; moments are microseconds, as answers have them."""
        kinds = {value: key for key, value in reversed(_KINDS.items())} | {
            "NUMERIC": "DOUBLE",
            "RECORD": _CHANCES,
        }
        columns = [
            f'"{one["name"]}" {kinds[one["type"]]}{"[]" * (one["mode"] == "REPEATED")}' for one in fields
        ]
        self.run(f'CREATE OR REPLACE TEMP TABLE "{name}" ({", ".join(columns)})')
        marks = ["make_timestamptz(?)" if one["type"] == "TIMESTAMP" else "?" for one in fields]
        if rows:
            self._duck.executemany(f'INSERT INTO "{name}" VALUES ({", ".join(marks)})', rows)

    def schema(self, table: Table) -> list[dict[str, Any]]:
        """Fields of a table."""
        return self._fields(f'SELECT * FROM "{table.dataset}"."{table.name}"')

    def size(self, table: Table) -> tuple[int, int]:
        """Rows and bytes of a table."""
        fields = self.schema(table)
        rows, *_ = self._one(f'SELECT count(*) FROM "{table.dataset}"."{table.name}"')
        return int(rows), self._bytes(table, [one["name"] for one in fields], "")

    def query(self, sql: str, *, dry: bool, most: int | None = None, cache: bool = True) -> Answer:
        """Answer a query, or only say what it would read.

        Raises
        ------
        WarehouseError
            When the query cannot be run, or would bill more than ``most`` bytes.
        """
        import duckdb
        import sqlglot

        try:
            tree = sqlglot.parse_one(sql, read="bigquery")
        except sqlglot.errors.SqlglotError as error:
            raise WarehouseError(f"Syntax error: {str(error).splitlines()[0]}") from error
        read = self._reads(tree)
        cached = cache and sql in self._asked
        processed = 0 if cached else sum(size for _, size in read)
        billed = 0 if cached else sum(max(LEAST_BILLED, -(-size // MEGABYTE) * MEGABYTE) for _, size in read)
        if most is not None and billed > most:
            message = f"Query exceeded limit for bytes billed: {most}. {billed} or higher required."
            raise WarehouseError(message, "bytesBilledLimitExceeded")
        statement = in_duckdb(tree)
        tables = [table for table, _ in read]
        try:
            schema = self._fields(statement)
            rows = [] if dry else self._duck.execute(_in_micros(statement, schema)).fetchall()
        except duckdb.Error as error:
            raise WarehouseError(str(error).splitlines()[0]) from error
        if not dry:
            self._asked.add(sql)
        return Answer(schema, rows, processed, billed, cached, tables)

    def _reads(self, tree: Any) -> list[tuple[Table, int]]:
        """Tables that a query reads, with the bytes of the columns that it needs; the tree's names become DuckDB's."""
        from sqlglot import exp
        from sqlglot.errors import SqlglotError
        from sqlglot.optimizer.qualify import qualify
        from sqlglot.optimizer.scope import traverse_scope

        for node in tree.find_all(exp.Table):
            if node.db:
                table = self._table(node.db, node.name)
                node.set("catalog", None)
                node.set("db", exp.to_identifier(table.dataset, quoted=True))
                node.set("this", exp.to_identifier(table.name, quoted=True))
        known: dict[str, Any] = {}
        for table in self.tables.values():
            fields = {one["name"]: "unknown" for one in self.schema(table)}
            known.setdefault(table.dataset, {})[table.name] = fields
        try:
            named = qualify(tree.copy(), schema=known, dialect="duckdb", validate_qualify_columns=False)
        except SqlglotError as error:
            raise WarehouseError(str(error).splitlines()[0]) from error
        found = []
        for scope in traverse_scope(named):
            for alias, source in scope.sources.items():
                if isinstance(source, exp.Table) and source.db:
                    table = self._table(source.db, source.name)
                    columns = {column.name for column in scope.source_columns(alias)}
                    pruned = self._pruned(table, scope.expression.args.get("where"))
                    found.append((table, self._bytes(table, sorted(columns), pruned)))
        return found

    def _pruned(self, table: Table, where: Any) -> str:
        """The part of a condition that speaks of the partitions alone, in DuckDB's SQL."""
        from sqlglot import exp

        kept = []
        for part in _parts(where.this) if where else ():
            told = part.copy()
            columns = list(told.find_all(exp.Column))
            if columns and {column.name for column in columns} == {table.partition}:
                for column in columns:
                    column.set("table", None)
                kept.append(f"({told.sql(dialect='duckdb')})")
        if table.filtered and not kept:
            raise WarehouseError(
                f"Cannot query over table '{self.project}.{table.dataset}.{table.name}' without a filter over column(s) "
                f"'{table.partition}' that can be used for partition elimination"
            )
        return " AND ".join(kept)

    def _table(self, dataset: str, name: str) -> Table:
        """Find a table."""
        if (dataset, name) not in self.tables:
            raise WarehouseError(
                f"Not found: Table {self.project}:{dataset}.{name} was not found", "notFound", 404
            )
        return self.tables[dataset, name]

    def _bytes(self, table: Table, columns: list[str], where: str) -> int:
        """Logical bytes of some columns."""
        kinds = {one["name"]: one["type"] for one in self.schema(table)}
        items = [
            f"coalesce(sum({_SIZES[kinds[name]]}), 0)"
            if kinds[name] in _SIZES
            else f'coalesce(sum(2 + strlen(CAST("{name}" AS VARCHAR))), 0)'
            for name in columns
            if name in kinds
        ]
        tail = f" WHERE {where}" if where else ""
        total = " + ".join(items) or "0"
        return int(self._one(f'SELECT {total} FROM "{table.dataset}"."{table.name}"{tail}')[0] or 0)

    def _fields(self, statement: str) -> list[dict[str, Any]]:
        """Columns of a statement as BigQuery describes them."""
        return [
            _field(str(row[0]), str(row[1])) for row in self._duck.execute(f"DESCRIBE {statement}").fetchall()
        ]

    def _one(self, statement: str) -> tuple[Any, ...]:
        """The only row of a statement."""
        row = self._duck.execute(statement).fetchone()
        assert row is not None
        return row


def _field(name: str, kind: str) -> dict[str, Any]:
    """Describe a column."""
    mode = "NULLABLE"
    if kind.endswith("[]"):
        kind, mode = kind[:-2], "REPEATED"
    if kind.startswith("DECIMAL("):
        precision, scale = kind[8:-1].split(",")
        if kind == _NUMERIC:
            return {"name": name, "type": "NUMERIC", "mode": mode}
        return {"name": name, "type": "NUMERIC", "mode": mode, "precision": precision, "scale": scale.strip()}
    return {"name": name, "type": _KINDS.get(kind, "STRING"), "mode": mode}


def _in_micros(statement: str, schema: list[dict[str, Any]]) -> str:
    """Give moments as microseconds since 1970, as the service keeps them."""
    moments = [one["name"] for one in schema if one["type"] == "TIMESTAMP" and one["mode"] != "REPEATED"]
    if not moments:
        return statement
    items = ", ".join(f'epoch_us("{name}") AS "{name}"' for name in moments)
    return f"SELECT * REPLACE ({items}) FROM ({statement})"


def _parts(condition: Any) -> list[Any]:
    """What must hold together."""
    from sqlglot import exp

    bare = condition.unnest()
    return [*_parts(bare.left), *_parts(bare.right)] if isinstance(bare, exp.And) else [bare]
