"""Packed files: unpacked onto the disk first, as a stream that is stopped before it fills the disk."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import shutil
import struct
import sys
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from fivefold.core.errors import BudgetError, InputError
from fivefold.core.quantities import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DAMAGED_ZIP", "DENSEST", "HARMLESS", "pour", "room", "unpacked"]

_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "Zstandard", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}
_ZIP = b"PK\x03\x04"
DAMAGED_ZIP = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
    struct.error,
    OSError,
    EOFError,
)
"""What Python raises about zip files that are damaged, or packed in a way that it does not know."""
_BLOCK = 2**20
_DISK_SHARE = 0.5
DENSEST = 200
"""Tables shrink to a tenth or a twentieth; what grows more than this many times when unpacked is no table."""
HARMLESS = 256 * 10**6
"""Up to so many bytes nothing is asked."""


def room(folder: Path) -> int:
    """Bytes that an unpacked or downloaded table may take in this folder: half of what is free there."""
    return int(shutil.disk_usage(folder).free * _DISK_SHARE)


@contextlib.contextmanager
def unpacked(path: Path, name: str, folder: Path, *, disk: int = 0, member: str = "") -> Iterator[Path]:
    """Give the file itself, or a temporary unpacked copy of it.

    Parameters
    ----------
    path : Path
    name : str
        What to call it in an error.
    folder : Path
        Where the copy may lie for as long as it is needed.
    disk : int
        Bytes that the budget allows; 0 when it says nothing.
    member : str
        Which file of a zip archive to take; it may be left out where there is only one.

    Raises
    ------
    InputError
        When it is damaged, grows without end, or is an archive of several files.
    BudgetError
        When it takes more than the stated disk.
    """
    with path.open("rb") as stream:
        first = stream.read(8)
    form = next((form for magic, form in _MAGIC.items() if first.startswith(magic)), "")
    if first.startswith(_ZIP) and _is_archive(path):
        form = "zip"
    if not form:
        yield path
        return
    out = folder / f"unpacked{_inner_suffix(path, member)}"
    try:
        yield _unpack(path, name, out, form, disk, member)
    finally:
        out.unlink(missing_ok=True)


def pour(stream: IO[bytes], out: Path, name: str, *, packed: int, disk: int = 0) -> None:
    """Write a stream to a file, and stop before it takes more than it may.

    Parameters
    ----------
    stream : binary file
    out : Path
    name : str
        What to call it in an error.
    packed : int
        Bytes that it is unpacked from; 0 when it is not packed.
    disk : int
        Bytes that the budget allows; 0 when it says nothing.
    """
    limit, written = room(out.parent), 0
    with out.open("wb") as target:
        while block := stream.read(_BLOCK):
            written += len(block)
            if packed and written > max(HARMLESS, packed * DENSEST):
                raise InputError(
                    f"'{name}' grows without end when it is unpacked",
                    seen=f"{format_bytes(packed)} became more than {format_bytes(written)}",
                    expected=f"a table that shrinks at most {DENSEST} times when it is packed",
                    todo="if it truly is a table, unpack it yourself and hand over the file",
                )
            if disk and written > disk:
                raise BudgetError(
                    f"'{name}' takes more disk than the budget allows",
                    seen=f"more than {format_bytes(disk)}",
                    expected=f"at most {format_bytes(disk)}",
                    todo="give a larger budget.disk",
                )
            if written > limit:
                raise InputError(
                    f"'{name}' does not fit on this disk",
                    seen=f"more than {format_bytes(limit)}",
                    expected="a table that takes at most half of the free disk",
                    todo="free some disk, or set another folder with TMPDIR",
                )
            target.write(block)


def _unpack(path: Path, name: str, out: Path, form: str, disk: int, member: str) -> Path:
    """Unpack a file that is known to be packed."""
    try:
        with _opened(path, name, form, member) as stream:
            pour(stream, out, name, packed=path.stat().st_size, disk=disk)
    except (*DAMAGED_ZIP, zlib.error, lzma.LZMAError, _zstd().ZstdError) as error:
        raise InputError(
            f"'{name}' cannot be read as {form}",
            seen=str(error).replace(str(path), path.name)[:200] or type(error).__name__,
            expected="a packed file that is whole",
            todo="fetch it again, or unpack it and look",
        ) from error
    return out


def _opened(path: Path, name: str, form: str, member: str) -> contextlib.AbstractContextManager[Any]:
    """Open a packed file as the stream of what is in it."""
    if form == "gzip":
        return gzip.open(path, "rb")
    if form == "bzip2":
        return bz2.open(path, "rb")
    if form == "xz":
        return lzma.open(path, "rb")
    if form == "Zstandard":
        opened: contextlib.AbstractContextManager[Any] = _zstd().open(path, "rb")
        return opened
    return _member(path, name, member)


@contextlib.contextmanager
def _member(path: Path, name: str, member: str) -> Iterator[IO[bytes]]:
    """Open the one table of a zip archive."""
    with zipfile.ZipFile(path) as archive:
        tables = _files(archive)
        chosen = [table for table in tables if member in {"", table, PurePosixPath(table).name}]
        if len(chosen) != 1:
            shown = ", ".join(repr(table) for table in tables[:8]) + (" ..." if len(tables) > 8 else "")
            raise InputError(
                f"'{name}' holds {'no' if member else len(tables)} file{f' {member!r}' if member else 's'}",
                seen=shown or "an empty archive",
                expected="an archive of one table, or the name of one of its files",
                todo=f"name one: {path.name}#{tables[0]}"
                if tables
                else "check that the right file was packed",
            )
        if archive.getinfo(chosen[0]).flag_bits & 1:
            raise InputError(
                f"'{name}' is protected by a password",
                seen="an encrypted archive",
                expected="an archive that anyone can open",
                todo="unpack it yourself and hand over the file",
            )
        with archive.open(chosen[0]) as stream:
            yield stream


def _files(archive: zipfile.ZipFile) -> list[str]:
    """Files of an archive, without what operating systems add."""
    entries = (entry for entry in archive.infolist() if not entry.is_dir())
    return [
        entry.filename
        for entry in entries
        if not any(
            part.startswith((".", "__MACOSX")) and part != ".."
            for part in PurePosixPath(entry.filename).parts
        )
    ]


def _is_archive(path: Path) -> bool:
    """Whether a zip file is an archive of its own, and no workbook; a damaged one is told by its name."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except DAMAGED_ZIP:
        return path.suffix.lower() == ".zip"
    return "[Content_Types].xml" not in names and "mimetype" not in names


def _inner_suffix(path: Path, member: str) -> str:
    """Suffix of what is inside, so that its form can be told."""
    if member:
        return PurePosixPath(member).suffix
    if path.suffix.lower() == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                files = _files(archive)
        except DAMAGED_ZIP:
            return ""
        return PurePosixPath(files[0]).suffix if files else ""
    return Path(path.stem).suffix


def _zstd() -> Any:
    """The Zstandard module: Python's own from 3.14 on, and the same one for older versions."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd
