"""Joining: other tables brought to the rows of the main one by key, as of each row's own time.

The main table keeps its rows and their order; it only gains columns, named ``TABLE.column``, ``TABLE.column.mean``,
``TABLE.count`` and so on. DuckDB does the work, and spills what memory cannot hold.
"""

# ruff: noqa: S608 - whatever enters a statement here is one of our own names or goes through engine.literal

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fivefold.core import records
from fivefold.core.errors import InputError, StepError
from fivefold.core.extract import ColumnWish, DataSettings
from fivefold.core.protocols import Fetched
from fivefold.data.asof import SUMS, matched, repeated, shared
from fivefold.data.engine import connect, literal, one_file
from fivefold.data.history import History
from fivefold.data.keyed import Keyed, understood
from fivefold.data.names import refuse_bad_names, require, suggest
from fivefold.data.plain import columns_of, copy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence, Set
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from fivefold.core.artefacts import Column, Lineage, Reading
    from fivefold.core.extract import Extract, JoinedTable

__all__ = ["gather_joined"]


@dataclass(frozen=True, slots=True)
class _Brought:
    """A table that is here: its file, its label and its columns with their types."""

    path: Path
    label: str
    kinds: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Added:
    """Columns that one table adds: their names and types, and the file that holds them beside ``row``."""

    columns: list[tuple[str, str]]
    path: Path


def gather_joined(extract: Extract, folder: Path, bring: Callable[[Extract, Path], Fetched]) -> Fetched:
    """Bring the main table and the others of ``[data.tables]``, and join them.

    Parameters
    ----------
    extract : Extract
        With at least one joined table.
    folder : Path
        Empty folder to work in; the result lies there.
    bring : callable
        Brings one table into a folder.

    Returns
    -------
    Fetched
        The main table with its rows in their order, and the columns of the others behind its own.

    Raises
    ------
    InputError
        When a key or a time is not there or cannot be read, a join would multiply rows, or no key is shared.
    """
    tables = extract.settings.tables
    main = bring(_main_order(extract), _room(folder, "main"))
    others = []
    spent = list(main.lineage)
    for position, table in enumerate(tables):
        order = _other_order(extract, table, spent)
        others.append(bring(order, _room(folder, f"other-{position}")))
        spent += others[-1].lineage
    readings = {name: wish.reading for name, wish in extract.settings.columns.items() if wish.reading}
    out = folder / "joined.parquet"
    with connect(folder, extract.memory) as connection:
        here = _brought(connection, main)
        added: list[_Added] = []
        known: set[str] = set()
        for position, (table, other) in enumerate(zip(tables, others, strict=True)):
            join = _Join(
                table, here, _brought(connection, other), readings, _room(folder, f"join-{position}")
            )
            added.append(join.add(connection))
            known |= join.followed()
        names = [*here.kinds, *(name for one in added for name, _ in one.columns)]
        refuse_bad_names(names, f"{main.label} with its joined tables")
        _check_wishes(extract.settings, names, known)
        _assemble(connection, here, added, out)
    digests = [main.digest, *(other.digest for other in others)]
    return Fetched(
        path=out,
        label=f"{main.label} with {', '.join(other.label for other in others)}",
        digest=records.digest({"tables": digests, "joins": [records.plain(table) for table in tables]}),
        lineage=tuple(spent),
    )


def _main_order(extract: Extract) -> Extract:
    """Order the main table: what it is joined by comes along, and columns of the others are not asked of it."""
    settings = extract.settings
    ours = [
        name for name in settings.include if not any(name.startswith(f"{t.name}.") for t in settings.tables)
    ]
    # Where only joined columns are wanted, those that come along anyway are all that is needed of the main table.
    include = tuple(ours) or (extract.keep if settings.include else ())
    needed = [name for table in settings.tables for name in (*table.key, table.main_time) if name]
    keep = tuple(dict.fromkeys([*extract.keep, *needed]))
    return replace(extract, settings=replace(settings, tables=(), include=include), keep=keep)


