"""A log in one SQLite file: with write-ahead logging the monitor reads while services write."""

from __future__ import annotations

import contextlib
import sqlite3
from itertools import chain, islice
from typing import TYPE_CHECKING

from fivefold.core.errors import ArtefactError, InputError
from fivefold.service.log.backend import FIRST_ROWS, READ_ROWS, Pace, UnwrittenError
from fivefold.service.log.entry import LabelLine, Line, Prediction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fivefold.service.log.entry import Batch, Labels

__all__ = ["SQLiteLog"]

_FORMAT = 1
# The index and the labels came later: a file without them is of the same format, and gets them when a service opens it.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS predictions (
    id INTEGER PRIMARY KEY,
    time REAL NOT NULL,           -- seconds since 1970, UTC
    request_id TEXT NOT NULL,
    position INTEGER NOT NULL,    -- of the row in its request, from 0
    prediction_id TEXT NOT NULL,
    version TEXT NOT NULL,        -- of the bundle
    features TEXT NOT NULL,       -- JSON object: the row as the model understood it, without personal columns
    prediction TEXT NOT NULL,     -- JSON object: the answer
    latency_ms REAL NOT NULL,     -- of the whole request
    unseen INTEGER NOT NULL,      -- categories that training did not see
    extra INTEGER NOT NULL        -- keys that the contract does not have
);
CREATE INDEX IF NOT EXISTS predictions_by_id ON predictions (prediction_id);
CREATE TABLE IF NOT EXISTS requests (name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS labels (
    id INTEGER PRIMARY KEY,
    time REAL NOT NULL,           -- of arrival, seconds since 1970, UTC
    request_id TEXT NOT NULL,
    prediction_id TEXT NOT NULL,
    label TEXT NOT NULL           -- JSON value: what really happened
);
"""
_AT_ONCE = 64
"""Lines that one statement inserts. Before and after each statement the interpreter's lock goes to the thread that answers and has to be waited
for again; line by line that costs the answers more than all else that is done for the log."""
_INTO = (
    "INSERT INTO predictions (time, request_id, position, prediction_id, version, features, prediction, latency_ms,"
    " unseen, extra) VALUES "
)
_VALUES = f"({', '.join('?' * len(Line._fields))})"
_INSERT, _INSERT_MANY = _INTO + _VALUES, _INTO + ", ".join([_VALUES] * _AT_ONCE)
_ADD = "INSERT INTO requests VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
_LABEL = "INSERT INTO labels (time, request_id, prediction_id, label) VALUES (?, ?, ?, ?)"
_KNOWN = "SELECT 1 FROM predictions WHERE prediction_id = ? LIMIT 1"
_READ = (
    "SELECT time, prediction_id, features, prediction, unseen, extra FROM predictions"
    " WHERE ? IN (version, '') ORDER BY id"
)
_LATENCIES = FIRST_ROWS.format(table="predictions")
_LABELS = "SELECT time, request_id, prediction_id, label FROM labels ORDER BY id"
_HAS_LABELS = "SELECT 1 FROM sqlite_master WHERE name = 'labels'"
# Lines stand nearly in the order of their times, so that the oldest are found without looking at all.
_PRUNE = (
    "DELETE FROM predictions WHERE time < ? AND id IN (SELECT id FROM predictions ORDER BY id LIMIT 10000)",
    "DELETE FROM labels WHERE time < ? AND id IN (SELECT id FROM labels ORDER BY id LIMIT 10000)",
)
_BUSY_SECONDS = 5.0
_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class SQLiteLog:
    """A file.

    Parameters
    ----------
    path : Path
        Made if absent; a log that exists is added to.
    """

    pace = Pace()
    commits = True
    keeps_labels = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def open(self, *, durable: bool) -> None:
        """Make the file and its tables.

        Raises
        ------
        InputError
            When it cannot be written, or is something else.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Opened here and used in the thread that writes, never in both at once.
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, check_same_thread=False)
            with contextlib.ExitStack() as undo:
                undo.callback(connection.close)
                _check_format(connection)
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(f"{_SCHEMA} PRAGMA user_version={_FORMAT};")
                # FULL waits for the disk at each commit; NORMAL leaves the last ones to the system.
                connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                undo.pop_all()
        except (OSError, sqlite3.Error) as error:
            raise InputError(
                f"The prediction log '{self._path}' cannot be written",
                seen=str(error),
                expected="a file of ours, or none yet, in a folder that may be written",
                todo="name another file, or change the folder's permissions",
            ) from error
        self._connection = connection

    def write(self, batch: Batch) -> list[int]:
        """Write a batch in one transaction."""
        assert self._connection is not None, "open comes first"
        try:
            with self._connection as connection:
                _write_lines(connection, batch.lines())
                connection.executemany(_ADD, batch.counts.items())
                return [_write_labels(connection, labels) for labels in batch.labels]
        except sqlite3.Error as error:
            passing = getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING
            raise UnwrittenError(str(error), passing=passing) from error

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def prune(self, before: float) -> int:
        """Delete what is older; its place in the file is used again."""
        assert self._connection is not None, "open comes first"
        gone = 0
        try:
            for statement in _PRUNE:
                deleted = 1
                while deleted:
                    with self._connection as connection:
                        deleted = connection.execute(statement, (before,)).rowcount
                    gone += deleted
        except sqlite3.Error as error:
            raise UnwrittenError(str(error), passing=True) from error
        return gone

    def predictions(self, version: str) -> Iterator[list[Prediction]]:
        """Lines of the log, oldest first."""
        with self._opened() as connection:
            if connection is not None:
                cursor = connection.execute(_READ, (version,))
                while rows := cursor.fetchmany(READ_ROWS):
                    yield [Prediction._make(row) for row in rows]

    def requests(self) -> tuple[dict[str, float], list[float]]:
        """Counters and latencies."""
        with self._opened() as connection:
            if connection is None:
                return {}, []
            counters = dict(connection.execute("SELECT name, value FROM requests").fetchall())
            return counters, [time for (time,) in connection.execute(_LATENCIES)]

    def labels(self) -> Iterator[list[LabelLine]]:
        """Labels in the order of their arrival."""
        with self._opened() as connection:
            if connection is not None and connection.execute(_HAS_LABELS).fetchone():
                cursor = connection.execute(_LABELS)
                while rows := cursor.fetchmany(READ_ROWS):
                    yield [LabelLine._make(row) for row in rows]

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection | None]:
        """Open the file for reading; None when there is none."""
        if not self._path.is_file():
            yield None
            return
        address = f"{self._path.resolve().as_uri()}?mode=ro"
        try:
            with contextlib.closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as connection:
                _check_format(connection)
                yield connection
        except sqlite3.Error as error:
            raise ArtefactError(
                f"The prediction log '{self._path}' cannot be read",
                seen=str(error),
                expected="the SQLite file that a service of this version writes",
                todo="name the right file, or use the version of Fivefold that wrote it",
            ) from error


def _check_format(connection: sqlite3.Connection) -> None:
    """Refuse a file of another version; a new one has none yet."""
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found not in (0, _FORMAT):
        raise sqlite3.DatabaseError(f"format {found}, and this version knows {_FORMAT}")


def _write_lines(connection: sqlite3.Connection, lines: Iterator[Line]) -> None:
    """Write predictions, many by one statement."""
    while some := list(islice(lines, _AT_ONCE)):
        if len(some) == _AT_ONCE:
            connection.execute(_INSERT_MANY, [*chain.from_iterable(some)])
        else:
            connection.executemany(_INSERT, some)


def _write_labels(connection: sqlite3.Connection, labels: Labels) -> int:
    """Write labels, and count those whose prediction is not here."""
    connection.executemany(_LABEL, labels.lines())
    return sum(connection.execute(_KNOWN, (name,)).fetchone() is None for name in labels.prediction_ids)
