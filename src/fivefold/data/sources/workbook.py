"""Workbooks: one sheet of an Excel or OpenDocument file, by its name."""

from __future__ import annotations

import logging
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fivefold.core.errors import InputError
from fivefold.core.quantities import format_bytes
from fivefold.data.sources.header import cell_names, find_header
from fivefold.data.sources.packed import DAMAGED_ZIP, DENSEST, HARMLESS, room

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

__all__ = ["Sheet", "read_sheet"]

_HEAD_ROWS = 60
_EXACT = 2.0**53
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
    """

    title: str
    names: tuple[str, ...]
    frame: pl.DataFrame


def read_sheet(path: Path, name: str, sheet: str) -> Sheet:
    """Read one sheet.

    Types are those of the cells: a code that was stored as text keeps its zeros, whole numbers are integers, and a column of
    several types is text.

    Parameters
    ----------
    path : Path
    name : str
        What to call the workbook in an error.
    sheet : str
        The first sheet that holds anything when empty.

    Raises
    ------
    InputError
        When it is no workbook, is protected, or has no such sheet.
    """
    import fastexcel

    _refuse_locked(path, name)
    _refuse_bomb(path, name)
    # It says in its log that a column without values is read as text.
    logging.getLogger("fastexcel").setLevel(logging.ERROR)
    try:
        book = fastexcel.read_excel(path)
        for title in _asked(book.sheet_names, name, sheet):
            found = _read(book, title)
            if found is not None:
                return found
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


def _read(book: Any, title: str) -> Sheet | None:
    """The names and rows of a sheet; None when it is empty."""
    import polars as pl

    head = book.load_sheet(title, header_row=None, n_rows=_HEAD_ROWS, dtypes="string").to_polars()
    rows = [["" if cell is None else str(cell) for cell in row] for row in head.rows()]
    if not rows:
        return None
    header = find_header(rows)
    below: pl.DataFrame = book.load_sheet(
        title, header_row=None, skip_rows=header + 1, schema_sample_rows=None, skip_whitespace_tail_rows=True
    ).to_polars()
    named = cell_names(rows[header])
    kept = [at for at, name in enumerate(rows[header]) if name.strip() or _holds(below, at)]
    columns = [
        _whole(below.to_series(at)) if at < below.width else pl.Series([], dtype=pl.String) for at in kept
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


def _whole(column: pl.Series) -> pl.Series:
    """Workbooks know no integers: numbers without decimals become some."""
    import polars as pl

    if column.dtype != pl.Float64:
        return column
    present = column.drop_nulls()
    if len(present) and bool(
        (present.is_finite() & (present.floor() == present) & (present.abs() < _EXACT)).all()
    ):
        return column.cast(pl.Int64)
    return column
