"""Files on this machine: delimited text, Parquet, JSON and JSON lines, plain or compressed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fivefold.core.artefacts import Lineage
from fivefold.core.errors import InputError
from fivefold.core.protocols import Fetched
from fivefold.core.records import file_digest
from fivefold.data.engine import complaint, connect, one_file
from fivefold.data.names import refuse_bad_names
from fivefold.data.plain import columns_of, copy
from fivefold.data.sources.delimited import copy_delimited
from fivefold.runtime.frames import near_names

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from fivefold.core.extract import Extract

__all__ = ["FileSource"]

_Form = Literal["delimited text", "Parquet", "JSON"]
_COMPRESSED = {".gz", ".zst"}
_JSON = {".json", ".jsonl", ".ndjson"}
_KNOWN = "CSV, TSV, Parquet, JSON or JSON lines (also .gz and .zst)"


class FileSource:
    """A file, by its path."""

    def accepts(self, address: object) -> bool:
        """Whether this looks like a path: a path object, or a text without a scheme such as ``https://``."""
        return isinstance(address, os.PathLike) or (isinstance(address, str) and "://" not in address)

    def fetch(self, extract: Extract, folder: Path) -> Fetched:
        """Read the file into Parquet, streaming.

        Raises
        ------
        InputError
            When the file is missing, empty, a folder, of no known form, damaged, or has two columns of one name.
        """
        import duckdb

        address = extract.address
        typed = os.fspath(address) if isinstance(address, os.PathLike) else str(address)
        path = Path(typed).expanduser()
        form = _form(path, typed)
        out = folder / "table.parquet"
        encoding = "utf-8"
        with connect(folder) as connection:
            try:
                if form == "Parquet":
                    columns = columns_of(connection, path)
                    refuse_bad_names([name for name, _ in columns], path.name)
                    copy(connection, f"read_parquet({one_file(path)})", columns, out)
                elif form == "JSON":
                    _copy_json(connection, path, out)
                else:
                    encoding = copy_delimited(connection, path, out)
            except (duckdb.Error, UnicodeDecodeError) as error:
                raise InputError(
                    f"'{typed}' cannot be read as {form}",
                    seen=complaint(error, path),
                    expected="a file that is whole and of one form throughout",
                    todo="open it and look, or export it again as Parquet or as CSV in UTF-8",
                ) from error
        # Only what had to be guessed is worth a word in the label.
        label = path.name if encoding != "latin-1" else f"{path.name} (read as Latin-1)"
        digest = file_digest(path)
        return Fetched(out, label, digest, (Lineage(label, form, digest, bytes=path.stat().st_size),))


def _copy_json(connection: DuckDBPyConnection, path: Path, out: Path) -> None:
    """Stream JSON records into Parquet; every record is looked at before a type is chosen."""
    source = f"read_json({one_file(path)}, sample_size = -1, map_inference_threshold = -1)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
    columns = [(str(row[0]), str(row[1])) for row in described]
    refuse_bad_names([name for name, _ in columns], path.name)
    copy(connection, source, columns, out)


def _form(path: Path, typed: str) -> _Form:
    """Refuse what is no readable file, and tell the form by the first bytes, then by the suffix."""
    if path.is_dir():
        raise InputError(
            f"'{typed}' is a folder",
            seen="a folder",
            expected=f"one file: {_KNOWN}",
            todo="name a file inside it" + _inside(path),
        )
    if not path.exists():
        raise InputError(
            f"There is no file '{typed}'",
            seen="nothing at that place" if path.parent.is_dir() else "no such folder",
            expected=f"a file: {_KNOWN}",
            todo=_nearby(path) or "check the path",
        )
    if not path.is_file():
        raise InputError(
            f"'{typed}' is no ordinary file",
            seen="a pipe, a socket or a device",
            expected=f"a file: {_KNOWN}",
            todo="save its content to a file first",
        )
    try:
        with path.open("rb") as stream:
            first = stream.read(4096)
    except OSError as error:
        raise InputError(
            f"'{typed}' cannot be opened",
            seen=error.strerror or type(error).__name__,
            expected="a file that may be read",
            todo="change its permissions, or copy it to where it may be read",
        ) from error
    if not first.strip():
        raise InputError(
            f"'{typed}' is empty",
            seen="0 bytes" if not first else "blanks only",
            expected="a table with a header and rows",
            todo="check that the right file was exported, and exported whole",
        )
    return _form_of_bytes(first, path, typed)


def _form_of_bytes(first: bytes, path: Path, typed: str) -> _Form:
    """Tell the form of a file that has content."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    compressed = bool(suffixes) and suffixes[-1] in _COMPRESSED
    inner = suffixes[-2] if compressed and len(suffixes) > 1 else (suffixes[-1] if suffixes else "")
    if first.startswith(b"PAR1") or inner in {".parquet", ".pq"}:
        return "Parquet"
    if inner in _JSON or (not compressed and inner != ".csv" and first.lstrip()[:1] in {b"{", b"["}):
        return "JSON"
    wide = first.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not compressed and not wide and b"\0" in first:
        raise InputError(
            f"'{typed}' is of a form that Fivefold does not read",
            seen=f"binary content{f' in a {inner} file' if inner else ''}",
            expected=_KNOWN,
            todo="export the table as Parquet or CSV, or load it and hand over the frame",
        )
    return "delimited text"


def _nearby(path: Path) -> str:
    """Files beside a missing one that may have been meant."""
    if not path.parent.is_dir():
        return ""
    close = near_names(path.name, sorted(entry.name for entry in path.parent.iterdir() if entry.is_file()))
    return "did you mean " + " or ".join(repr(name) for name in close) + "?" if close else ""


def _inside(path: Path) -> str:
    """Tables that lie in a folder."""
    tables = {".csv", ".tsv", ".parquet", *_JSON}
    names = sorted(entry.name for entry in path.iterdir() if entry.suffix.lower() in tables)
    return f", such as {names[0]!r}" if names else ""
