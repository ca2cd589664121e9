"""MySQL and MariaDB, through PyMySQL: rows are streamed, as the text in which the server sends them."""

# ruff: noqa: S608 - names go through quote; conditions and queries are the person's own SQL

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fivefold.data.sources.cells import (
    BOOLEAN,
    INTEGER,
    JSON,
    NUMBER,
    SINGLE,
    Cell,
    SourceColumn,
    exact,
    rows_to_parquet,
)

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.location import Location

__all__ = ["MySQL"]

_PATIENCE = 15
_PORT = 3306
_NO_ZERO = "CASE WHEN NOT starts_with({c}, '0000-00-00') THEN {c} END"
_MOMENT = Cell(f"CAST({_NO_ZERO} AS TIMESTAMP)", "TIMESTAMP", value=_NO_ZERO)
"""MySQL writes the day that nobody knows as 0000-00-00."""
_SESSION = ("SET time_zone = '+00:00'", "SET SESSION TRANSACTION READ ONLY")


class MySQL:
    """A MySQL or MariaDB database.

    Parameters
    ----------
    location : Location
    """

    name = "MySQL"
    extra = "mysql"

    def __init__(self, location: Location) -> None:
        self._location = location
        self._open: Any = None

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""
        import pymysql

        return (pymysql.err.Error,)

    def connect(self, scratch: Path) -> None:  # noqa: ARG002 - one verb for all
        """Log in, for reading only."""
        import pymysql

        place = self._location
        self._open = pymysql.connect(
            host=place.host or "127.0.0.1",
            port=place.port or _PORT,
            user=place.user or None,
            password=place.password,
            database=place.database or None,
            charset="utf8mb4",
            connect_timeout=_PATIENCE,
            conv=pymysql.converters.encoders,  # no decoders: every value stays the text that it came as
            ssl_ca=place.options.get("ssl_ca"),
        )
        for statement in _SESSION:
            self._run(statement)

    def tables(self) -> dict[str, str]:
        """Tables and views of the database, as SQL names them."""
        rows = self._run(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = database() ORDER BY 1"
        )
        return {str(row[0]): self.quote(str(row[0])) for row in rows}

    def quote(self, name: str) -> str:
        """Write a name so that SQL takes it as it is."""
        return "`" + name.replace("`", "``") + "`"

    def columns(self, relation: str) -> list[SourceColumn]:
        """Columns of what stands after FROM."""
        with self._open.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {relation} LIMIT 0")
            return [self._column(*column) for column in cursor.description or ()]

    def count(self, rows: str) -> int:
        """Rows of what stands after FROM."""
        return int(str(self._run(f"SELECT count(*) FROM {rows}")[0][0]))

    def draw(self, relation: str, share: float, seed: int) -> tuple[str, str]:
        """Relation and condition that keep about this share of the rows, the same ones for the same seed."""
        return relation, f"rand({seed}) < {share:.8f}"

    def bring(self, statement: str, columns: list[SourceColumn], folder: Path) -> Path:
        """Run the statement and write its rows."""
        from pymysql.cursors import SSCursor

        with self._open.cursor(SSCursor) as cursor:
            cursor.execute(statement)
            return rows_to_parquet(cursor.fetchall_unbuffered(), columns, folder)

    def close(self) -> None:
        """Log out."""
        if self._open is not None and self._open.open:
            self._open.close()

    def _run(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement of few rows."""
        with self._open.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def _column(self, *column: Any) -> SourceColumn:
        """Say how a column is asked for and read."""
        from pymysql.constants import FIELD_TYPE

        name, kind, _, length, _, scale, _ = column
        quoted = self.quote(name)
        if kind == FIELD_TYPE.BIT:
            return SourceColumn(
                name, f"{quoted} + 0 AS {quoted}", (BOOLEAN, INTEGER) if length == 1 else (INTEGER,)
            )
        if kind == FIELD_TYPE.TINY and length == 1:  # what BOOLEAN is short for
            return SourceColumn(name, quoted, (BOOLEAN, INTEGER))
        if kind in {FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL}:
            return SourceColumn(name, quoted, (NUMBER,) if scale else (exact(min(38, length)), NUMBER))
        whole = {
            FIELD_TYPE.TINY,
            FIELD_TYPE.SHORT,
            FIELD_TYPE.INT24,
            FIELD_TYPE.LONG,
            FIELD_TYPE.LONGLONG,
            FIELD_TYPE.YEAR,
        }
        cells = dict.fromkeys(whole, INTEGER)
        cells |= {FIELD_TYPE.FLOAT: SINGLE, FIELD_TYPE.DOUBLE: NUMBER, FIELD_TYPE.JSON: JSON}
        cells |= dict.fromkeys((FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP), _MOMENT)
        return SourceColumn(name, quoted, (cells[kind],) if kind in cells else ())
