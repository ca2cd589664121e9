"""Workbooks: one sheet of an Excel or OpenDocument file, by its name, or the one that holds the wanted columns."""

from __future__ import annotations

import logging
import zipfile
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from fivefold.core.errors import InputError
from fivefold.core.quantities import format_bytes
from fivefold.data.names import suggest
from fivefold.data.sources.header import cell_names, find_header
from fivefold.data.sources.packed import DAMAGED_ZIP, DENSEST, HARMLESS, room

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl

__all__ = ["Sheet", "read_sheet"]

_HEAD_ROWS = 60
_MOST_EMPTY = 1_000
"""Rows without a cell that may stand above all others."""
_COVER_ROWS = 20
"""Rows up to which a first sheet of a single column may be a cover, and no table."""
_EXACT = 2.0**53
_NO_DAY = date(1899, 12, 31)
"""The day on which a workbook's times of day lie, which are written without one."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DIRECTORY = 2**22
"""So far into a file the names of its streams are looked for."""
_LOCKED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook.

    Attributes
    ----------
    title : str
    names : tuple of str
        What the columns are called, even twice.
    frame : polars.DataFrame
        The rows, their columns called by position.
    why : str
        Why it was chosen, where it is not the first one that holds anything.
    """

    title: str
    names: tuple[str, ...]
    frame: pl.DataFrame
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Head:
    """The first rows of a sheet, without the empty ones ``above`` them."""

    title: str
    rows: tuple[tuple[str, ...], ...]
    above: int

    @property
    def header(self) -> int:
        """Which of the rows names the columns."""
        return find_header(self.rows)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that hold anything in the first rows."""
        named = cell_names(self.rows[self.header])
        return tuple(
            name for at, name in enumerate(named) if any(row[at].strip() for row in self.rows[self.header :])
        )

    @property
    def is_cover(self) -> bool:
        """Whether it is a single column of few rows, or nothing but a header."""
        return len(self.rows) == self.header + 1 or (len(self.names) < 2 and len(self.rows) <= _COVER_ROWS)


def read_sheet(path: Path, name: str, sheet: str, wanted: Sequence[str] = ()) -> Sheet:
    """Read one sheet.

    Types are those of the cells: a code that was stored as text keeps its zeros, whole numbers are integers, and a column of
    several types is text.

    Parameters
    ----------
    path : Path
    name : str
        What to call the workbook in an error.
    sheet : str
        When empty, the first sheet that holds anything; where it lacks wanted columns, the first one that has them all; where
        it is a cover, the one table beside it.
    wanted : sequence of str
        Columns that the table must have.

    Raises
    ------
    InputError
        When it is no workbook, is protected, has no such sheet, or none of several sheets has the wanted columns.
    """
    import fastexcel

    _refuse_locked(path, name)
    _refuse_bomb(path, name)
    # It says in its log that a column without values is read as text.
    logging.getLogger("fastexcel").setLevel(logging.ERROR)
    try:
        book = fastexcel.read_excel(path)
        asked = _asked(book.sheet_names, name, sheet)
        heads = (head for title in asked if (head := _head(book, title)) is not None)
        first = next(heads, None)
        if first is not None:
            chosen, why = (first, "") if sheet else _choose(first, heads, wanted, name)
            return replace(_read(book, chosen), why=why)
    except fastexcel.FastExcelError as error:
        raise InputError(
            f"'{name}' cannot be read as a workbook",
            seen=str(error).partition("\n")[0].replace(str(path), path.name)[:200],
            expected="a workbook as Excel writes it (.xlsx)",
            todo="open it and look, or save the sheet as CSV",
        ) from error
    raise InputError(
        f"'{name}' holds no table",
        seen=f"nothing in sheet '{sheet}'" if sheet else f"empty sheets: {_listed(book.sheet_names)}",
        expected="a sheet with a header and rows",
        todo="check that the right workbook was saved, and saved whole",
    )


def _asked(sheets: Sequence[str], name: str, sheet: str) -> Sequence[str]:
    """Names of the sheets to look at."""
    if sheet and sheet not in sheets:
        raise InputError(
            f"'{name}' has no sheet '{sheet}'",
            seen=_listed(sheets),
            expected="the name of a sheet, written as in the workbook",
            todo=f"name one of these in [data] table, or after a #: {name}#{sheets[0]}" if sheets else "",
        )
    return (sheet,) if sheet else sheets


def _head(book: Any, title: str) -> _Head | None:
    """The first rows of a sheet; None when it is empty."""
    found = book.load_sheet(
        title, header_row=None, skip_rows=0, n_rows=_MOST_EMPTY + _HEAD_ROWS, dtypes="string"
    ).to_polars()
    above = next((at for at in range(found.height) if any(found.row(at))), found.height)
    some = found.slice(above, _HEAD_ROWS)
    rows = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in some.rows())
    return _Head(title, rows, above) if rows else None


def _choose(first: _Head, others: Iterator[_Head], wanted: Sequence[str], name: str) -> tuple[_Head, str]:
    """Choose a sheet where none was named; also say why, where it is not the first one.

    Names with a dot may be those of joined tables: they are looked for, and nothing is refused for want of them.
    """
    missing = [column for column in wanted if column not in first.names]
    if not missing and (wanted or not first.is_cover):
        return first, ""
    rest = list(others)
    if not missing:
        tables = [head for head in rest if not head.is_cover]
        return (tables[0], f"as '{first.title}' holds no table") if len(tables) == 1 else (first, "")
    for needed in (wanted, [column for column in wanted if "." not in column]):
        able = [head for head in (first, *rest) if set(needed) <= set(head.names)]
        if able:
            lacks = [column for column in needed if column in missing]
            return able[0], "" if able[0] is first else f"as '{first.title}' lacks {_listed(lacks)}"
    if not rest:
        return first, ""
    raise _not_in_any([first, *rest], missing, name)


def _not_in_any(heads: Sequence[_Head], missing: Sequence[str], name: str) -> InputError:
    """Make the error about columns that no sheet has, or not together."""
    known = list(dict.fromkeys(column for head in heads for column in head.names))
    absent = next((column for column in missing if column not in known and "." not in column), "")
    columns = f"column {_listed(missing)}" if len(missing) == 1 else f"columns {_listed(missing)} together"
    return InputError(
        f"No sheet of '{name}' has the {columns}",
        seen="; ".join(f"sheet '{head.title}' with {_listed(head.names)}" for head in heads[:6])
        + (f"; and {len(heads) - 6} more" if len(heads) > 6 else ""),
        expected="names of columns, written as in the workbook, that stand in one sheet",
        todo=suggest(absent, known) if absent else "bring them into one sheet, or name another column",
    )


def _read(book: Any, head: _Head) -> Sheet:
    """The names and rows of a sheet."""
    import polars as pl

    title, rows, header = head.title, head.rows, head.header
    below: pl.DataFrame = book.load_sheet(
        title,
        header_row=None,
        skip_rows=head.above + header + 1,
        schema_sample_rows=None,
        skip_whitespace_tail_rows=True,
    ).to_polars()
    named = cell_names(rows[header])
    kept = [at for at, name in enumerate(rows[header]) if name.strip() or _holds(below, at)]
    columns = [
        _meant(below.to_series(at)) if at < below.width else pl.Series([], dtype=pl.String) for at in kept
    ]
    names = tuple(named[at] for at in kept)
    return Sheet(title, names, pl.DataFrame([column.alias(f"c{at}") for at, column in enumerate(columns)]))


def _refuse_locked(path: Path, name: str) -> None:
    """Refuse a workbook that asks for a password."""
    with path.open("rb") as stream:
        locked = stream.read(8) == _OLE and _LOCKED in stream.read(_DIRECTORY)
    if locked:
        raise InputError(
            f"'{name}' is protected by a password",
            seen="an encrypted workbook",
            expected="a workbook that anyone can open",
            todo="save it without the password, or save the sheet as CSV",
        )


def _refuse_bomb(path: Path, name: str) -> None:
    """Refuse a workbook that grows without end when it is opened."""
    if not zipfile.is_zipfile(path):
        return
    packed = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except DAMAGED_ZIP:
        return  # The reader of workbooks says so.
    if size > max(HARMLESS, packed * DENSEST) or size > room(path.parent):
        raise InputError(
            f"'{name}' grows without end when it is opened",
            seen=f"{format_bytes(packed)} would become {format_bytes(size)}",
            expected=f"a workbook that shrinks at most {DENSEST} times when it is packed",
            todo="save the sheet as CSV",
        )


def _listed(sheets: Sequence[str]) -> str:
    """Names of sheets, for a message."""
    return ", ".join(repr(sheet) for sheet in sheets[:12]) + (" ..." if len(sheets) > 12 else "")


def _holds(frame: pl.DataFrame, position: int) -> bool:
    """Whether a column without a name holds anything."""
    return position < frame.width and frame.to_series(position).null_count() < frame.height


def _meant(column: pl.Series) -> pl.Series:
    """Workbooks know neither integers nor times of day: numbers without decimals become the one, moments without a day the other."""
    import polars as pl

    present = column.drop_nulls()
    if isinstance(column.dtype, pl.Datetime):
        return column.dt.time() if len(present) and bool((present.dt.date() == _NO_DAY).all()) else column
    if column.dtype != pl.Float64:
        return column
    if len(present) and bool(
        (present.is_finite() & (present.floor() == present) & (present.abs() < _EXACT)).all()
    ):
        return column.cast(pl.Int64)
    return column
