"""Files on this machine: one, a folder of them, or those that a pattern matches."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core import records
from fivefold.core.artefacts import Lineage
from fivefold.core.credentials import ADDRESS, NOT_REPEATED, PASSWORD_VARIABLE, may_hold_secret
from fivefold.core.errors import InputError, SettingsError
from fivefold.core.protocols import Fetched
from fivefold.data.engine import connect
from fivefold.data.sources.folder import Member, members, read_members, tables_in
from fivefold.data.sources.form import KNOWN
from fivefold.data.sources.reader import FileReader
from fivefold.data.sources.sieve import Sieve
from fivefold.runtime.frames import near_names

if TYPE_CHECKING:
    from fivefold.core.extract import Extract

__all__ = ["FileSource", "Place", "fetch_place"]

_PATTERN = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Place:
    """The files that an address stands for.

    Attributes
    ----------
    files : tuple of Member
        In the order of their names.
    label : str
        What a report may call them.
    part : str
        Sheet of a workbook, or file of a zip archive.
    """

    files: tuple[Member, ...]
    label: str
    part: str = ""


class FileSource:
    """A file by its path (``book.xlsx#Sheet2`` names a sheet), a folder, or a pattern such as ``sales/*.csv``."""

    def accepts(self, address: object) -> bool:
        """Whether this looks like a path: a path object, or a text without a scheme such as ``https://``."""
        return isinstance(address, os.PathLike) or (isinstance(address, str) and "://" not in address)

    def fetch(self, extract: Extract, folder: Path) -> Fetched:
        """Read the files into Parquet, streaming.

        Raises
        ------
        InputError
            When a file is missing, empty, of no known form, damaged, or has two columns of one name, when files do not go
            together, or when what was asked for is not there.
        """
        address = extract.address
        typed = os.fspath(address) if isinstance(address, os.PathLike) else str(address)
        return fetch_place(extract, _locate(typed, extract.settings.table), folder)


def fetch_place(extract: Extract, place: Place, folder: Path) -> Fetched:
    """Read files whose place is known.

    Parameters
    ----------
    extract : Extract
    place : Place
    folder : Path
    """
    if extract.settings.query:
        raise SettingsError(
            "[data] query is for databases",
            seen=f"the address of a file, {place.label}",
            expected="a condition in [data] where, or a database",
            todo="name rows with [data] where and columns with [data] include",
        )
    out = folder / "table.parquet"
    sieve = Sieve.of(extract)
    with ThreadPoolExecutor(1) as pool, connect(folder, extract.memory) as connection:
        digested = pool.submit(_digest, place)
        reader = FileReader(connection, extract, sieve, folder)
        if len(place.files) == 1 and not place.files[0].keys:
            piece = reader.read(place.files[0].path, place.files[0].name, out, place.part)
        else:
            piece = read_members(reader, place.files, out, place.part)
        sieve.refuse_none(piece.rows, place.label)
        rows = sieve.draw(connection, out, piece.rows)
    label = f"{place.label} ({piece.note})" if piece.note else place.label
    digest = digested.result()
    size = sum(member.path.stat().st_size for member in place.files)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Fetched(out, label, digest, (Lineage(label, piece.form, digest, rows, size, fetched=now),))


def _digest(place: Place) -> str:
    """Digest of the content: of the file, or of the names and contents of all files."""
    if len(place.files) == 1:
        return records.file_digest(place.files[0].path)
    return records.digest({member.name: records.file_digest(member.path) for member in place.files})


def _locate(typed: str, table: str) -> Place:
    """Find what an address stands for."""
    path, part = _from_home(typed), table
    if "#" in typed and not path.exists():
        before, _, behind = typed.rpartition("#")
        if _from_home(before).exists():
            path, typed, part = _from_home(before), before, behind
    if not path.exists() and may_hold_secret(typed):
        # It may still be a pattern; what is no file either way is taken for a mistyped address.
        found = _matching(path)[1] if _PATTERN & set(typed) else []
        if not found:
            raise _mistyped()
    if path.is_dir():
        return _folder(path, typed, part)
    if not path.exists() and _PATTERN & set(typed):
        return _matches(typed, part)
    _refuse_unreadable(path, typed)
    return Place((Member(path, typed, {}),), path.name, part)


def _from_home(typed: str) -> Path:
    """Return the path, from somebody's home where it says so; where nobody knows that home, as it is written."""
    try:
        return Path(typed).expanduser()
    except RuntimeError:
        return Path(typed)


def _folder(path: Path, typed: str, part: str) -> Place:
    """The tables in a folder."""
    found = tables_in(path)
    if not found:
        listed = sorted(entry.name for entry in path.iterdir() if not entry.name.startswith("."))
        raise InputError(
            f"'{typed}' is a folder without tables",
            seen=", ".join(repr(name) for name in listed[:8]) or "an empty folder",
            expected=f"files: {KNOWN}",
            todo="name the folder or the file that holds the table",
        )
    return _several(found, path, f"{path.resolve().name}/", part)


def _matches(typed: str, part: str) -> Place:
    """The files that a pattern matches."""
    (root, pattern), found = _matching(_from_home(typed))
    if not found:
        raise InputError(
            f"No file matches '{typed}'",
            seen="nothing" if root.is_dir() else "no such folder",
            expected="a pattern that files match, such as 'sales/*.csv'",
            todo="check the pattern, in quotes so that the shell leaves it alone",
        )
    return _several(found, root, pattern, part)


def _matching(path: Path) -> tuple[tuple[Path, str], list[Path]]:
    """The folder and the rest of a path that is a pattern, and the files that it matches."""
    parts = path.parts
    first = next(at for at, name in enumerate(parts) if _PATTERN & set(name))
    root, pattern = Path(*parts[:first]), "/".join(parts[first:])
    matching = sorted(root.glob(pattern))
    return (root, pattern), [one for one in matching if one.is_file() and not one.name.startswith(".")]


def _mistyped() -> InputError:
    """Make the error about what is no file, and looks like an address with a password."""
    return InputError(
        "There is no such file",
        seen=f"a text that looks like an address ({NOT_REPEATED})",
        expected=f"a file that is there, or {ADDRESS}",
        todo=f"write :// behind the kind of database, and leave the password to {PASSWORD_VARIABLE}",
    )


def _several(found: list[Path], root: Path, label: str, part: str) -> Place:
    """The place of one file or more below a common folder."""
    for path in found:
        _refuse_unreadable(path, path.relative_to(root).as_posix())
    count = f"{len(found)} files" if len(found) > 1 else found[0].name
    return Place(tuple(members(found, root)), f"{label} ({count})", part)


def _refuse_unreadable(path: Path, typed: str) -> None:
    """Refuse what is no file that may be read."""
    if not path.exists():
        raise InputError(
            f"There is no file '{typed}'",
            seen="nothing at that place" if path.parent.is_dir() else "no such folder",
            expected=f"a file: {KNOWN}",
            todo=_nearby(path) or "check the path",
        )
    if not path.is_file():
        raise InputError(
            f"'{typed}' is no ordinary file",
            seen="a pipe, a socket or a device",
            expected=f"a file: {KNOWN}",
            todo="save its content to a file first",
        )
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise InputError(
            f"'{typed}' cannot be opened",
            seen=error.strerror or type(error).__name__,
            expected="a file that may be read",
            todo="change its permissions, or copy it to where it may be read",
        ) from error


def _nearby(path: Path) -> str:
    """Files beside a missing one that may have been meant."""
    if not path.parent.is_dir():
        return ""
    close = near_names(path.name, sorted(entry.name for entry in path.parent.iterdir() if entry.is_file()))
    return "did you mean " + " or ".join(repr(name) for name in close) + "?" if close else ""
