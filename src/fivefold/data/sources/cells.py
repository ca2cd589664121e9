"""Cells: what a database's columns hold as text, and how DuckDB reads that text into a type; no value is lost to it."""

# ruff: noqa: S608 - whatever enters a statement here is one of our own names or goes through engine.literal

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.data.engine import connect, one_file
from fivefold.data.plain import copy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

__all__ = [
    "BASE64",
    "BOOLEAN",
    "INTEGER",
    "JSON",
    "MOMENT",
    "NUMBER",
    "SINGLE",
    "TEXT",
    "UNHEX",
    "Cell",
    "SourceColumn",
    "decimals",
    "exact",
    "listed",
    "rows_to_parquet",
]

_CELLS_PER_PART = 1_000_000
_MOST_DIGITS = 38
_DIGITS = r"[-+]?[0-9]+"


@dataclass(frozen=True, slots=True)
class Cell:
    """A way to read the text of a cell.

    Attributes
    ----------
    read : str
        DuckDB expression over the text ``{c}``; null or an error where the text is nothing of the kind.
    kind : str
        The DuckDB type that it gives.
    value : str
        Expression that is null where the text stands for no value.
    """

    read: str
    kind: str
    value: str = "{c}"


TEXT = Cell("{c}", "VARCHAR")
INTEGER = Cell(f"CASE WHEN regexp_full_match({{c}}, '{_DIGITS}') THEN CAST({{c}} AS BIGINT) END", "BIGINT")
NUMBER = Cell("CAST({c} AS DOUBLE)", "DOUBLE")
SINGLE = Cell("CAST({c} AS FLOAT)", "FLOAT")
BOOLEAN = Cell(
    "CASE WHEN lower({c}) IN ('t', 'true', '1') THEN true WHEN lower({c}) IN ('f', 'false', '0') THEN false END",
    "BOOLEAN",
)
MOMENT = Cell("CAST({c} AS TIMESTAMP)", "TIMESTAMP")
UNHEX = Cell(
    r"CASE WHEN regexp_full_match({c}, '\\x([0-9a-fA-F]{{2}})*') THEN unhex(substr({c}, 3)) END", "BLOB"
)
BASE64 = Cell("from_base64({c})", "BLOB")
JSON = Cell("CAST(json({c}) AS VARCHAR)", "VARCHAR")


def exact(digits: int) -> Cell:
    """Whole decimals of so many digits."""
    return Cell(
        f"CASE WHEN regexp_full_match({{c}}, '{_DIGITS}') THEN CAST({{c}} AS DECIMAL({digits}, 0)) END",
        f"DECIMAL({digits},0)",
    )


def decimals(digits: int | None, scale: int | None) -> tuple[Cell, ...]:
    """Decimals by what is declared of them, None for nothing: whole ones stay exact, the others become numbers."""
    if digits is None:
        return (exact(18), exact(_MOST_DIGITS), NUMBER)
    if not scale and digits <= _MOST_DIGITS:
        return (exact(digits), NUMBER)
    return (NUMBER,)