def _other_order(extract: Extract, table: JoinedTable, spent: Sequence[Lineage]) -> Extract:
    """Order another table, within what the tables before it left of the means."""
    scanned = sum(one.bytes for one in spent if one.query)
    return replace(
        extract,
        address=table.source,
        settings=DataSettings(),
        keep=tuple(name for name in (*table.key, table.time) if name),
        scan=max(0, extract.scan - scanned),
        money=max(0.0, extract.money - sum(one.money for one in spent)),
    )


def _check_wishes(settings: DataSettings, names: Sequence[str], read: Set[str]) -> None:
    """Refuse wishes about joined tables that nobody follows: of columns that the join reads it takes the reading alone."""
    for name, wish in settings.columns.items():
        if not settings.is_joined(name) or name in names:
            continue
        require(name, [*read, *names], "column of [data.columns]")
        if wish != ColumnWish(reading=wish.reading):
            raise InputError(
                f"[data.columns] says more of '{name}' than a join can follow",
                seen="a role, missing_values, levels or personal of a column that is only read to join its table",
                expected="its reading alone",
                todo=f'keep reading = "..." under [data.columns."{name}"], and take the rest out',
            )


def _room(folder: Path, name: str) -> Path:
    """A new folder inside the given one."""
    place = folder / name
    place.mkdir()
    return place


def _brought(connection: DuckDBPyConnection, fetched: Fetched) -> _Brought:
    """Look at the columns of a table that is here."""
    return _Brought(fetched.path, fetched.label, dict(columns_of(connection, fetched.path)))


