"""Records within records: the fields of a nested column become columns of their own, called by their path (``user.geo.lat``)."""

# ruff: noqa: S608 - whatever enters a statement here is one of our own names or goes through engine.literal

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fivefold.data.engine import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl
    from duckdb import DuckDBPyConnection
    from duckdb.sqltypes import DuckDBPyType

__all__ = ["owners", "owners_in_schema", "unfold"]

_MOST_FIELDS = 1_000
"""Fields of one column up to which it is a record; what has more is keyed by its values, and stays text."""


def unfold(
    connection: DuckDBPyConnection, source: str, columns: Sequence[tuple[str, str]]
) -> tuple[str, list[tuple[str, str]], list[tuple[str, str]]]:
    """Make columns of the fields of nested records, in the order of the source; lists stay as they are.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Takes types apart.
    source : str
        What stands after FROM.
    columns : sequence of (str, str)
        Name and DuckDB type of each column, by position.

    Returns
    -------
    (str, list of (str, str), list of (str, str))
        The source, its columns, and behind them the records that were taken apart. A source without records is returned as
        it is.
    """
    items: list[str] = []
    flat: list[tuple[str, str]] = []
    records: list[tuple[str, str]] = []
    for position, (name, kind) in enumerate(columns):
        leaves = list(_leaves(connection, name, kind, f"c{position}"))
        if len(leaves) > 1 or leaves[0][0] != name:
            records.append((name, kind))
        items += [sql for _, _, sql in leaves]
        flat += [(path, leaf) for path, leaf, _ in leaves]
    if not records:
        return source, list(columns), []
    inner = ", ".join(f"c{position}" for position in range(len(columns)))
    whole = [f"c{position}" for position, column in enumerate(columns) if column in records]
    return f"(SELECT {', '.join([*items, *whole])} FROM {source} AS t({inner}))", flat, records


def owners(connection: DuckDBPyConnection, columns: Sequence[tuple[str, str]]) -> dict[str, str]:
    """For the name of every column once records are taken apart, the column of the source that holds it."""
    return {path: name for name, kind in columns for path, _, _ in _leaves(connection, name, kind, "")}


def owners_in_schema(schema: Mapping[str, pl.DataType]) -> dict[str, str]:
    """The same for a frame, whose types need no taking apart."""
    held = {name: _paths(name, kind) for name, kind in schema.items()}
    return {
        path: name
        for name, paths in held.items()
        for path in (paths if len(paths) <= _MOST_FIELDS else [name])
    }


def _leaves(
    connection: DuckDBPyConnection, name: str, kind: str, column: str
) -> Iterator[tuple[str, str, str]]:
    """Path, type and SQL of every field of a column; the column itself where it is no record, or has too many fields."""
    if _is_record(kind):
        found = list(_fields(connection.type(kind), name, column))
        if len(found) <= _MOST_FIELDS:
            yield from found
            return
    yield name, kind, column


def _fields(kind: DuckDBPyType, path: str, column: str) -> Iterator[tuple[str, str, str]]:
    """Path, type and SQL of every field of a type."""
    written = str(kind)
    # Of other types the children are numbers and words as well.
    fields = cast("list[tuple[str, DuckDBPyType]]", kind.children) if _is_record(written) else []
    if not fields or not all(name for name, _ in fields):
        yield path, written, column
        return
    for name, inner in fields:
        yield from _fields(inner, f"{path}.{name}", f"struct_extract({column}, {literal(name)})")


def _is_record(kind: str) -> bool:
    """Whether a type as DuckDB prints it is one record, and no list of some."""
    return kind.startswith("STRUCT(") and kind.endswith(")")


def _paths(path: str, kind: object) -> list[str]:
    """Paths of the fields of a type."""
    import polars as pl

    fields = kind.fields if isinstance(kind, pl.Struct) else []
    return [found for field in fields for found in _paths(f"{path}.{field.name}", field.dtype)] or [path]
