"""Gathering: an address, whatever its kind, becomes one Parquet file of plain types on this machine."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.core.credentials import NOT_REPEATED
from fivefold.core.errors import InputError, PartError
from fivefold.core.plain import PLAIN
from fivefold.core.protocols import Source
from fivefold.core.registry import Registry
from fivefold.core.tables import parquet_in_seconds
from fivefold.data.engine import complaint, connect, one_file
from fivefold.data.joining import gather_joined
from fivefold.data.names import refuse_bad_names
from fivefold.data.plain import columns_of, copy
from fivefold.report.language import plural

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from fivefold.core.extract import Extract
    from fivefold.core.protocols import Fetched

__all__ = ["gather"]

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*")
_ANY_PATH = "file"
"""The source that takes any path; it is asked last, so that a stranger's source may claim a form of its own."""


def gather(extract: Extract, folder: Path) -> Fetched:
    """Bring a table onto this machine.

    Parameters
    ----------
    extract : Extract
        Its address is a string, a path or a frame: whatever one of the registered sources accepts.
    folder : Path
        Empty folder to work in; the result lies there.

    Returns
    -------
    Fetched
        A Parquet file whose columns are text, numbers, integers, booleans or times (UTC), with at least one row.

    Raises
    ------
    InputError
        When no source accepts the address, or the table cannot be read, has no rows, or has two columns of one name; or
        when the tables of ``[data.tables]`` cannot be joined to it.
    """
    return gather_joined(extract, folder, _bring) if extract.settings.tables else _bring(extract, folder)


def _bring(extract: Extract, folder: Path) -> Fetched:
    """Bring one table."""
    place = folder / "source"
    place.mkdir()
    fetched = _source_for(extract.address).fetch(extract, place)
    fetched = replace(fetched, path=parquet_in_seconds(fetched.path, folder / "seconds.parquet"))
    with connect(folder, extract.memory) as connection:
        columns = _columns(connection, fetched)
        refuse_bad_names([name for name, _ in columns], fetched.label)
        table = f"read_parquet({one_file(fetched.path)}, hive_partitioning = false)"
        if connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is None:  # noqa: S608 - goes through engine.literal
            raise InputError(
                f"'{fetched.label}' has no rows",
                seen=f"the names of {plural(len(columns), 'column')} and nothing below",
                expected="a table with at least one row",
                todo="check that the right table was exported, and exported whole",
            )
        if all(kind in PLAIN for _, kind in columns):
            return fetched
        out = folder / "plain.parquet"
        copy(connection, table, columns, out)
    return replace(fetched, path=out)


def _columns(connection: DuckDBPyConnection, fetched: Fetched) -> list[tuple[str, str]]:
    """Look at what the source brought."""
    import duckdb

    try:
        return columns_of(connection, fetched.path)
    except duckdb.Error as error:
        raise PartError(
            f"The source of '{fetched.label}' brought no table",
            seen=complaint(error, fetched.path),
            expected="a Parquet file",
            todo="tell whoever wrote this source",
        ) from error


def _source_for(address: object) -> Source:
    """Return the first source that accepts the address."""
    registry: Registry[type[Source]] = Registry("fivefold.sources")
    kinds = registry.all()
    for name in sorted(kinds, key=lambda name: (name == _ANY_PATH, name)):
        source = kinds[name]()
        if source.accepts(address):
            return source
    # An address with a scheme may carry a password: only the scheme is repeated.
    seen = type(address).__name__
    if isinstance(address, str):
        scheme = address.partition("://")[0]
        seen = f"{scheme}://..." if _SCHEME.fullmatch(scheme) else f"an address ({NOT_REPEATED})"
    raise InputError(
        "This is no table that Fivefold can read",
        seen=seen,
        expected="a file, a folder or a pattern of files, https://, s3:// or gs://, a database, or a frame",
        todo="hand over one of these, or install a package that brings such a source",
    )
