"""The sieve: which columns and rows of a file are read, as SQL that DuckDB runs while it reads."""

# ruff: noqa: S608 - whatever enters a statement here is one of our own names, goes through engine.literal, or is the person's own condition

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fivefold.core.errors import InputError
from fivefold.data.engine import complaint, literal, one_file, quote
from fivefold.data.names import require
from fivefold.data.plain import columns_of, copy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from fivefold.core.extract import Extract

__all__ = ["Sieve"]


@dataclass(frozen=True, slots=True)
class Sieve:
    """What is wanted of a table.

    Attributes
    ----------
    include : tuple of str
        Columns to read; all when empty.
    keep : tuple of str
        Columns that come along whatever ``include`` says, where the table has them.
    where : str
        SQL condition over the table's own names; all rows when empty.
    rows : int
        Rows to draw at most; all when 0.
    seed : int
        Of the draw.
    constants : dict of str to (str or None)
        Columns that are the same in every row, such as ``year`` of files in a folder ``year=2024``.
    """

    include: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    where: str = ""
    rows: int = 0
    seed: int = 0
    constants: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, extract: Extract) -> Sieve:
        """What an order asks for."""
        wanted = extract.settings
        return cls(wanted.include, extract.keep, wanted.where.strip(), wanted.rows, extract.seed)

    def positions(self, names: Sequence[str], label: str) -> list[int]:
        """Positions of the columns to read, in the order of the table.

        Raises
        ------
        InputError
            When a column to include is not there.
        """
        if not self.include:
            return list(range(len(names)))
        for name in self.include:
            require(name, names, f"column to include from '{label}'")
        wanted = {*self.include, *self.keep}
        return [position for position, name in enumerate(names) if name in wanted]

    def read_names(self, owners: Mapping[str, str], label: str) -> list[str]:
        """Names of all columns that have to be read, those that the condition may speak of among them.

        Parameters
        ----------
        owners : mapping of str to str
            For every column's name, the column of the file that holds it: itself, or the record of which it is a field.
        label : str
            What to call the table in an error.
        """
        everything = [*owners, *(name for name in self.constants if name not in owners)]
        chosen = {everything[position] for position in self.positions(everything, label)}
        condition = self.where.casefold()
        wanted = {owner for name, owner in owners.items() if name in chosen or owner.casefold() in condition}
        return [name for name in dict.fromkeys(owners.values()) if name in wanted]

    def narrow(
        self,
        connection: DuckDBPyConnection,
        source: str,
        columns: Sequence[tuple[str, str]],
        label: str,
        marks: Mapping[str, str] | None = None,
        hidden: int = 0,
    ) -> tuple[str, list[tuple[str, str]]]:
        """Return the source and its columns, narrowed to what is wanted.

        Parameters
        ----------
        connection : DuckDBPyConnection
        source : str
            What stands after FROM.
        columns : sequence of (str, str)
            Name and DuckDB type of each column, by position.
        label : str
            What to call the table in an error.
        marks : mapping of str to str, optional
            Columns of text that the condition sees as numbers, with what stands before their decimals; the rows themselves
            keep their text.
        hidden : int
            So many columns at the end are there for the condition only.

        Raises
        ------
        InputError
            When a column is not there, or the condition is none.
        """
        unseen = range(len(columns) - hidden, len(columns))
        source, columns = self._with_constants(source, columns)
        names = [name for name, _ in columns]
        shown = [position for position in range(len(columns)) if position not in unseen]
        chosen = [shown[at] for at in self.positions([names[position] for position in shown], label)]
        if len(chosen) == len(columns) and not self.where:
            return source, list(columns)
        inner = _aliases(names)
        kept = ", ".join(inner[position] for position in chosen)
        table = f"{source} AS t({', '.join(inner)})"
        if self.where:
            seen = marks or {}
            self._check(connection, columns, label, seen)
            named = ", ".join(
                f"{_number(column, seen[name]) if name in seen else column} AS {quote(name)}"
                for column, name in zip(inner, names, strict=True)
            )
            table = f"(SELECT *, {named} FROM {table}) WHERE ({self.where}\n)"
        return f"(SELECT {kept} FROM {table})", [columns[position] for position in chosen]

    def refuse_none(self, count: int, label: str) -> None:
        """Refuse a condition that no row meets.

        Raises
        ------
        InputError
        """
        if self.where and count == 0:
            raise InputError(
                f"No row of '{label}' meets the condition",
                seen=f"[data] where = {self.where!r}",
                expected="a condition that some rows meet",
                todo="check how the values are written in the table",
            )

    def draw(self, connection: DuckDBPyConnection, path: Path, count: int) -> int:
        """Leave a seeded draw of the rows in a Parquet file that holds more than were asked for; return how many there are.

        Which rows are drawn depends on the seed and on how many rows there are, and on nothing else; they keep their order.
        """
        if not 0 < self.rows < count:
            return count
        columns = columns_of(connection, path)
        drawn = (
            f"SELECT i FROM range({count}) t(i) ORDER BY hash(i, {self.seed}::BIGINT), i LIMIT {self.rows}"
        )
        source = (
            f"(SELECT * EXCLUDE (file_row_number) FROM read_parquet({one_file(path)}, file_row_number = true, hive_partitioning = false) "
            f"WHERE file_row_number IN ({drawn}) ORDER BY file_row_number)"
        )
        out = path.with_name("drawn.parquet")
        copy(connection, source, columns, out)
        out.replace(path)
        return self.rows

    def _with_constants(
        self, source: str, columns: Sequence[tuple[str, str]]
    ) -> tuple[str, Sequence[tuple[str, str]]]:
        """Add the columns that are the same in every row."""
        there = {name for name, _ in columns}
        more = {name: value for name, value in self.constants.items() if name not in there}
        if not more:
            return source, columns
        values = ", ".join("NULL::VARCHAR" if value is None else literal(value) for value in more.values())
        return f"(SELECT *, {values} FROM {source})", [*columns, *((name, "VARCHAR") for name in more)]

    def _check(
        self,
        connection: DuckDBPyConnection,
        columns: Sequence[tuple[str, str]],
        label: str,
        marks: Mapping[str, str],
    ) -> None:
        """Refuse a condition that is none, before any row is read."""
        import duckdb

        names = [name for name, _ in columns]
        if len({name.casefold() for name in names}) < len(names):
            raise InputError(
                f"[data] where cannot be used on '{label}'",
                seen="names of columns that are equal, or differ in case only",
                expected="names that SQL can tell apart",
                todo="rename one of them",
            )
        typed = ", ".join(
            f"NULL::{'DOUBLE' if name in marks else kind} AS {quote(name)}" for name, kind in columns
        )
        try:
            statements = duckdb.extract_statements(f"SELECT 1 FROM (SELECT {typed}) WHERE ({self.where}\n)")
            if len(statements) == 1:
                connection.execute(statements[0])
                return
            seen = "more than one statement"
        except duckdb.Error as error:
            seen = complaint(error)
        raise InputError(
            f"[data] where is no condition that rows of '{label}' can meet",
            seen=f"{self.where!r}: {seen}",
            expected="an SQL condition over the table's columns, such as price > 100",
            todo=f"the columns are {', '.join(names[:12])}{' ...' if len(names) > 12 else ''}",
        )


def _aliases(names: Sequence[str]) -> list[str]:
    """Names for columns by position that no column has."""
    start = "__"
    while any(name.startswith(start) for name in names):
        start += "_"
    return [f"{start}{position}" for position in range(len(names))]


def _number(column: str, mark: str) -> str:
    """SQL for a text as a number, by what stands before its decimals: without its percent sign and the marks between thousands."""
    between = "[. '']" if mark == "," else "[, '']"
    thousands = f"[-+]?[1-9][0-9]{{0,2}}({between}[0-9]{{2,3}})*{between}[0-9]{{3}}([{mark}][0-9]*)?"
    figures = f"rtrim(trim({column}), ' %')"
    grouped = f"regexp_full_match({figures}, '{thousands}')"
    whole = f"CASE WHEN {grouped} THEN regexp_replace({figures}, '{between}', '', 'g') ELSE {figures} END"
    pointed = f"replace({whole}, ',', '.')" if mark == "," else whole
    return f"TRY_CAST({pointed} AS DOUBLE)"
