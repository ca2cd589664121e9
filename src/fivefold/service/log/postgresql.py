"""A log in PostgreSQL: several services write to it, and whoever may read it sees all of them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeVar

from fivefold.core.credentials import PASSWORD_VARIABLE, without_password
from fivefold.core.errors import ArtefactError, InputError, MissingExtraError
from fivefold.core.location import Location
from fivefold.service.log.backend import FIRST_ROWS, READ_ROWS, Pace, UnwrittenError
from fivefold.service.log.entry import LabelLine, Prediction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg import Connection

    from fivefold.service.log.entry import Batch, Labels

    Session = Connection[tuple[object, ...]]

__all__ = ["PostgreSQLLog"]

_T = TypeVar("_T")

_FORMAT = "prediction log of fivefold, format 1"
_SCHEMA = """
CREATE TABLE fivefold_predictions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time timestamptz NOT NULL,
    request_id text NOT NULL,
    position integer NOT NULL,
    prediction_id text NOT NULL,
    version text NOT NULL,
    features json NOT NULL,
    prediction json NOT NULL,
    latency_ms double precision NOT NULL,
    unseen integer NOT NULL,
    extra integer NOT NULL,
    UNIQUE (prediction_id, version)
);
CREATE INDEX fivefold_predictions_by_time ON fivefold_predictions (time);
CREATE TABLE fivefold_requests (name text PRIMARY KEY, value double precision NOT NULL);
CREATE TABLE fivefold_labels (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time timestamptz NOT NULL,
    request_id text NOT NULL,
    prediction_id text NOT NULL,
    label json NOT NULL
);
CREATE INDEX fivefold_labels_by_prediction ON fivefold_labels (prediction_id);
"""
_FOUND = "SELECT obj_description(to_regclass('fivefold_predictions'), 'pg_class'), to_regclass('fivefold_predictions') IS NULL"
_LOCK = "SELECT pg_advisory_xact_lock(5364921330847264)"  # any number, as long as all services take the same
# A batch whose commit was not heard of is written again; what was there already tells that it was committed.
_INSERT = """
INSERT INTO fivefold_predictions
(time, request_id, position, prediction_id, version, features, prediction, latency_ms, unseen, extra)
SELECT to_timestamp(t), r, p, i, v, f::json, a::json, l, u, e FROM unnest(%s::float8[], %s::text[], %s::int[], %s::text[],
%s::text[], %s::text[], %s::text[], %s::float8[], %s::int[], %s::int[]) AS line (t, r, p, i, v, f, a, l, u, e)
ON CONFLICT (prediction_id, version) DO NOTHING"""
_ADD = """
INSERT INTO fivefold_requests AS there VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET value = there.value + excluded.value"""
_LABEL = """
INSERT INTO fivefold_labels (time, request_id, prediction_id, label)
SELECT to_timestamp(t), r, i, l::json FROM unnest(%s::float8[], %s::text[], %s::text[], %s::text[]) AS line (t, r, i, l)"""
_UNKNOWN = """
SELECT count(*) FROM unnest(%s::text[]) AS asked (id)
WHERE NOT EXISTS (SELECT FROM fivefold_predictions WHERE prediction_id = asked.id)"""
_READ = """
SELECT extract(epoch FROM time)::float8, prediction_id, features::text, prediction::text, unseen, extra
FROM fivefold_predictions WHERE %s IN (version, '') ORDER BY id"""
_LATENCIES = FIRST_ROWS.format(table="fivefold_predictions")
_LABELS = "SELECT extract(epoch FROM time)::float8, request_id, prediction_id, label::text FROM fivefold_labels ORDER BY id"
_PRUNE = (
    "DELETE FROM fivefold_predictions WHERE time < to_timestamp(%s)",
    "DELETE FROM fivefold_labels WHERE time < to_timestamp(%s)",
)
# A role or a database may have turned off what durable needs; whatever waits for more than the own disk stays.
_COMMIT_FOR_SURE = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
_SESSION = {"connect_timeout": "5", "application_name": "fivefold", "tcp_user_timeout": "10000"}


class PostgreSQLLog:
    """Three tables of a database: ``fivefold_predictions``, ``fivefold_requests`` and ``fivefold_labels``.

    Parameters
    ----------
    address : str
        ``postgresql://user@host/database``; parameters after ``?`` are the driver's. ``options=-csearch_path%3Dshop`` puts
        the tables into a schema of their own.
    """

    pace = Pace()
    commits = True
    keeps_labels = True

    def __init__(self, address: str) -> None:
        self._location = Location.parse(address)
        self._shown = without_password(address)
        self._session: Session | None = None
        self._durable = False

    def open(self, *, durable: bool) -> None:
        """Log in, and make the tables if there are none.

        Raises
        ------
        InputError
            When the database cannot be reached or does not let us in, or the tables are of another version.
        MissingExtraError
            When the driver is not installed.
        """
        self._durable = durable
        with self._told(InputError, "written"):
            import psycopg

            with contextlib.ExitStack() as undo:
                session = undo.enter_context(contextlib.closing(self._connect()))
                with session.transaction():
                    session.execute(_LOCK)
                    said, absent = session.execute(_FOUND).fetchone() or ("", False)
                    if absent:
                        session.execute(_SCHEMA.encode())
                        session.execute(f"COMMENT ON TABLE fivefold_predictions IS '{_FORMAT}'".encode())
                    elif said != _FORMAT:
                        raise psycopg.DataError(f"those tables are not of the '{_FORMAT}', but of '{said}'")
                self._session = session
                undo.pop_all()

    def write(self, batch: Batch) -> list[int]:
        """Write a batch in one transaction; a connection that was lost is made again, once."""
        import psycopg

        columns = [list(column) for column in zip(*batch.lines(), strict=True)]
        try:
            try:
                return self._transact(lambda session: _write(session, batch, columns))
            except (psycopg.OperationalError, psycopg.InterfaceError):
                self.close()
                return self._transact(lambda session: _write(session, batch, columns))
        except psycopg.Error as error:
            passing = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
            if passing:
                self.close()
            raise UnwrittenError(self._location.words(error), passing=passing) from None

    def close(self) -> None:
        """Log out."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def prune(self, before: float) -> int:
        """Delete what is older."""
        import psycopg

        try:
            return self._transact(
                lambda session: sum(session.execute(one, (before,)).rowcount for one in _PRUNE)
            )
        except psycopg.Error as error:
            self.close()
            raise UnwrittenError(self._location.words(error), passing=True) from None

    def predictions(self, version: str) -> Iterator[list[Prediction]]:
        """Lines of the log, oldest first."""
        with self._reading() as session:
            for rows in _many(session, _READ, (version,)):
                yield [Prediction(*row) for row in rows]  # type: ignore[arg-type]  # the statement has its fields in order

    def requests(self) -> tuple[dict[str, float], list[float]]:
        """Counters and latencies."""
        with self._reading() as session:
            if session is None:
                return {}, []
            counters = session.execute("SELECT name, value FROM fivefold_requests").fetchall()
            latencies = session.execute(_LATENCIES).fetchall()
            return {str(name): float(str(value)) for name, value in counters}, [
                float(str(time)) for (time,) in latencies
            ]

    def labels(self) -> Iterator[list[LabelLine]]:
        """Labels in the order of their arrival."""
        with self._reading() as session:
            for rows in _many(session, _LABELS, ()):
                yield [LabelLine(*row) for row in rows]  # type: ignore[arg-type]  # as above

    def _transact(self, work: Callable[[Session], _T]) -> _T:
        """Do some work in one transaction, over the connection that is there or a new one."""
        if self._session is None:
            self._session = self._connect()
        with self._session.transaction():
            return work(self._session)

    def _connect(self) -> Session:
        """Log in."""
        import psycopg

        place = self._location
        given = {"host": place.host, "user": place.user, "password": place.password, "dbname": place.database}
        words = _SESSION | {name: value for name, value in given.items() if value} | place.options
        if place.port:
            words["port"] = str(place.port)
        session = psycopg.connect(
            psycopg.conninfo.make_conninfo("", **words), client_encoding="utf-8", autocommit=True
        )
        if self._durable:
            session.execute(_COMMIT_FOR_SURE)
        return session

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Session | None]:
        """Log in for reading; None when there are no tables."""
        with self._told(ArtefactError, "read"), self._connect() as session, session.transaction():
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            _, absent = session.execute(_FOUND).fetchone() or ("", True)
            yield None if absent else session

    @contextlib.contextmanager
    def _told(self, kind: type[InputError | ArtefactError], done: str) -> Iterator[None]:
        """Turn what the driver complains about into one clear error, without a credential."""
        try:
            import psycopg
        except ImportError as error:
            raise MissingExtraError(
                "A prediction log in PostgreSQL needs a library that is not installed",
                seen=f"no module {error.name}",
                todo='pip install "fivefold[postgres]"',
            ) from error
        try:
            yield
        except psycopg.Error as error:
            raise kind(
                f"The prediction log '{self._shown}' cannot be {done}",
                seen=self._location.words(error),
                expected="a PostgreSQL database that lets this user in, and create tables there or use ours",
                todo="check host, port, database and user of the address; "
                f"{PASSWORD_VARIABLE} carries a password that the address does not name",
            ) from None


def _write(session: Session, batch: Batch, columns: list[list[object]]) -> list[int]:
    """Write a batch."""
    if columns and session.execute(_INSERT, columns).rowcount == 0:
        return [_unknown(session, labels) for labels in batch.labels]
    # All services go through the counters in one order, so that none waits for another that waits for it.
    for name, value in sorted(batch.counts.items()):
        session.execute(_ADD, (name, value))
    for labels in batch.labels:
        session.execute(_LABEL, [list(column) for column in zip(*labels.lines(), strict=True)])
    return [_unknown(session, labels) for labels in batch.labels]


def _unknown(session: Session, labels: Labels) -> int:
    """How many of the labels' predictions are not here."""
    row = session.execute(_UNKNOWN, (list(labels.prediction_ids),)).fetchone()
    return int(str(row[0])) if row else 0


def _many(
    session: Session | None, statement: str, words: tuple[object, ...]
) -> Iterator[list[tuple[object, ...]]]:
    """Rows of a long answer, some thousands at a time."""
    if session is None:
        return
    with session.cursor(name="fivefold_log") as cursor:
        cursor.execute(statement.encode(), words)
        while rows := cursor.fetchmany(READ_ROWS):
            yield rows
