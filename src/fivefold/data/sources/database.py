"""SQL databases: PostgreSQL, MySQL, SQLite and DuckDB; columns, condition and draw are the database's own work."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from fivefold.core.artefacts import ROW, Lineage
from fivefold.core.credentials import PASSWORD_VARIABLE
from fivefold.core.errors import InputError, MissingExtraError
from fivefold.core.interrupts import as_keyboard_interrupt
from fivefold.core.location import Location
from fivefold.core.protocols import Fetched
from fivefold.core.records import file_digest
from fivefold.data.names import refuse_bad_names, suggest
from fivefold.data.sources.drivers.duckdb import DuckDB
from fivefold.data.sources.drivers.mysql import MySQL
from fivefold.data.sources.drivers.postgresql import PostgreSQL
from fivefold.data.sources.drivers.sqlite import SQLite
from fivefold.data.sources.query import check_query
from fivefold.data.sources.selection import Selection, share_to_draw, wanted
from fivefold.runtime.frames import near_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fivefold.core.extract import Extract
    from fivefold.data.sources.cells import SourceColumn

__all__ = ["DatabaseSource", "cut"]

_SYSTEM = re.compile(r"[!.]? Did you mean \"(?:pg|duckdb|sqlite)_\w*\"\??")
"""DuckDB's guesses at tables of its own."""
_NO_TABLE = re.compile(r"no such table|Table with name|relation .* does not exist|Table '.*' doesn't exist")
_BRACKET = '")"'
_SHOWN = 8
_NO_LOGIN = ("password", "access denied", "authentication", "no pg_hba.conf entry", "role ")


class _Driver(Protocol):
    """What each kind of database can do."""

    @property
    def name(self) -> str: ...

    @property
    def extra(self) -> str: ...

    @property
    def errors(self) -> tuple[type[Exception], ...]: ...

    def connect(self, scratch: Path) -> None: ...

    def tables(self) -> dict[str, str]: ...

    def columns(self, relation: str) -> list[SourceColumn]: ...

    def count(self, rows: str) -> int: ...

    def draw(self, relation: str, share: float, seed: int) -> tuple[str, str]: ...

    def bring(self, statement: str, columns: list[SourceColumn], folder: Path) -> Path: ...

    def close(self) -> None: ...


_DRIVERS: dict[str, Callable[[Location], _Driver]] = {
    "postgresql": PostgreSQL,
    "postgres": PostgreSQL,
    "mysql": MySQL,
    "mariadb": MySQL,
    "sqlite": SQLite,
    "duckdb": DuckDB,
}
_FILES = ("sqlite", "duckdb")


class DatabaseSource:
    """A table or a query of an SQL database, by its address."""

    def accepts(self, address: object) -> bool:
        """Whether this is the address of a database, such as ``postgresql://user@host/clinic#visits``."""
        return (
            isinstance(address, str) and address.partition("://")[0].lower() in _DRIVERS and "://" in address
        )

    def fetch(self, extract: Extract, folder: Path) -> Fetched:
        """Run one statement and stream its rows into Parquet.

        Raises
        ------
        InputError
            When the database cannot be reached or opened, refuses the password, has no such table or column, cannot run
            the query, or gives no rows.
        MissingExtraError
            When the driver is not installed.
        """
        location = Location.parse(str(extract.address))
        driver = _DRIVERS[location.scheme](location)
        _check_file(location)
        query = _bare(extract.settings.query)
        if query:
            check_query(query, driver.name)
        with as_keyboard_interrupt(), contextlib.closing(driver):
            with _told(driver, location, query, "query" if query else "table"):
                _connect(driver, location, folder)
                name, relation = _relation(driver, location, extract)
                columns = driver.columns(relation)
            refuse_bad_names([column.name for column in columns], name)
            # The columns are known: what is wrong from here on is the condition, where there is one, or a value that a view
            # or the query cannot work with.
            about = "condition (where)" if extract.settings.where else "query" if query else "table"
            with _told(driver, location, query, about, running=True):
                selection, share = _selection(driver, relation, columns, extract)
                statement = selection.statement()
                path = driver.bring(statement, list(selection.columns), folder)
        path, rows = cut(path, extract.settings.rows if share < 1 else 0, extract.seed, folder)
        if rows == 0:
            raise InputError(
                f"'{name}' gives no rows",
                seen=statement[:300],
                expected="at least one row",
                todo="check the table and the condition: run this statement in the database itself",
            )
        digest = file_digest(path)
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        lineage = Lineage(name, driver.name, digest, rows=rows, query=statement, fetched=when)
        return Fetched(path, name, digest, (lineage,))


def cut(path: Path, rows: int, seed: int, folder: Path) -> tuple[Path, int]:
    """Leave out what a draw brought too many, by chance; the order stays.

    Parameters
    ----------
    path : Path
        A Parquet file.
    rows : int
        Rows to keep; 0 keeps all.
    seed : int
    folder : Path

    Returns
    -------
    (Path, int)
        The file and its rows.
    """
    import numpy as np
    import polars as pl

    scan = pl.scan_parquet(path, glob=False)
    there = int(scan.select(pl.len()).collect().item())
    if not 0 < rows < there:
        return path, there
    chosen = pl.Series(np.random.default_rng(seed).choice(there, rows, replace=False), dtype=pl.UInt32)
    out = folder / "drawn.parquet"
    kept = scan.with_row_index(ROW).filter(pl.col(ROW).is_in(chosen.implode())).drop(ROW)
    kept.sink_parquet(out)
    return out, rows


