"""SQLite, through Python's own module: the file is opened for reading only, and values say what columns only declare."""

# ruff: noqa: S608 - names go through quote; conditions and queries are the person's own SQL

from __future__ import annotations

import random
import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.data.engine import quote
from fivefold.data.sources.cells import (
    BOOLEAN,
    INTEGER,
    JSON,
    NUMBER,
    Cell,
    SourceColumn,
    decimals,
    rows_to_parquet,
)

if TYPE_CHECKING:
    from fivefold.core.location import Location

__all__ = ["SQLite"]

# An offset from UTC must not be lost: texts that carry one stay texts.
_MOMENT = Cell(
    "CASE WHEN regexp_full_match({c}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([ T][0-9:.]+)?Z?') "
    "THEN CAST({c} AS TIMESTAMP) END",
    "TIMESTAMP",
)
_VIEW = "fivefold_columns"
_DIGITS = re.compile(r"\(\s*([0-9]+)\s*(?:,\s*([0-9]+)\s*)?\)")
"""Of a decimal, and how many of them stand behind the point."""


class SQLite:
    """A SQLite database.

    Parameters
    ----------
    location : Location
    """

    name = "SQLite"
    extra = ""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._open: sqlite3.Connection | None = None

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""
        return (sqlite3.Error, sqlite3.Warning)

    def connect(self, scratch: Path) -> None:  # noqa: ARG002 - one verb for all
        """Open the file, for reading only."""
        path = Path(self._location.database).absolute()
        self._open = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        self._open.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
        self._run("SELECT count(*) FROM sqlite_master")  # only now is the file looked at

    def tables(self) -> dict[str, str]:
        """Tables and views, as SQL names them."""
        rows = self._run(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY 1"
        )
        return {str(row[0]): quote(str(row[0])) for row in rows}

    def columns(self, relation: str) -> list[SourceColumn]:
        """Columns of what stands after FROM, as they are declared."""
        self._run(f"CREATE TEMP VIEW {_VIEW} AS SELECT * FROM {relation}")
        rows = self._run(f"PRAGMA temp.table_info({_VIEW})")
        self._run(f"DROP VIEW temp.{_VIEW}")
        return [SourceColumn(str(row[1]), quote(str(row[1])), _cells(str(row[2]).upper())) for row in rows]

    def count(self, rows: str) -> int:
        """Rows of what stands after FROM."""
        return int(str(self._run(f"SELECT count(*) FROM {rows}")[0][0]))

    def draw(self, relation: str, share: float, seed: int) -> tuple[str, str]:
        """Relation and condition that keep about this share of the rows, the same ones for the same seed."""
        # SQLite's own random() takes no seed.
        self._connection.create_function("fivefold_random", 0, random.Random(seed).random)
        return relation, f"fivefold_random() < {share:.8f}"

    def bring(self, statement: str, columns: list[SourceColumn], folder: Path) -> Path:
        """Run the statement and write its rows."""
        return rows_to_parquet(self._connection.execute(statement), columns, folder, typed=True)

    def close(self) -> None:
        """Close the file."""
        if self._open is not None:
            self._open.close()

    @property
    def _connection(self) -> sqlite3.Connection:
        assert self._open is not None, "connect comes first"
        return self._open

    def _run(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement of few rows."""
        return self._connection.execute(statement).fetchall()


def _cells(declared: str) -> tuple[Cell, ...]:
    """Say how a declared type is read; SQLite itself only knows integers, reals, texts and blobs."""
    if "BOOL" in declared:
        return (BOOLEAN, INTEGER)
    if "INT" in declared:
        return (INTEGER, NUMBER)
    if "DATE" in declared or "TIME" in declared:
        return (_MOMENT,)
    if any(word in declared for word in ("REAL", "FLOA", "DOUB")):
        return (NUMBER,)
    if "NUMERIC" in declared or "DECIMAL" in declared:
        told = _DIGITS.search(declared)
        return decimals(int(told[1]), int(told[2] or 0)) if told else decimals(None, None)
    return (JSON,) if declared == "JSON" else ()
