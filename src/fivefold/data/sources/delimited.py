"""Delimited text: which delimiter, which encoding, which names; every value is kept as the text that it is."""

# ruff: noqa: S608 - whatever enters a statement here is one of our own names or goes through engine.literal

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from fivefold.core.errors import InputError
from fivefold.data.engine import literal, one_file
from fivefold.data.names import refuse_bad_names
from fivefold.data.plain import copy

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

__all__ = ["copy_delimited"]

_SAMPLE_LINES = 300
_AGREE = 0.9
_COMMON = (",", ";", "\t", "|")
_RARE = (":", " ", "^", "~")
_NEVER = "\x1f"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How a text is cut into rows and values."""

    names: tuple[str, ...]
    delimiter: str
    quote: str = '"'
    escape: str = '"'
    skip: int = 0
    strict: bool = True


def copy_delimited(connection: DuckDBPyConnection, path: Path, out: Path) -> str:
    """Stream a delimited text into Parquet, all columns as text; return the encoding that it was read in.

    The first row names the columns. Comma, semicolon, tab and bar are recognised by the rows agreeing with the header;
    then a few rare ones; any other dialect is left to DuckDB's sniffer.

    Raises
    ------
    InputError
        When there is no header, two names are equal, or a row does not fit (with its line).
    """
    import duckdb

    with path.open("rb") as stream:
        encoding = "utf-16" if stream.read(2) in _UTF16 else "utf-8"
    try:
        _copy(connection, path, out, encoding)
    except duckdb.Error as error:
        if encoding != "utf-8" or "unicode" not in str(error).lower():
            raise
        # Older spreadsheets write one byte per letter; every byte means something in Latin-1.
        encoding = "latin-1"
        _copy(connection, path, out, encoding)
    return encoding


def _copy(connection: DuckDBPyConnection, path: Path, out: Path, encoding: str) -> None:
    """Recognise the dialect and stream the rows."""
    import duckdb

    dialect = _recognise(connection, path, encoding)
    refuse_bad_names(dialect.names, path.name)
    columns = [(name, "VARCHAR") for name in dialect.names]
    try:
        copy(connection, _reader(path, dialect, encoding), columns, out)
    except duckdb.Error as error:
        # Line ends of two kinds in one file break the strict reader only.
        if "invalid state" not in str(error):
            raise
        copy(connection, _reader(path, replace(dialect, strict=False), encoding), columns, out)


def _reader(path: Path, dialect: _Dialect, encoding: str) -> str:
    """SQL that reads the rows below the header."""
    columns = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(len(dialect.names)))
    return (
        f"read_csv({one_file(path)}, auto_detect = false, header = true, columns = {{{columns}}}, "
        f"delim = {literal(dialect.delimiter)}, quote = {literal(dialect.quote)}, "
        f"escape = {literal(dialect.escape)}, skip = {dialect.skip}, strict_mode = {dialect.strict}, "
        f"encoding = {literal(encoding)})"
    )


def _recognise(connection: DuckDBPyConnection, path: Path, encoding: str) -> _Dialect:
    """Find the dialect: of the common delimiters the one by which the rows agree best with the header."""
    lines = _first_lines(connection, path, encoding)
    if not any(line.strip() for line in lines):
        raise InputError(
            f"'{path.name}' holds no header",
            seen="nothing but blank lines",
            expected="a first row that names the columns",
            todo="check that the right file was exported, and exported whole",
        )
    best = max(_COMMON, key=lambda delimiter: _agreement(lines, delimiter))
    for delimiter in (best, max(_RARE, key=lambda delimiter: _agreement(lines, delimiter))):
        if _agreement(lines, delimiter)[0] >= _AGREE:
            return _Dialect(_header(lines, delimiter, '"'), delimiter)
    sniffed = _sniff(connection, path, encoding, lines)
    header = _header(lines, best, '"')
    # One column where the header has several: the rows are ragged, and reading them says in which line.
    return _Dialect(header, best) if len(sniffed.names) == 1 < len(header) else sniffed


def _sniff(connection: DuckDBPyConnection, path: Path, encoding: str, lines: list[str]) -> _Dialect:
    """Ask DuckDB for the dialect."""
    row = connection.execute(
        "SELECT Delimiter, Quote, Escape, SkipRows FROM "
        f"sniff_csv({one_file(path)}, all_varchar = true, encoding = {literal(encoding)})"
    ).fetchone()
    assert row is not None, "the sniffer answers with one row or with an error"
    delimiter, quoted, escaped, skip = row
    quote, escape = ("" if mark == "(empty)" else str(mark) for mark in (quoted, escaped))
    kept = lines[int(skip) :] or lines
    return _Dialect(_header(kept, str(delimiter), quote), str(delimiter), quote, escape, int(skip))


def _first_lines(connection: DuckDBPyConnection, path: Path, encoding: str) -> list[str]:
    """The first lines as they stand, decompressed and decoded."""
    rows = connection.execute(
        f"SELECT line FROM read_csv({one_file(path)}, auto_detect = false, columns = {{'line': 'VARCHAR'}}, "
        f"delim = {literal(_NEVER)}, quote = '', escape = '', header = false, strict_mode = false, "
        f"encoding = {literal(encoding)}) LIMIT {_SAMPLE_LINES}"
    ).fetchall()
    lines = ["" if row[0] is None else str(row[0]) for row in rows]
    return [line.removeprefix("\ufeff") if position == 0 else line for position, line in enumerate(lines)]


def _agreement(lines: list[str], delimiter: str) -> tuple[float, int]:
    """Share of the rows that are as wide as the header, and its width, when cut by this delimiter."""
    try:
        rows = [row for row in csv.reader((line + "\n" for line in lines), delimiter=delimiter) if row]
    except csv.Error:
        return 0.0, 0
    if len(lines) == _SAMPLE_LINES and len(rows) > 2:
        rows.pop()  # The sample may end inside a quoted value.
    width = len(rows[0]) if rows else 0
    return (sum(len(row) == width for row in rows) / len(rows) if width >= 2 else 0.0), width


def _header(lines: list[str], delimiter: str, quote: str) -> tuple[str, ...]:
    """Names of the columns; one without a name is called by its position."""
    text = (line + "\n" for line in lines)
    reader = csv.reader(text, delimiter=delimiter, quotechar=quote or None, quoting=_quoting(quote))
    first = next(row for row in reader if row)
    return tuple(name.strip() or f"column{position}" for position, name in enumerate(first))


def _quoting(quote: str) -> Literal[0, 3]:
    """Whether the reader minds quotes."""
    return csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