def _connect(driver: _Driver, location: Location, scratch: Path) -> None:
    """Log in, or say why not."""
    try:
        driver.connect(scratch)
    except ImportError as error:
        raise MissingExtraError(
            f"Reading from {driver.name} needs a library that is not installed",
            seen=f"no module {error.name}",
            todo=f'pip install "fivefold[{driver.extra}]"',
        ) from error
    except driver.errors as error:
        said = location.words(error)
        refused = any(word in said.lower() for word in _NO_LOGIN) and location.scheme not in _FILES
        what = "The database does not let you in" if refused else "The database cannot be opened"
        todo = (
            f"check the user and the password; {PASSWORD_VARIABLE} carries a password that the address does not name"
            if refused
            else "check the address: host, port and name of the database, or path of its file"
        )
        raise InputError(
            what, seen=said, expected=f"a {driver.name} database that can be read", todo=todo
        ) from None


@contextlib.contextmanager
def _told(
    driver: _Driver, location: Location, query: str, about: str, *, running: bool = False
) -> Iterator[None]:
    """Turn what the driver complains about into one clear error, without secrets.

    ``running`` says that the database has understood the statement, and what is wrong shows in its rows.
    """
    try:
        yield
    except ImportError:
        raise
    except _errors(driver) as error:
        said = _SYSTEM.sub("", location.words(error))
        if _BRACKET in said and ")" not in (query if about == "query" else ""):
            said += f", which stands where the {about} ends"  # the bracket is ours
        if about == "table" or (running and about == "query"):
            raise _failed(driver.name, "table or view" if about == "table" else "query", said) from None
        raise InputError(
            f"{driver.name} could not run the {about}",
            seen=said,
            expected=f"SQL as {driver.name} writes it, for reading only",
            todo=_next(driver, said, about) + (", or mend what it is applied to" if running else ""),
        ) from None


def _failed(kind: str, about: str, said: str) -> InputError:
    """Make the error about a view or a query that fails in the database itself; a plain table hardly ever does."""
    todo = "mend the view in the database, where it fails in the same way, or pass another table or a [data] query"
    if about == "query":
        todo = "mend the query, which fails in the same way in the database itself, or pass another query or a table"
    return InputError(
        f"The {about} failed in the database: {kind} could not work out its rows",
        seen=said,
        expected="rows that the database itself can read to their end",
        todo=todo,
    )


def _next(driver: _Driver, said: str, about: str) -> str:
    """Say what to do about a statement that did not run; where a table was missed, with those that are there."""
    known: list[str] = []
    if about == "query" and _NO_TABLE.search(said):
        with contextlib.suppress(*_errors(driver)):
            known = list(driver.tables())
    shown = ", ".join(f"'{name}'" for name in known[:_SHOWN]) + (", ..." if len(known) > _SHOWN else "")
    there = f"the tables are {shown}; " if known else ""
    return f"{there}put the {about} right, and try it in the database itself"


def _errors(driver: _Driver) -> tuple[type[Exception], ...]:
    """What the driver raises; nothing where it is not installed."""
    try:
        return driver.errors
    except ImportError:
        return ()


def _relation(driver: _Driver, location: Location, extract: Extract) -> tuple[str, str]:
    """What the table is called, and what stands after FROM."""
    database = Path(location.database).name if location.scheme in _FILES else location.database
    query = _bare(extract.settings.query)
    if query:
        return f"query on {database}" if database else "query", f"({query}\n) AS asked"
    tables = driver.tables()
    name = location.table or extract.settings.table
    schema, _, inside = name.partition(".")
    if name not in tables and inside in tables and schema in {"public", "main", location.database}:
        name = inside
    if not name and len(tables) == 1:
        name = next(iter(tables))
    if name not in tables:
        known = list(tables)
        raise InputError(
            f"There is no table '{name}' in the database" if name else "The address names no table",
            seen=f"{len(known)} tables" if known else "no tables at all, or none that this user may see",
            expected="a table or a view, after # in the address or as [data] table; or a [data] query",
            todo=suggest(name, known) if known else "check the address: is it the right database?",
        )
    return f"{database}#{name}" if database else name, tables[name]


def _selection(
    driver: _Driver, relation: str, columns: list[SourceColumn], extract: Extract
) -> tuple[Selection, float]:
    """Put columns, condition and draw into one statement; also return the share of the rows that is drawn."""
    settings = extract.settings
    chosen, where, share = wanted(columns, extract), settings.where.strip(), 1.0
    draw = ""
    if settings.rows:
        there = driver.count(f"{relation} WHERE ({where})" if where else relation)
        share = share_to_draw(settings.rows, there)
    query = _bare(settings.query)
    if share < 1:
        relation, draw = driver.draw(relation, share, extract.seed)
        query = ""
    whole = len(chosen) == len(columns)
    return Selection(chosen, relation, (where, draw), query, whole=whole), share


def _bare(query: str) -> str:
    """A query without the sign that ends it."""
    return query.strip().rstrip(";").rstrip()


def _check_file(location: Location) -> None:
    """Refuse a database file that is not there; some drivers would make an empty one."""
    if location.scheme not in _FILES:
        return
    path = Path(location.database).expanduser()
    if path.is_file():
        return
    close = (
        near_names(path.name, sorted(entry.name for entry in path.parent.iterdir()))
        if path.parent.is_dir()
        else []
    )
    raise InputError(
        f"There is no database file '{path.name}'",
        seen="nothing at that place" if path.parent.is_dir() else "no such folder",
        expected=f"{location.scheme}:///path; a path that begins at the root has four strokes",
        todo=f"did you mean {close[0]!r}?" if close else "check the path",
    )
