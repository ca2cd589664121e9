"""DuckDB, kept behind one page: a connection within this machine's means, quoting, and its complaints in our words."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from typing import TYPE_CHECKING

from fivefold.core.interrupts import as_keyboard_interrupt
from fivefold.core.machine import available_cores, available_memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

__all__ = ["complaint", "connect", "literal", "one_file", "quote"]

_MEMORY_SHARE = 0.5
_LEAST_MEMORY = 128 * 2**20
_THREAD_MEMORY = 96 * 2**20
_NOISE = re.compile(r"^(?:[A-Z][A-Za-z ]* Error: *)+")
_PATTERN = re.compile(r"[*?\[]")
_FOLDERS = re.compile(r"(?<![^\s'\"(])/(?:[^\s/'\"]+/)+")
_TELLING = re.compile(
    r"CSV Error on Line|Expected Number of Columns|Value with|Maximum line size|Invalid unicode"
)
_FULL = os.strerror(errno.ENOSPC)
_WRITTEN = re.compile(r'write (?:to )?file \\?"([^"\\]+)')
_COLUMNS = re.compile(r"(Expected Number of Columns: (\d+) Found: )(\d+)")


@contextlib.contextmanager
def connect(scratch: Path, memory: int = 0) -> Iterator[DuckDBPyConnection]:
    """Open an in-memory database that spills into ``scratch`` and never reaches for the network.

    Parameters
    ----------
    scratch : Path
        Folder for what does not fit into memory.
    memory : int
        Bytes that the budget allows, of which half may be used; half of the free memory when 0, and never more.

    Raises
    ------
    KeyboardInterrupt
        When Ctrl-C came while a query ran.
    OSError
        When the disk is full.
    """
    import duckdb

    means = min(available_memory(), memory) if memory > 0 else available_memory()
    limit = max(_LEAST_MEMORY, int(means * _MEMORY_SHARE))
    connection = duckdb.connect(
        config={
            # Each thread holds buffers of its own: where memory is short there are fewer of them.
            "threads": str(max(1, min(available_cores(), limit // _THREAD_MEMORY))),
            "memory_limit": f"{limit // 2**20}MiB",
            "temp_directory": str(scratch / "spill"),
            "autoinstall_known_extensions": "false",
        }
    )
    try:
        with as_keyboard_interrupt():
            connection.execute("SET enable_progress_bar = false")
            yield connection
    except duckdb.Error as error:
        _tell_full(error)
        raise
    finally:
        connection.close()


def quote(name: str) -> str:
    """Write a column's name so that SQL takes it as it is.

    Examples
    --------
    >>> print(quote('5" nails'))
    "5"" nails"
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


def one_file(path: Path) -> str:
    """Write a path as an SQL string that stands for this file alone, whatever signs of a pattern its name holds.

    Examples
    --------
    >>> from pathlib import Path
    >>> print(one_file(Path("runs[1]/t*.csv")))
    'runs[[]1]/t[*].csv'
    """
    return literal(_PATTERN.sub(r"[\g<0>]", str(path)))


def complaint(error: Exception, path: Path | None = None) -> str:
    """Say in one line what DuckDB could not do, without its hints, the row's content and the file's folder.

    Raises
    ------
    OSError
        When the disk is full, which is no fault of the table.
    """
    _tell_full(error)
    lines = [_NOISE.sub("", line.strip()) for line in str(error).splitlines()]
    telling = [line for line in lines if _TELLING.match(line)] or [line for line in lines if line]
    text = ", ".join(telling[: 2 if _TELLING.match(telling[0]) else 1]) if telling else type(error).__name__
    if path is not None:
        text = text.replace(str(path), path.name)
    return _FOLDERS.sub("", _COLUMNS.sub(_counted, text)).strip(" .")[:300]


def _tell_full(error: Exception) -> None:
    """Raise what the system says of a full disk; DuckDB's own error is of the kind that it has for damaged files, too."""
    if _FULL in str(error):
        written = _WRITTEN.search(str(error))
        raise OSError(errno.ENOSPC, _FULL, written[1] if written else "a temporary file") from error


def _counted(found: re.Match[str]) -> str:
    """How many columns a row has; DuckDB stops counting at the first one too many."""
    more = int(found[3]) > int(found[2])
    return f"{found[1]}more than {found[2]}" if more else found[0]