class _Join:
    """One table on its way to the main one.

    Parameters
    ----------
    table : JoinedTable
    main, other : _Brought
    readings : mapping of str to Reading
        What the person says about how columns are written; those of the other table are called ``TABLE.column``.
    folder : Path
        Empty folder to work in.
    """

    def __init__(
        self,
        table: JoinedTable,
        main: _Brought,
        other: _Brought,
        readings: Mapping[str, Reading],
        folder: Path,
    ) -> None:
        self.table = table
        self.main = main
        self.other = other
        self.readings = readings
        self.folder = folder
        self.place = f"[data.tables.{table.name}]"
        self.timed = bool(table.time)
        self.count = len(table.key)

    def add(self, connection: DuckDBPyConnection) -> _Added:
        """Find what the other table says about each row of the main one."""
        self._check_names()
        times = self._times()
        numbers = self._numbers()
        keys = self.table.key
        as_text = [{self.main.kinds[key], self.other.kinds[key]} != {"BIGINT"} for key in keys]
        rows = Keyed(self.main.path, keys, as_text, time=times and times[0]).write(self.folder / "main")
        others = Keyed(self.other.path, keys, as_text, time=times and times[1], numbers=numbers)
        facts = others.write(self.folder / "other")
        self._check_keys(connection, rows, facts)
        history = History(self.count, len(numbers), self.table.aggregate, timed=self.timed)
        known = history.write(connection, facts, _room(self.folder, "history"))
        wanted = self._wanted(numbers)
        dated = times is not None and times[0].kind == "datetime"
        found = matched(rows, known, self.count, [one for _, one in wanted], timed=self.timed, dated=dated)
        named = [(name, "BIGINT" if how == "count" else "DOUBLE") for name, (how, _) in wanted]
        return self._collect(connection, found, named)

    def followed(self) -> set[str]:
        """Columns of the other table whose readings decide what is added, as wishes call them."""
        summed = (
            set(self.other.kinds) - set(self.table.key) if set(SUMS) & set(self.table.aggregate) else set()
        )
        return {f"{self.table.name}.{name}" for name in (summed | {self.table.time}) if name}

    def _check_names(self) -> None:
        """Refuse keys and times that are not there, and wishes that contradict each other."""
        table = self.table
        for key in table.key:
            for where in (self.main, self.other):
                self._require(key, where, "key")
        if table.time:
            self._require(table.time, self.other, "time")
            if not table.main_time:
                raise InputError(
                    f"{self.place} has a time, and the main table's time is not known",
                    expected="a column of the main table that says when its row is to be predicted",
                    todo="name it with main_time = ..., or as time_column of the question",
                )
            self._require(table.main_time, self.main, "main_time")
        elif "days_since_last" in table.aggregate:
            raise InputError(
                f"{self.place} asks for days_since_last, and has no time",
                expected="a time column of the other table",
                todo="add time = ..., or take days_since_last off the list",
            )

    def _require(self, name: str, where: _Brought, what: str) -> None:
        """Refuse a column that a table does not have."""
        if name not in where.kinds:
            raise InputError(
                f"The {what} of {self.place} is not in '{where.label}'",
                seen=repr(name),
                expected="the name of a column, written as in the table",
                todo=suggest(name, list(where.kinds)),
            )

    def _times(self) -> tuple[Column, Column] | None:
        """How both times are read; None without a time."""
        if not self.timed:
            return None
        table = self.table
        main = self._time(self.main, table.main_time, table.main_time)
        other = self._time(self.other, table.time, f"{table.name}.{table.time}")
        if (main.kind == "datetime") != (other.kind == "datetime"):
            raise InputError(
                f"The times of {self.place} cannot be compared",
                seen=f"'{main.name}' of the main table holds {_times_of(main)}, "
                f"'{other.name}' of '{self.other.label}' {_times_of(other)}",
                expected="dates in both, or numbers in both",
                todo="name other columns, or bring both to one form",
            )
        return main, other

    def _time(self, where: _Brought, name: str, called: str) -> Column:
        """How a time is read."""
        said = {name: self.readings[called]} if called in self.readings else {}
        column = understood(where.path, [name], said, self.folder)[0]
        if column.kind not in {"datetime", "number", "integer"}:
            raise InputError(
                f"The time '{name}' of {self.place} cannot be read in '{where.label}'",
                seen=f"values of type {column.kind}, such as {_samples(where.path, name)}",
                expected="dates such as 2016-04-29 whose day and month are certain, or numbers that grow with time",
                todo="write its values as such, or name another column",
            )
        return column

    def _numbers(self) -> list[Column]:
        """Columns of the other table that can be added up."""
        if not set(SUMS) & set(self.table.aggregate):
            return []
        names = [name for name in self.other.kinds if name not in {*self.table.key, self.table.time}]
        said = {
            name: self.readings[f"{self.table.name}.{name}"]
            for name in names
            if f"{self.table.name}.{name}" in self.readings
        }
        columns = understood(self.other.path, names, said, self.folder) if names else []
        found = [column for column in columns if column.role in {"number", "boolean"}]
        if not found and not {"count", "last", "days_since_last"} & set(self.table.aggregate):
            raise InputError(
                f"{self.place} has nothing to take the {' or '.join(self.table.aggregate)} of",
                seen=f"'{self.other.label}' has no column of numbers besides its key and time",
                expected="at least one column of numbers",
                todo='ask for aggregate = ["count"], or for ["last"]',
            )
        return found

    def _check_keys(self, connection: DuckDBPyConnection, rows: str, facts: str) -> None:
        """Refuse tables that share no key, and a join that would multiply rows."""
        if connection.execute(shared(rows, facts, self.count)).fetchone() is None:
            raise InputError(
                f"No row of the main table finds its key in '{self.other.label}'",
                seen="; ".join(
                    f"{key!r} is {_samples(self.main.path, key)} here and {_samples(self.other.path, key)} there"
                    for key in self.table.key
                ),
                expected=f"the same values of the key of {self.place} in both tables",
                todo="name another key, or write its values alike in both",
            )
        if self.timed or self.table.aggregate:
            return
        twice = connection.execute(repeated(facts, self.count)).fetchall()
        if twice:
            shown = ", ".join(" and ".join(repr(value) for value in row[:-1]) for row in twice)
            more = ", ..." if twice[0][-1] > len(twice) else ""
            raise InputError(
                f"Joining '{self.other.label}' would multiply rows: its key is not unique",
                seen=f"{twice[0][-1]:,} keys of several rows: {shown}{more}",
                expected=f"one row for each {' and '.join(repr(key) for key in self.table.key)}",
                todo=f"give {self.place} a time, so that the latest row before counts, or aggregate its rows",
            )

    def _wanted(self, numbers: Sequence[Column]) -> list[tuple[str, tuple[str, int]]]:
        """Names of the aggregates, and what each is made of."""
        asked, name = self.table.aggregate, self.table.name
        wanted = [(f"{name}.count", ("count", 0))] if "count" in asked else []
        for position, column in enumerate(numbers):
            wanted += [(f"{name}.{column.name}.{how}", (how, position)) for how in asked if how in SUMS]
        return wanted + (
            [(f"{name}.days_since_last", ("days_since_last", 0))] if "days_since_last" in asked else []
        )

    def _collect(self, connection: DuckDBPyConnection, found: str, named: list[tuple[str, str]]) -> _Added:
        """Write the aggregates beside the values of the row that counts, where those are wanted."""
        aggregate = self.table.aggregate
        ending = ".last" if aggregate else ""
        positions = [
            (position, name, kind)
            for position, (name, kind) in enumerate(self.other.kinds.items())
            if (not aggregate or "last" in aggregate)
            and name not in self.table.key
            and not (aggregate and name == self.table.time)
        ]
        figures = [f"f.v{position}" for position in range(len(named))]
        values = [f"o.c{position}" for position, _, _ in positions]
        chosen = [f"{value} AS x{n}" for n, value in enumerate([*figures, *values])]
        raw = f"LEFT JOIN {_numbered(self.other)} ON o.number = f.last" if values else ""
        path = self.folder / "added.parquet"
        _write(connection, f"SELECT {', '.join(['f.row', *chosen])} FROM ({found}) AS f {raw}", path)
        named += [(f"{self.table.name}.{name}{ending}", kind) for _, name, kind in positions]
        return _Added(named, path)


