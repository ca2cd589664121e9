"""The log of predictions: what was asked, what was answered, and how long it took, in one SQLite file.

The service hands over a request's rows and goes on; a thread of the log's own writes them in batches. When the disk
cannot keep up, rows are dropped and counted: an answer is never late because of its record. With write-ahead logging
the monitor reads while the service writes.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from fivefold.core.errors import ArtefactError, InputError
from fivefold.runtime.values import parse_boolean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from fivefold.core.artefacts import Contract, Kind
    from fivefold.core.tables import Frame
    from fivefold.runtime.values import Cleaned

__all__ = ["Entry", "PredictionLog", "read_log", "read_requests"]

_FORMAT = 1
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
CREATE TABLE IF NOT EXISTS requests (name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
"""
_INSERT = (
    "INSERT INTO predictions (time, request_id, position, prediction_id, version, features, prediction, latency_ms,"
    " unseen, extra) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_ADD = "INSERT INTO requests VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
_READ = (
    "SELECT time, prediction_id, features, prediction, unseen, extra FROM predictions"
    " WHERE ? IN (version, '') ORDER BY id"
)
_LATENCIES = "SELECT latency_ms FROM predictions WHERE position = 0 ORDER BY id DESC LIMIT 10000"
_COUNTERS = ("requests", "refused", "errors", "predictions", "dropped")
_GATHER_SECONDS = 0.1
_CLOSE_SECONDS = 10.0
_BUSY_SECONDS = 5.0
_READ_ROWS = 20_000

_journal = logging.getLogger("fivefold.service")


@dataclass(frozen=True, slots=True)
class Entry:
    """One answered request.

    Attributes
    ----------
    time : float
        Seconds since 1970.
    request_id : str
    prediction_ids : sequence of str
    version : str
        Of the bundle that answered.
    rows : sequence of dict
        Cleaned rows, without the columns whose values tell who somebody is.
    predictions : sequence of dict
    latency_ms : float
    unseen, extra : sequence of int
        Per row.
    """

    time: float
    request_id: str
    prediction_ids: Sequence[str]
    version: str
    rows: Sequence[Mapping[str, Cleaned]]
    predictions: Sequence[Mapping[str, object]]
    latency_ms: float
    unseen: Sequence[int]
    extra: Sequence[int]


class PredictionLog:
    """A file that answered requests are written to, by one thread, in the background.

    Parameters
    ----------
    path : Path
        Made if absent; a log that exists is added to.
    capacity : int
        Rows that may wait to be written; further ones are dropped and counted.

    Raises
    ------
    InputError
        When the file cannot be written.
    """

    def __init__(self, path: Path, *, capacity: int = 100_000) -> None:
        self._path = path
        self._capacity = capacity
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._waiting = 0
        self._counts: Counter[str] = Counter()
        self._dropped = 0
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._prepare()
        self._writer = threading.Thread(target=self._write, name="prediction-log", daemon=True)
        self._writer.start()

    @property
    def dropped(self) -> int:
        """Rows that were not written, since the start."""
        return self._dropped

    def record(self, entry: Entry) -> None:
        """Hand over an answered request; returns at once."""
        size = len(entry.predictions)
        with self._lock:
            self._counts["requests"] += 1
            self._counts["predictions"] += size
            if self._waiting + size > self._capacity or self._closed.is_set():
                self._drop(size)
            else:
                self._waiting += size
                self._entries.append(entry)
        self._wake.set()

    def note(self, status: int) -> None:
        """Count a request for predictions that got none: its status of HTTP is 400 or above."""
        with self._lock:
            self._counts["requests"] += 1
            self._counts["errors" if status >= 500 else "refused"] += 1
        self._wake.set()

    def close(self) -> None:
        """Write what waits, and end the thread."""
        self._closed.set()
        self._wake.set()
        self._writer.join(_CLOSE_SECONDS)

    def _prepare(self) -> None:
        """Make the file and its tables."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(self._connect()) as connection:
                _check_format(connection)
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(f"{_SCHEMA} PRAGMA user_version={_FORMAT};")
        except (OSError, sqlite3.Error) as error:
            raise InputError(
                f"The prediction log '{self._path}' cannot be written",
                seen=str(error),
                expected="a file of ours, or none yet, in a folder that may be written",
                todo="name another file, or change the folder's permissions",
            ) from error

    def _connect(self) -> sqlite3.Connection:
        """Open the file; a reader or another service may hold it for a moment."""
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        try:
            connection.execute("PRAGMA synchronous=NORMAL")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _write(self) -> None:
        """Write batch after batch until the log is closed: the thread's work."""
        with contextlib.closing(self._connect()) as connection:
            ended = False
            while not ended:
                self._wake.wait()
                # Rows that come within a moment share one transaction, and wake this thread once.
                ended = self._closed.wait(_GATHER_SECONDS)
                self._wake.clear()
                with self._lock:
                    entries, self._entries = self._entries, []
                    counts, self._counts = self._counts, Counter()
                self._store(connection, entries, counts)

    def _store(
        self, connection: sqlite3.Connection, entries: Sequence[Entry], counts: Mapping[str, int]
    ) -> None:
        """Write one batch; when that fails its rows are dropped, and its counts are kept for the next."""
        size = sum(len(entry.predictions) for entry in entries)
        try:
            with connection:
                connection.executemany(_INSERT, (line for entry in entries for line in _lines(entry)))
                connection.executemany(_ADD, counts.items())
        except sqlite3.Error as error:
            _journal.warning("%d rows of the prediction log were dropped: %s", size, error)
            with self._lock:
                self._counts.update(counts)
                self._drop(size)
        with self._lock:
            self._waiting -= size

    def _drop(self, size: int) -> None:
        """Count dropped rows, for the metrics and for the file; the lock is held."""
        self._dropped += size
        self._counts["dropped"] += size


def read_log(path: Path, contract: Contract, *, version: str = "") -> tuple[Frame, Frame]:
    """Read what a release was asked and answered, oldest first; a service may be writing meanwhile.

    Parameters
    ----------
    path : Path
        A log that does not exist gives empty frames.
    contract : Contract
        Its columns make the first frame.
    version : str
        Read only what the bundle of this version answered; empty reads all.

    Returns
    -------
    rows : Frame
        One row per prediction: the contract's columns as the service understood them, typed as in the snapshots; a
        personal column is null throughout.
    scores : Frame
        Same height: ``time`` (Datetime in UTC, without zone), ``prediction_id``, ``label`` and ``probability: CLASS`` per
        class, or ``value``; ``unseen`` and ``extra`` (see :class:`fivefold.core.protocols.Window`).

    Raises
    ------
    ArtefactError
        When the file is no prediction log, or of another version.
    """
    import polars as pl

    rows, scores = [_rows_frame((), contract)], [_scores_frame((), contract)]
    for lines in _batches(path, version):
        rows.append(_rows_frame([orjson.loads(line[2]) for line in lines], contract))
        scores.append(_scores_frame(lines, contract))
    return pl.concat(rows), pl.concat(scores)


def read_requests(path: Path) -> dict[str, float]:
    """Read the counters of a log: all requests for predictions since the file began.

    Returns
    -------
    dict of str to float
        ``requests`` (all), ``refused`` (4xx), ``errors`` (5xx), ``predictions`` (rows answered), ``dropped`` (rows that are
        missing from the log), and ``p50_ms`` and ``p95_ms`` of the latest 10,000 answered requests; zeros without a log.
    """
    found = dict.fromkeys((*_COUNTERS, "p50_ms", "p95_ms"), 0.0)
    with _opened(path) as connection:
        if connection is not None:
            found |= connection.execute("SELECT name, value FROM requests").fetchall()
            times = sorted(time for (time,) in connection.execute(_LATENCIES))
            if times:
                found["p50_ms"] = times[len(times) // 2]
                found["p95_ms"] = times[len(times) * 95 // 100]
    return found


def _batches(path: Path, version: str) -> Iterator[list[tuple[float, str, str, str, int, int]]]:
    """Lines of the log, some thousands at a time."""
    with _opened(path) as connection:
        if connection is not None:
            cursor = connection.execute(_READ, (version,))
            while lines := cursor.fetchmany(_READ_ROWS):
                yield lines


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Open a log for reading; None when there is none."""
    if not path.is_file():
        yield None
        return
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
        ) as connection:
            _check_format(connection)
            yield connection
    except sqlite3.Error as error:
        raise ArtefactError(
            f"The prediction log '{path}' cannot be read",
            seen=str(error),
            expected="the SQLite file that a service of this version writes",
            todo="name the right file, or use the version of Fivefold that wrote it",
        ) from error


def _check_format(connection: sqlite3.Connection) -> None:
    """Refuse a file of another version; a new one has none yet."""
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found not in (0, _FORMAT):
        raise sqlite3.DatabaseError(f"format {found}, and this version knows {_FORMAT}")


def _lines(entry: Entry) -> Iterable[tuple[float | int | str, ...]]:
    """Rows of the table for one request."""
    for position, name in enumerate(entry.prediction_ids):
        yield (
            entry.time,
            entry.request_id,
            position,
            name,
            entry.version,
            orjson.dumps(entry.rows[position]).decode(),
            orjson.dumps(entry.predictions[position]).decode(),
            entry.latency_ms,
            entry.unseen[position],
            entry.extra[position],
        )


def _rows_frame(rows: Sequence[Mapping[str, object]], contract: Contract) -> Frame:
    """Features as columns of the contract's types."""
    import polars as pl

    types: dict[Kind, pl.DataType] = {
        "number": pl.Float64(),
        "integer": pl.Int64(),
        "boolean": pl.Boolean(),
        "string": pl.String(),
        "datetime": pl.Datetime("us"),
    }
    columns: list[pl.Series] = []
    for column in contract.columns:
        listed = [row.get(column.name) for row in rows]
        if column.kind == "datetime":
            listed = [datetime.fromisoformat(value) if isinstance(value, str) else None for value in listed]
        columns.append(pl.Series(column.name, listed, dtype=types[column.kind], strict=False))
    return pl.DataFrame(columns)


def _scores_frame(lines: Sequence[tuple[float, str, str, str, int, int]], contract: Contract) -> Frame:
    """Answers as columns."""
    import polars as pl

    answers = [orjson.loads(line[3]) for line in lines]
    times = [datetime.fromtimestamp(line[0], UTC).replace(tzinfo=None) for line in lines]
    columns = [
        pl.Series("time", times, dtype=pl.Datetime("us")),
        pl.Series("prediction_id", [line[1] for line in lines], dtype=pl.String),
    ]
    if contract.task == "regression":
        columns.append(pl.Series("value", [answer.get("value") for answer in answers], dtype=pl.Float64))
    else:
        names = _class_names(contract)
        labels = [names.get(answer.get("label")) for answer in answers]
        columns.append(pl.Series("label", labels, dtype=pl.String))
        for name in contract.classes:
            shares = [answer.get("probabilities", {}).get(name) for answer in answers]
            columns.append(pl.Series(f"probability: {name}", shares, dtype=pl.Float64))
    columns.append(pl.Series("unseen", [line[4] for line in lines], dtype=pl.Int64))
    columns.append(pl.Series("extra", [line[5] for line in lines], dtype=pl.Int64))
    return pl.DataFrame(columns)


def _class_names(contract: Contract) -> dict[object, str]:
    """Classes as the contract writes them, by the label of an answer, which has the source's type."""
    readers: dict[Kind, Callable[[str], object]] = {
        "integer": int,
        "number": float,
        "boolean": parse_boolean,
    }
    read = readers.get(contract.target_kind, str)
    return {read(name): name for name in contract.classes}
