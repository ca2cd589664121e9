"""DuckDB, kept behind one page: a connection within this machine's means, quoting, and its complaints in our words."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from fivefold.core.machine import available_cores, available_memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

__all__ = ["complaint", "connect", "literal", "quote"]

_MEMORY_SHARE = 0.5
_NOISE = re.compile(r"^(?:[A-Z][A-Za-z ]* Error: *)+")
_ASIDE = ("Original Line:", "LINE 1:", "Possible", "*")


@contextlib.contextmanager
def connect(scratch: Path) -> Iterator[DuckDBPyConnection]:
    """Open an in-memory database that spills into ``scratch`` and never reaches for the network.

    Parameters
    ----------
    scratch : Path
        Folder for what does not fit into memory.
    """
    import duckdb

    connection = duckdb.connect(
        config={
            "threads": str(available_cores()),
            "memory_limit": f"{max(256, int(available_memory() * _MEMORY_SHARE) // 2**20)}MiB",
            "temp_directory": str(scratch / "spill"),
            "autoinstall_known_extensions": "false",
        }
    )
    try:
        connection.execute("SET enable_progress_bar = false")
        yield connection
    finally:
        connection.close()


def quote(name: str) -> str:
    """Write a column's name so that SQL takes it as it is.

    Examples
    --------
    >>> quote('say "when"')
    '"say ""when"""'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: object) -> str:
    """Write a text or a path as an SQL string.

    Examples
    --------
    >>> literal("it's")
    "'it''s'"
    """
    return "'" + str(text).replace("'", "''") + "'"


def complaint(error: Exception, path: Path) -> str:
    """Say in one line what DuckDB could not do, without its hints and without the file's folder."""
    lines = []
    for line in str(error).splitlines():
        stripped = _NOISE.sub("", line.strip())
        if not stripped or stripped.startswith(_ASIDE):
            if lines and not stripped:
                break
            continue
        lines.append(stripped)
    text = ", ".join(lines[:3]) or type(error).__name__
    return text.replace(str(path), path.name).replace(str(path.parent), "").strip()[:300]
