"""Delimited text: streamed into Parquet, every value kept as the text that it is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.core.errors import InputError
from fivefold.data.engine import complaint, literal, one_file
from fivefold.data.names import refuse_bad_names
from fivefold.data.plain import copy
from fivefold.data.sources.dialect import Dialect, decimal_marks, recognise
from fivefold.data.sources.encoding import UTF8, apparent, guess, known, recode
from fivefold.data.sources.width import refuse_width

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from fivefold.core.extract import DataSettings
    from fivefold.data.sources.sieve import Sieve

__all__ = ["DelimitedText"]

_LINE = re.compile(r"Line: (\d+)")


class DelimitedText:
    """A text of rows and delimiters.

    The first row names the columns; lines of a title and comments above it are passed over. Comma, semicolon, tab and bar
    are recognised by the rows agreeing with the header; then a few rare ones; any other dialect is left to DuckDB's sniffer.

    Parameters
    ----------
    path : Path
    name : str
        What to call it in an error.
    settings : DataSettings
    """

    def __init__(self, path: Path, name: str, settings: DataSettings) -> None:
        self.path = path
        self.name = name
        self.settings = settings

    def copy(self, connection: DuckDBPyConnection, sieve: Sieve, out: Path) -> tuple[int, str]:
        """Stream the rows into Parquet; return how many there are, and what had to be guessed.

        Raises
        ------
        InputError
            When there is no header, two names are equal, a row does not fit (with its line), or the text is written in two
            encodings.
        """
        import duckdb

        encoding = known(self.settings.encoding) if self.settings.encoding else apparent(self.path)
        if encoding != UTF8:
            return self._copy_recoded(connection, sieve, out, encoding)
        try:
            return self._copy_utf8(connection, self.path, sieve, out)
        except duckdb.Error as error:
            if "unicode" not in str(error).lower():
                raise
            if self.settings.encoding:
                raise InputError(
                    f"'{self.name}' is not written in UTF-8",
                    seen=complaint(error, self.path),
                    expected="the encoding that [data] names",
                    todo="leave encoding out, or name the right one",
                ) from error
        # Older spreadsheets write one byte per letter.
        encoding, called = guess(self.path, self.name)
        rows, note = self._copy_recoded(connection, sieve, out, encoding)
        return rows, f"read as {called}" + (f", {note}" if note else "")

    def _copy_recoded(
        self, connection: DuckDBPyConnection, sieve: Sieve, out: Path, encoding: str
    ) -> tuple[int, str]:
        """Write the text anew as UTF-8, and read that."""
        text = out.with_suffix(".utf8")
        try:
            recode(self.path, text, encoding, self.name)
            return self._copy_utf8(connection, text, sieve, out)
        finally:
            text.unlink(missing_ok=True)

    def _copy_utf8(
        self, connection: DuckDBPyConnection, path: Path, sieve: Sieve, out: Path
    ) -> tuple[int, str]:
        """Recognise the dialect and stream the rows."""
        import duckdb

        dialect = recognise(connection, path, self.name, self.settings)
        refuse_width(len(dialect.names), self.name)
        refuse_bad_names(dialect.names, self.name)
        if not dialect.rewrite:
            try:
                return self._stream(connection, path, dialect, sieve, out), dialect.note
            except duckdb.Error as error:
                if not _may_be_put_right(error, path, dialect):
                    raise
        rows = out.with_suffix(".rows")
        note = dialect.note
        try:
            left_out = _rewrite(path, rows, dialect)
            if left_out and not self.settings.comment:
                called = f"{left_out} comment line{'s' if left_out > 1 else ''} left out"
                note = f"{note}, {called}" if note else called
            return self._stream(connection, rows, replace(dialect, skip=0), sieve, out), note
        except duckdb.Error as error:
            raise InputError(
                f"'{self.name}' cannot be read as delimited text",
                seen=_moved(complaint(error, rows), dialect.skip),
                expected="rows that are as wide as the header",
                todo="open it and look, or export it again as Parquet or as CSV in UTF-8",
            ) from error
        finally:
            rows.unlink(missing_ok=True)

    def _stream(
        self,
        connection: DuckDBPyConnection,
        path: Path,
        dialect: Dialect,
        sieve: Sieve,
        out: Path,
    ) -> int:
        """Stream the rows in one pass."""
        columns = [(name, "VARCHAR") for name in dialect.names]
        seen = decimal_marks(dialect, self.settings.decimal) if sieve.where else {}
        source, chosen = sieve.narrow(connection, _reader(path, dialect), columns, self.name, seen)
        return copy(connection, source, chosen, out)


def _reader(path: Path, dialect: Dialect) -> str:
    """SQL that reads the rows below the header."""
    columns = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(len(dialect.names)))
    return (
        f"read_csv({one_file(path)}, auto_detect = false, header = false, columns = {{{columns}}}, "
        f"delim = {literal(dialect.delimiter)}, quote = {literal(dialect.quote)}, "
        f"escape = {literal(dialect.escape)}, skip = {dialect.skip}, strict_mode = true, encoding = 'utf-8', hive_partitioning = false)"
    )


def _may_be_put_right(error: Exception, path: Path, dialect: Dialect) -> bool:
    """Whether the rows may be readable once line ends of two kinds are made one, or late comments are left out."""
    if "invalid state" in str(error):
        return True
    found = _LINE.search(str(error))
    if not found or "Expected Number of Columns" not in str(error):
        return False
    sign = (dialect.comment or "#").encode()
    number = int(found[1])
    with path.open("rb") as stream:
        line = next((line for at, line in enumerate(stream, 1) if at == number), b"")
    return line.startswith(sign)


def _rewrite(path: Path, out: Path, dialect: Dialect) -> int:
    """Write the rows below the header, line ends of one kind, without comments; return how many comments there were.

    A comment leaves a blank line, so that lines keep their numbers. Where nothing above the header said that the sign marks
    comments, only lines of another width than the header's, in which no quotation stays open, are taken for some.
    """
    sign, quote, delimiter = (
        (dialect.comment or "#").encode(),
        dialect.quote.encode(),
        dialect.delimiter.encode(),
    )
    left_out, inside = 0, False
    with path.open("rb") as source, out.open("wb") as target:
        source.seek(_bytes_of(path, dialect.skip))
        for line in source:
            opens = bool(quote) and line.count(quote) % 2 == 1
            marked = not inside and line.startswith(sign)
            if marked and (dialect.comment or not (opens or line.count(delimiter) + 1 == len(dialect.names))):
                left_out += 1
                target.write(b"\n" if len(dialect.names) > 1 else b"")
                continue
            inside ^= opens
            target.write(line[:-2] + b"\n" if not inside and line.endswith(b"\r\n") else line)
    return left_out


def _bytes_of(path: Path, lines: int) -> int:
    """Bytes that the first lines take."""
    with path.open(encoding=UTF8, errors="surrogateescape", newline="") as stream:
        return sum(len(stream.readline().encode(UTF8, "surrogateescape")) for _ in range(lines))


def _moved(text: str, lines: int) -> str:
    """A complaint about rows that were read without the lines above them."""
    return _LINE.sub(lambda found: f"Line: {int(found[1]) + lines}", text)
