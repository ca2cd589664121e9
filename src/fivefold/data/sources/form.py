"""The form of a file: told by its first bytes, and by its name where these say nothing."""

from __future__ import annotations

import contextlib
import zipfile
from typing import TYPE_CHECKING, Literal, TypeAlias

from fivefold.core.errors import InputError
from fivefold.data.sources.packed import DAMAGED_ZIP

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["KNOWN", "PACKED", "TABLES", "Form", "form_of"]

Form: TypeAlias = Literal["delimited text", "Parquet", "JSON", "Arrow", "Arrow stream", "workbook"]

KNOWN = (
    "CSV, TSV, Parquet, JSON, JSON lines, Arrow, Feather or Excel (also packed: .gz, .zst, .bz2, .xz, .zip)"
)
"""What to tell a person who brought something else."""
_JSON = frozenset({".json", ".jsonl", ".ndjson"})
_PARQUET = frozenset({".parquet", ".pq"})
_WORKBOOK = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_ARROW = frozenset({".arrow", ".feather", ".ipc"})
_TEXT = frozenset({".csv", ".tsv", ".tab", ".psv", ".txt", ".dat"})
TABLES = _JSON | _PARQUET | _WORKBOOK | _ARROW | _TEXT | {".arrows"}
"""Suffixes of files that a folder is searched for."""
PACKED = frozenset({".gz", ".zst", ".bz2", ".xz", ".zip"})
"""Suffixes that may follow."""
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_PAGE = (b"<!doctype html", b"<html", b"<?xml", b"<table")
_STRANGE_SHARE = 0.1
_TELLING = 512
"""Of fewer bytes, a few signs beyond text tell nothing."""
_CONTROL = bytes(set(range(32)) - {1, 9, 10, 12, 13, 28, 29, 30, 31})


def form_of(path: Path, name: str) -> Form:
    """Tell the form of an unpacked file.

    Parameters
    ----------
    path : Path
    name : str
        What to call it in an error.

    Raises
    ------
    InputError
        When it is empty, or of no form that is read.
    """
    with path.open("rb") as stream:
        first = stream.read(4096)
    if not first.strip():
        raise InputError(
            f"'{name}' is empty",
            seen="0 bytes" if not first else "blanks only",
            expected="a table with a header and rows",
            todo="check that the right file was exported, and exported whole",
        )
    suffix = path.suffix.lower()
    if suffix in _WORKBOOK and _is_binary(first):
        return "workbook"
    if first.startswith((_ZIP, _OLE)):
        return _form_of_container(path, suffix, name)
    if first.startswith(b"PAR1") or suffix in _PARQUET:
        return "Parquet"
    if first.startswith(b"\xff\xff\xff\xff") or suffix == ".arrows":
        return "Arrow stream"
    if first.startswith(b"ARROW1") or suffix in _ARROW:
        return "Arrow"
    return _form_of_text(first, suffix, name)


def _form_of_text(first: bytes, suffix: str, name: str) -> Form:
    """Tell JSON from delimited text, and both from what is no table."""
    if not first.startswith(_WIDE) and _is_binary(first):
        raise _unknown(suffix, name)
    start = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:14].lower().startswith(_PAGE):
        raise InputError(
            f"'{name}' is a page, no table",
            seen="HTML or XML",
            expected=KNOWN,
            todo="open it and look: it may be the page of a login or of an error; else export the table as CSV",
        )
    if suffix in _JSON or (suffix not in {".csv", ".tsv"} and start[:1] in {b"{", b"["}):
        return "JSON"
    return "delimited text"


def _form_of_container(path: Path, suffix: str, name: str) -> Form:
    """Tell a workbook, whatever it is called, from other zip files."""
    with contextlib.suppress(*DAMAGED_ZIP), zipfile.ZipFile(path) as archive:
        if {"[Content_Types].xml", "mimetype"} & set(archive.namelist()):
            return "workbook"
    raise _unknown(suffix, name)


def _unknown(suffix: str, name: str) -> InputError:
    """The error about a file of a form that is not read."""
    return InputError(
        f"'{name}' is of a form that Fivefold does not read",
        seen=f"binary content{f' in a {suffix} file' if suffix else ''}",
        expected=KNOWN,
        todo="export the table as Parquet or CSV, or load it and hand over the frame",
    )


def _is_binary(first: bytes) -> bool:
    """Whether these bytes are no text, in one byte or in two a letter."""
    strange = len(first) - len(first.translate(None, delete=_CONTROL))
    if 0 not in first:
        return len(first) >= _TELLING and strange > _STRANGE_SHARE * len(first)
    pairs = len(first) // 2
    # Latin letters in two bytes each: one of the two is nearly always zero, and always the same one.
    lone = max(first[0::2].count(0), first[1::2].count(0)) if pairs else 0
    other = min(first[0::2].count(0), first[1::2].count(0)) if pairs else 0
    return not (lone > 0.5 * pairs and other == 0)
