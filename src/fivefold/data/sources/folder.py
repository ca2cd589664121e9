"""Many files as one table: which files belong to it, and how they are set one below the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from fivefold.core.errors import InputError
from fivefold.data.engine import one_file
from fivefold.data.plain import columns_of, copy
from fivefold.data.sources.form import PACKED, TABLES
from fivefold.data.sources.reader import FileReader, Piece

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Member", "is_table", "members", "read_members", "tables_in"]

_VAGUE = frozenset({".txt", ".dat"})
"""Suffixes of notes as well as of tables."""
_NOTHING = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a table of many.

    Attributes
    ----------
    path : Path
    name : str
        Its place below the common folder.
    keys : dict of str to (str or None)
        Values that the names of its folders give to all its rows, as ``year=2024`` does.
    """

    path: Path
    name: str
    keys: dict[str, str | None]


def is_table(name: str) -> bool:
    """Whether a file, by its place below a folder, is a table: no hidden one, and none of a tool."""
    place = Path(name)
    return _suffix(place) in TABLES and not any(part.startswith((".", "_")) for part in place.parts)


def tables_in(folder: Path) -> list[Path]:
    """The tables in a folder and below, in the order of their names; hidden files and those of tools are passed over."""
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and is_table(path.relative_to(folder).as_posix())
    ]
    clear = [path for path in found if _suffix(path) not in _VAGUE]
    return clear or found


def members(paths: Iterable[Path], root: Path) -> list[Member]:
    """The files with their names and keys.

    Raises
    ------
    InputError
        When one is of another form than the others, or lies in folders that name other keys.
    """
    found = [Member(path, path.relative_to(root).as_posix(), _keys(path.relative_to(root))) for path in paths]
    first = found[0]
    for member in found[1:]:
        if _suffix(member.path) != _suffix(first.path):
            raise _odd(member, first, f"a {_suffix(member.path)} file", f"{_suffix(first.path)} files only")
        if list(member.keys) != list(first.keys):
            raise _odd(
                member,
                first,
                f"folders that name {_listed(member.keys)}",
                f"folders that name {_listed(first.keys)}",
            )
    return found


def read_members(reader: FileReader, files: Sequence[Member], out: Path, part: str = "") -> Piece:
    """Read the files into one Parquet file, columns by their names.

    Raises
    ------
    InputError
        When a file has other columns than the first one, or cannot be read.
    """
    parts, pieces = [], []
    try:
        for number, member in enumerate(files):
            single = _for_member(reader, member.keys)
            parts.append(out.with_name(f"part{number:06d}.parquet"))
            pieces.append(single.read(member.path, member.name, parts[-1], part))
        rows = _stack(reader, files, parts, out)
    finally:
        for place in parts:
            place.unlink(missing_ok=True)
    notes = sorted({piece.note for piece in pieces if piece.note})
    return Piece(rows, pieces[0].form, "; ".join(notes[:3]))


def _for_member(reader: FileReader, keys: dict[str, str | None]) -> FileReader:
    """The reader for one file, whose folders name values."""
    sieve = replace(reader.sieve, constants=keys)
    return FileReader(reader.connection, reader.extract, sieve, reader.folder)


def _stack(reader: FileReader, files: Sequence[Member], parts: Sequence[Path], out: Path) -> int:
    """Set the parts one below the other, in the order of the files."""
    connection = reader.connection
    found = [columns_of(connection, part) for part in parts]
    names = [name for name, _ in found[0]]
    for member, columns in zip(files, found, strict=True):
        here = [name for name, _ in columns]
        missing = [name for name in names if name not in here]
        more = [name for name in here if name not in names]
        if missing or more:
            seen = [f"without {_listed(missing)}"] * bool(missing) + [f"with {_listed(more)} besides"] * bool(
                more
            )
            raise _odd(member, files[0], ", ".join(seen), "the same columns in every file")
    listed = ", ".join(one_file(part) for part in parts)
    source = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
    if all(columns == found[0] for columns in found):
        return copy(connection, f"read_parquet([{listed}], hive_partitioning = false)", found[0], out)
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608 - goes through engine.literal
    return copy(connection, source, [(str(row[0]), str(row[1])) for row in described], out)


def _suffix(path: Path) -> str:
    """Suffix that tells the form, without that of the packing."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in PACKED else suffix


def _keys(place: Path) -> dict[str, str | None]:
    """Values that the folders name."""
    pairs = [part.partition("=") for part in place.parent.parts if "=" in part]
    return {unquote(key): None if value == _NOTHING else unquote(value) for key, _, value in pairs if key}


def _listed(names: Iterable[str]) -> str:
    """Names for a message."""
    listed = [repr(name) for name in names]
    return (", ".join(listed[:8]) + (" ..." if len(listed) > 8 else "")) or "nothing"


def _odd(member: Member, first: Member, seen: str, expected: str) -> InputError:
    """The error that names the file that does not belong to the others."""
    return InputError(
        f"'{member.name}' does not go with '{first.name}' and the others",
        seen=seen,
        expected=expected,
        todo="take it out of the folder, or name the files that belong together by a pattern such as 'sales-*.csv'",
    )
