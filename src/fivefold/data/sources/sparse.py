"""Remote Parquet, column by column: only the footer and the wanted columns are fetched, into a file with holes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fivefold.data.engine import connect, one_file
from fivefold.data.plain import columns_of
from fivefold.data.sources.nested import owners
from fivefold.data.sources.sieve import Sieve

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from fivefold.core.extract import Extract

__all__ = ["fetch_columns"]

_MAGIC = b"PAR1"
_TAIL = 2**16
_GAP = 2**16
"""Ranges nearer to each other than this are fetched as one."""
_BLOCK = 2**24


def fetch_columns(system: Any, there: str, here: Path, extract: Extract) -> bool:
    """Fetch the columns of a remote Parquet file that an order names; say whether that was possible.

    It is not where the order names no columns, or the server does not give parts of a file.

    Parameters
    ----------
    system : fsspec.AbstractFileSystem
    there : str
        Its path.
    here : Path
        Becomes a file of the same size, empty where nothing was fetched.
    extract : Extract
    """
    if not extract.settings.include:
        return False
    size = system.info(there).get("size") or 0
    start = max(0, size - _TAIL)
    tail = system.cat_file(there, start=start, end=size) if size else b""
    if len(tail) != size - start or tail[-4:] != _MAGIC:
        return False
    length = int.from_bytes(tail[-8:-4], "little") + 8
    if length > size:
        return False
    if length > len(tail):
        start = size - length
        tail = system.cat_file(there, start=start, end=size)
    with here.open("wb") as stream:
        stream.truncate(size)
        stream.write(_MAGIC)
        stream.seek(start)
        stream.write(tail)
        stream.flush()  # A small file would still lie in the buffer, and its footer is read next.
        for first, last in _ranges(here, extract):
            for at in range(first, last, _BLOCK):
                stream.seek(at)
                stream.write(system.cat_file(there, start=at, end=min(at + _BLOCK, last)))
    return True


def _ranges(here: Path, extract: Extract) -> list[tuple[int, int]]:
    """Bytes of the wanted columns, from the footer that is here already."""
    with connect(here.parent, extract.memory) as connection:
        held = owners(connection, columns_of(connection, here))
        wanted = set(Sieve.of(extract).read_names(held, here.name))
        found = _chunks(connection, here, wanted)
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and first - merged[-1][1] <= _GAP:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _chunks(connection: DuckDBPyConnection, here: Path, wanted: set[str]) -> list[tuple[int, int]]:
    """Where the chunks of some columns lie."""
    rows = connection.execute(
        "SELECT path_in_schema, data_page_offset, dictionary_page_offset, index_page_offset, "  # noqa: S608 - goes through engine.literal
        f"total_compressed_size FROM parquet_metadata({one_file(here)})"
    ).fetchall()
    found = []
    for path, *offsets, size in rows:
        if str(path).split(", ")[0] in wanted or str(path) in wanted:
            # A chunk begins with the first of its pages; an offset of 0 says that there is none of that kind.
            first = min(int(offset) for offset in offsets if offset)
            found.append((first, first + int(size)))
    return found