def _assemble(connection: DuckDBPyConnection, main: _Brought, added: Sequence[_Added], out: Path) -> None:
    """Write the main table with the columns of the others, in the order of its rows."""
    items = [f"o.c{position}" for position in range(len(main.kinds))]
    columns = list(main.kinds.items())
    joins = []
    for n, one in enumerate(added):
        items += [f"a{n}.x{position}" for position in range(len(one.columns))]
        columns += one.columns
        joins.append(f"LEFT JOIN read_parquet({one_file(one.path)}) AS a{n} ON a{n}.row = o.number")
    table = f"(SELECT {', '.join(items)} FROM {_numbered(main)} {' '.join(joins)} ORDER BY o.number)"
    written = copy(connection, table, columns, out)
    counted = connection.execute(f"SELECT count(*) FROM read_parquet({one_file(main.path)})").fetchone()
    if counted is None or written != counted[0]:
        raise StepError(
            f"A join to '{main.label}' added or lost rows",
            seen=f"{written:,} rows",
            expected="one row for each of the main table" if counted is None else f"{counted[0]:,} rows",
            todo="run the step again; if it stays so, leave the tables out of [data.tables] one by one to find which",
        )


def _numbered(table: _Brought) -> str:
    """What stands after FROM for a table whose rows are numbered: columns ``c0`` and so on, and ``number``."""
    names = ", ".join([*(f"c{position}" for position in range(len(table.kinds))), "number"])
    return f"read_parquet({one_file(table.path)}, file_row_number = true) AS o({names})"


def _write(connection: DuckDBPyConnection, statement: str, path: Path) -> None:
    """Stream the answer of a statement into a Parquet file."""
    connection.execute(f"COPY ({statement}) TO {literal(path)} (FORMAT parquet)")


def _times_of(column: Column) -> str:
    """Say what kind of times a column holds."""
    return "dates" if column.kind == "datetime" else "numbers"


def _samples(path: Path, name: str) -> str:
    """The first different values of a column, to show."""
    import polars as pl

    values = pl.scan_parquet(path, glob=False).select(name).drop_nulls().head(100).collect().to_series()
    shown = [repr(value)[:40] for value in values.unique(maintain_order=True).head(2).to_list()]
    return " or ".join(shown) or "empty"