def listed(element: Cell) -> Cell:
    """A list in JSON."""
    kind = (
        element.kind if element.kind in {"BIGINT", "DOUBLE", "FLOAT", "BOOLEAN", "TIMESTAMP"} else "VARCHAR"
    )
    return Cell(f"CAST(CAST({{c}} AS JSON) AS {kind}[])", f"{kind}[]")


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of a table or a query.

    Attributes
    ----------
    name : str
    select : str
        What is asked of the source for it.
    cells : tuple of Cell
        Ways to read it, the best first; the first that reads every value is taken, and text where none does.
    """

    name: str
    select: str
    cells: tuple[Cell, ...] = ()


def rows_to_parquet(
    rows: Iterable[Sequence[object]], columns: Sequence[SourceColumn], folder: Path, *, typed: bool = False
) -> Path:
    """Stream rows into one Parquet file of plain types, by way of parts that hold text.

    Parameters
    ----------
    rows : iterable of sequences
        Each of shape (columns,): text, numbers, bytes or None.
    columns : sequence of SourceColumn
    folder : Path
    typed : bool
        Whether the values' own types say more than the columns do, as in SQLite.
    """
    size = max(100, _CELLS_PER_PART // max(1, len(columns)))
    seen: list[set[type]] = [set() for _ in columns]
    parts = [
        _write(batch, len(columns), folder / f"part-{number:06d}.parquet", seen)
        for number, batch in enumerate(_batches(rows, size))
    ]
    if not parts:
        parts = [_write([], len(columns), folder / "part-000000.parquet", seen)]
    out = folder / "rows.parquet"
    source = f"read_parquet([{', '.join(one_file(part) for part in parts)}])"
    with connect(folder) as connection:
        found = [
            _by_values(column, kinds) if typed or bytes in kinds else column
            for column, kinds in zip(columns, seen, strict=True)
        ]
        cells = _choose(connection, source, found)
        items = (f"{cell.read.format(c=f'c{position}')}" for position, cell in enumerate(cells))
        kinds = [(column.name, cell.kind) for column, cell in zip(columns, cells, strict=True)]
        copy(connection, f"(SELECT {', '.join(items)} FROM {source})", kinds, out)
    for part in parts:
        part.unlink()
    return out


def _batches(rows: Iterable[Sequence[object]], size: int) -> Iterator[list[Sequence[object]]]:
    """Rows, so many at a time."""
    batch: list[Sequence[object]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(batch: list[Sequence[object]], width: int, path: Path, seen: list[set[type]]) -> Path:
    """Write one part; ``seen`` learns the types of the values."""
    import polars as pl

    series = []
    for position, values in enumerate(zip(*batch, strict=True) if batch else [()] * width):
        kinds = set(map(type, values)) - {type(None)}
        seen[position] |= kinds
        texts = values if kinds <= {str} else [_text(value) for value in values]
        series.append(pl.Series(f"c{position}", texts, pl.String))
    pl.DataFrame(series).write_parquet(path, compression="lz4")
    return path


def _text(value: object) -> str | None:
    """Write a value so that nothing of it is lost."""
    if value is None:
        return None
    if isinstance(value, bytes | bytearray):
        return f"\\x{value.hex()}"
    return repr(value) if isinstance(value, float) else str(value)


def _by_values(column: SourceColumn, kinds: set[type]) -> SourceColumn:
    """Let the values say what a column is, where its declaration does not."""
    cells: tuple[Cell, ...]
    if bytes in kinds:
        cells = (UNHEX,) if kinds == {bytes} else ()
    elif kinds == {int}:
        cells = column.cells or (INTEGER,)
    elif kinds and kinds <= {int, float}:
        cells = (*column.cells, NUMBER)
    else:
        cells = column.cells
    return SourceColumn(column.name, column.select, cells)


def _choose(connection: DuckDBPyConnection, source: str, columns: Sequence[SourceColumn]) -> list[Cell]:
    """For each column the first way that reads every value; one pass over all of them."""
    tries = [
        (position, cell) for position, column in enumerate(columns) for cell in column.cells if cell != TEXT
    ]
    lost: dict[tuple[int, Cell], int] = {}
    if tries:
        items = (_lost(cell, f"c{at}") for at, cell in tries)
        row = connection.execute(f"SELECT {', '.join(items)} FROM {source}").fetchone()
        assert row is not None, "an aggregate answers with one row"
        lost = dict(zip(tries, (int(count) for count in row), strict=True))
    return [
        next((cell for cell in column.cells if lost.get((position, cell), 0) == 0), TEXT)
        for position, column in enumerate(columns)
    ]


def _lost(cell: Cell, column: str) -> str:
    """SQL that counts the values which this way of reading would lose."""
    return f"count({cell.value.format(c=column)}) - count(TRY({cell.read.format(c=column)}))"
