"""The files of a bundle, in a folder or in one zip archive that is read where it lies: nothing is unpacked to disk.

Those that lie there as ``.gz``, which any tool opens, are inflated when they are needed.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Protocol

from fivefold.core.errors import ArtefactError
from fivefold.core.inflation import GZIP, inflate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "BROKEN",
    "Files",
    "FolderFiles",
    "ZipFiles",
    "fits_a_bundle",
    "inflated",
    "most_inflated",
    "open_files",
    "squeezed",
    "zipped",
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}")
_WHEN = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive: the same bundle, the same bytes."""
_MOST_FILES = 10_000
_RATIO, _SMALL = 100, 16 << 20
"""An archive that is so many times as large when unpacked, and larger than so many bytes, is no bundle but a bomb."""
_LEVEL, _QUICK = 6, 1
"""How hard zlib tries: harder wins a fiftieth in twice the time."""
_SYSTEM = slice(9, 10)
"""Where gzip says what system wrote it; 255 stands for none in particular."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, RuntimeError, OverflowError, IndexError,
)  # fmt: skip
"""What the standard library says of an archive that is none."""


class Files(Protocol):
    """The files of one bundle."""

    @property
    def label(self) -> str:
        """What the bundle is called."""

    def read(self, name: str) -> bytes:
        """Return a file's bytes; an ``ArtefactError`` names a file that cannot be read."""


class FolderFiles:
    """A bundle that is a folder.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.label = folder.name

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        try:
            return (self._folder / name).read_bytes()
        except (OSError, ValueError) as error:
            raise _unread(name, str(getattr(error, "strerror", "") or error), self.label) from error


class ZipFiles:
    """A bundle that is one zip archive.

    Parameters
    ----------
    data : bytes
        The archive.
    label : str
        Its name.

    Raises
    ------
    ArtefactError
        When it is no archive, is cut off, or holds what no bundle does: links, passwords, names outside of the bundle, two
        files of one name, or far more bytes than it has itself.
    """

    def __init__(self, data: bytes, label: str) -> None:
        self.label = label
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            entries = self._archive.infolist()
        except BROKEN as error:
            raise _unfit(label, f"{type(error).__name__}: {error}"[:200], "a whole zip archive") from error
        if len(entries) > _MOST_FILES:
            raise _unfit(label, f"{len(entries):,} files", f"at most {_MOST_FILES:,}")
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            self._take(entry)
        size = sum(entry.file_size for entry in entries)
        if size > most_inflated(len(data)):
            raise _unfit(label, f"{size:,} bytes in {len(data):,}", f"at most {_RATIO} times its own size")

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        entry = self._entries.get(name)
        if entry is None:
            raise _unread(name, "no such file", self.label)
        try:
            return self._archive.read(entry)
        except (*BROKEN, NotImplementedError) as error:
            raise _unread(name, f"{type(error).__name__}: {error}"[:200], self.label) from error

    def _take(self, entry: zipfile.ZipInfo) -> None:
        """Look at one entry before anything is read."""
        mode = entry.external_attr >> 16
        if entry.is_dir() and fits_a_bundle(entry.filename.rstrip("/")) and not entry.file_size:
            return
        if not fits_a_bundle(entry.filename):
            raise _unfit(self.label, f"a file named {entry.filename[:100]!r}", "files inside the bundle")
        if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
            raise _unfit(self.label, f"'{entry.filename}' is a link or a device", "plain files")
        if entry.flag_bits & 0x1 or entry.compress_type not in _METHODS:
            raise _unfit(
                self.label,
                f"'{entry.filename}' has a password or is packed in a rare way",
                "stored or deflated files",
            )
        if entry.filename in self._entries:
            raise _unfit(self.label, f"two files named '{entry.filename}'", "every name once")
        self._entries[entry.filename] = entry


def open_files(path: Path) -> Files:
    """Open a bundle, which is a folder or a zip archive.

    Raises
    ------
    ArtefactError
        When there is neither, or the archive cannot be used.
    """
    if not path.is_file():
        return FolderFiles(path)
    try:
        return ZipFiles(path.read_bytes(), path.name)
    except OSError as error:
        raise _unread(path.name, error.strerror or str(error), path.name) from error


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return files as one archive, stored, in the order of their names and with one time: the same files, the same bytes.

    Examples
    --------
    >>> ZipFiles(zipped({"bundle.json": b"{}"}), "model.zip").read("bundle.json")
    b'{}'
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.create_system = 3  # whatever system writes it
            archive.writestr(entry, data)
    return stream.getvalue()


def squeezed(data: bytes, *, quick: bool = False) -> bytes:
    """Return the bytes as gzip, without a time, a name or a system: the same bytes, the same archive, as long as zlib is the same.

    Parameters
    ----------
    data : bytes
    quick : bool
        In an eighth of the time, and about a sixth larger: for whoever only wants to know how large.
    """
    machine = zlib.compressobj(_QUICK if quick else _LEVEL, zlib.DEFLATED, GZIP)
    small = bytearray(machine.compress(data) + machine.flush())
    small[_SYSTEM] = b"\xff"
    return bytes(small)


def inflated(data: bytes, name: str) -> bytes:
    """Return what was squeezed.

    Parameters
    ----------
    data : bytes
    name : str
        Of the file, for the error.

    Raises
    ------
    ArtefactError
        When it is no gzip, is cut off, has something behind its end, or would be far larger than it is itself.

    Examples
    --------
    >>> inflated(squeezed(b"tree"), "members/one.txt.gz")
    b'tree'
    """
    most = most_inflated(len(data))
    try:
        return inflate(data, most)
    except OverflowError as error:
        seen, expected = f"more than {most:,} bytes in {len(data):,}", f"at most {_RATIO} times its own size"
        raise _unsqueezed(name, seen, expected) from error
    except zlib.error as error:
        raise _unsqueezed(name, str(error), "a whole file of gzip") from error


def most_inflated(size: int) -> int:
    """Return the bytes that a file of this size may inflate to."""
    return max(_SMALL, _RATIO * size)


def fits_a_bundle(name: str) -> bool:
    """Whether a file of this name can lie in a bundle: at most one folder deep, and never outside.

    Examples
    --------
    >>> fits_a_bundle("members/linear.json"), fits_a_bundle("../secret")
    (True, False)
    """
    parts = name.split("/")
    return len(parts) <= 2 and all(_NAME.fullmatch(part) for part in parts)


def _unread(name: str, seen: str, label: str) -> ArtefactError:
    """Say that a file is not there."""
    return ArtefactError(
        f"The bundle's file '{name}' cannot be read",
        seen=f"{seen} in '{label}'",
        expected="every file that the bundle was written with",
        todo="copy the whole bundle again, or train again",
    )


def _unsqueezed(name: str, seen: str, expected: str) -> ArtefactError:
    """Say that a file cannot be inflated."""
    return ArtefactError(
        f"The bundle's file '{name}' cannot be inflated",
        seen=seen,
        expected=expected,
        todo="copy the whole bundle again, or train again",
    )


def _unfit(label: str, seen: str, expected: str) -> ArtefactError:
    """Say that an archive is no bundle."""
    return ArtefactError(
        f"'{label}' is no bundle that can be opened",
        seen=seen,
        expected=expected,
        todo="write it with 'fivefold export RUN --to bundle', or copy it again",
    )
