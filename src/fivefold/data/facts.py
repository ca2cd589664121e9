"""Facts about every column of a fetched table: one pass of DuckDB's aggregates, a count of values, and a sample."""

# ruff: noqa: S608 - whatever enters a statement here is one of our own names or goes through engine.literal

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from fivefold.core.tables import read_parquet
from fivefold.data.engine import connect, literal, one_file
from fivefold.data.plain import columns_of
from fivefold.runtime.values import BLANKS, MISSING_WORDS, level

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl
    from duckdb import DuckDBPyConnection

    from fivefold.core.tables import Frame
    from fivefold.runtime.values import Cleaned

    _Counts: TypeAlias = dict[str, float | None]
    _Values: TypeAlias = tuple[int, tuple[tuple[str, int], ...]]

__all__ = ["ColumnFacts", "measure", "sample_rows"]

_PLAIN_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_SAMPLE_ROWS = 20_000
_SAMPLE_CELLS = 4_000_000
_EXACT_BELOW = 10_000
_COUNTED_ROWS = 2_000_000
"""Tables of so many rows have all their different values counted; above, only columns with few of them."""
_BATCH = 100
_BATCH_CELLS = 20_000_000
_TOP = 10
# Knuth's multiplicative hash: the sampled rows lie evenly over the file, and are the same ones every time.
_GOLDEN = 2_654_435_761
_WORD = 2**32


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What was counted in one column.

    Attributes
    ----------
    name, dtype : str
        The type is the fetched table's: VARCHAR, DOUBLE, BIGINT, BOOLEAN or TIMESTAMP.
    rows : int
    filled : int
        Rows that hold a value: not null, not NaN or infinite, not blank.
    distinct : int
        Different values; exact up to 10,000.
    top : tuple of (str, int)
        Values that occur more than once, most frequent first, at most 10.
    minimum, maximum : float or None
        Of numbers, of plain numbers in text, and of times in seconds since 1970.
    sorted_share : float
        Share of neighbouring rows in non-decreasing order, over the same figures.
    numbers : int
        Rows whose text is a plain number; equal to ``filled`` for numeric columns.
    broken : int
        Rows with a number that is not whole.
    pointed : int
        Rows whose text writes a number with a point or an exponent.
    zeros : int
        Rows whose text is digits led by a zero, such as ``007``.
    lost : int
        Rows whose text stands for a missing number, such as ``NA``.
    narrowest, widest : int
        Length of the shortest and the longest text.
    sample : Series
        Filled values of sampled rows, texts without blanks around them, in the order of the file.
    """

    name: str
    dtype: str
    rows: int
    filled: int
    distinct: int
    top: tuple[tuple[str, int], ...]
    minimum: float | None
    maximum: float | None
    sorted_share: float
    numbers: int
    broken: int
    pointed: int
    zeros: int
    lost: int
    narrowest: int
    widest: int
    sample: pl.Series


def measure(path: Path) -> list[ColumnFacts]:
    """Count what there is in every column of a Parquet file of plain types, in the order of the table.

    Raises
    ------
    duckdb.Error
        When a part of the file cannot be read.
    """
    with connect(path.parent) as connection:
        columns = columns_of(connection, path)
        aliases = ", ".join(f"c{position}" for position in range(len(columns)))
        connection.execute(
            f"CREATE VIEW given AS SELECT * FROM read_parquet({one_file(path)}) AS t({aliases})"
        )
        kinds = [kind for _, kind in columns]
        counts = [
            count for start in range(0, len(kinds), _BATCH) for count in _pass(connection, kinds, start)
        ]
        shares = _sorted_shares(connection, kinds, counts)
        values = _counted(path, [name for name, _ in columns], counts)
        sample = sample_rows(path, int(counts[0]["rows"] or 0), len(columns))
        return [
            _facts(column, one | {"share": share}, known, sample)
            for column, one, share, known in zip(columns, counts, shares, values, strict=True)
        ]


def sample_rows(path: Path, rows: int, width: int) -> Frame:
    """Return about 20,000 rows, fewer of wide tables, in the order of the file; the same ones every time."""
    import polars as pl

    wanted = min(_SAMPLE_ROWS, max(1_000, _SAMPLE_CELLS // max(1, width)))
    lazy = pl.scan_parquet(path, glob=False)
    if rows > wanted:
        place = pl.int_range(pl.len(), dtype=pl.UInt64) * _GOLDEN % _WORD
        lazy = lazy.filter(place < int(_WORD * wanted / rows))
    return lazy.collect()


def _pass(connection: DuckDBPyConnection, kinds: Sequence[str], start: int) -> list[_Counts]:
    """One pass over a batch of columns: everything that can be counted row by row, in any order."""
    batch = range(start, min(start + _BATCH, len(kinds)))
    values = ", ".join(f"{_value(position, kinds[position])} AS v{position}" for position in batch)
    figures = ", ".join(f"{_figure(position, kinds[position])} AS n{position}" for position in batch)
    wanted = [_aggregates(position, kinds[position]) for position in batch]
    items = ", ".join(item for one in wanted for item in one.values())
    row = connection.execute(
        f"SELECT {items} FROM (SELECT *, {figures} FROM (SELECT {values} FROM given))"
    ).fetchone()
    assert row is not None, "an aggregate without groups gives one row"
    answers = iter(row)
    return [{key: next(answers) for key in one} for one in wanted]


def _sorted_shares(
    connection: DuckDBPyConnection, kinds: Sequence[str], counts: Sequence[_Counts]
) -> list[float]:
    """Share of neighbouring rows in order, 0 but for columns of figures; this pass keeps the file's order."""
    figures = [p for p, one in enumerate(counts) if 2 * (one["numbers"] or 0) > (one["rows"] or 0)]
    shares = [0.0] * len(kinds)
    for start in range(0, len(figures), _BATCH):
        batch = figures[start : start + _BATCH]
        values = ", ".join(f"{_rough_figure(position, kinds[position])} AS n{position}" for position in batch)
        before = ", ".join(f"lag(n{position}) OVER () AS p{position}" for position in batch)
        ratios = ", ".join(
            f"avg(CAST(n{p} >= p{p} AS INTEGER)), 1 - avg((n{p} - p{p}) ** 2) / nullif(4 * var_pop(n{p}), 0)"
            for p in batch
        )
        row = connection.execute(
            f"SELECT {ratios} FROM (SELECT *, {before} FROM (SELECT {values} FROM given))"
        ).fetchone()
        found = iter(row or ())
        for position in batch:
            shares[position] = _clearer(next(found), next(found))
    return shares


def _clearer(rising: float | None, near: float | None) -> float:
    """Return the clearer of two signs of order: neighbours that do not fall, and neighbours that lie near each other."""
    signs = [sign for sign in (rising, near) if sign is not None and math.isfinite(sign)]
    return max(signs, key=lambda sign: abs(sign - 0.5)) if signs else 0.0


def _value(position: int, kind: str) -> str:
    """SQL of the value itself; null when there is none."""
    column = f"c{position}"
    if kind == "VARCHAR":
        return f"nullif(trim({column}, {literal(BLANKS)}), '')"
    return f"CASE WHEN isfinite({column}) THEN {column} END" if kind == "DOUBLE" else column


def _figure(position: int, kind: str) -> str:
    """SQL of the value as a number; null when it is none."""
    value = f"v{position}"
    if kind == "VARCHAR":
        number = f"TRY_CAST({value} AS DOUBLE)"
        return f"CASE WHEN regexp_full_match({value}, {literal(_PLAIN_NUMBER)}) THEN {number} END"
    return f"epoch({value})" if kind == "TIMESTAMP" else f"CAST({value} AS DOUBLE)"


def _rough_figure(position: int, kind: str) -> str:
    """SQL of the value as a number, for a column that is known to hold numbers."""
    column = f"c{position}"
    return f"epoch({column})" if kind == "TIMESTAMP" else f"TRY_CAST({column} AS DOUBLE)"


def _aggregates(position: int, kind: str) -> dict[str, str]:
    """SQL of all that is counted in one column, by name."""
    v, n = f"v{position}", f"n{position}"
    counts = {
        "rows": "count(*)",
        "filled": f"count({v})",
        "distinct": f"approx_count_distinct({v})",
        "minimum": f"min({n})",
        "maximum": f"max({n})",
        "numbers": f"count({n})",
        "broken": f"count(*) FILTER ({n} <> floor({n}))",
    }
    if kind == "VARCHAR":
        words = ", ".join(literal(word) for word in sorted(MISSING_WORDS))
        counts |= {
            "pointed": f"count(*) FILTER ({n} IS NOT NULL AND regexp_matches({v}, '[.eE]'))",
            "zeros": f"count(*) FILTER (regexp_full_match({v}, '0[0-9]+'))",
            "lost": f"count(*) FILTER (lower({v}) IN ({words}))",
            "narrowest": f"min(length({v}))",
            "widest": f"max(length({v}))",
        }
    return counts


def _facts(column: tuple[str, str], counts: _Counts, known: _Values | None, sample: Frame) -> ColumnFacts:
    """Put the facts about one column together."""
    name, kind = column
    whole = {key: int(count or 0) for key, count in counts.items()}
    distinct, top = known or (min(whole["distinct"], whole["filled"]), ())
    return ColumnFacts(
        name=name,
        dtype=kind,
        rows=whole["rows"],
        filled=whole["filled"],
        distinct=distinct,
        top=top,
        minimum=counts["minimum"],
        maximum=counts["maximum"],
        sorted_share=counts["share"] or 0.0,
        numbers=whole["numbers"],
        broken=whole["broken"],
        pointed=whole.get("pointed", 0),
        zeros=whole.get("zeros", 0),
        lost=whole.get("lost", 0),
        narrowest=whole.get("narrowest", 0),
        widest=whole.get("widest", 0),
        sample=_filled(sample[name]),
    )


def _counted(path: Path, names: Sequence[str], counts: Sequence[_Counts]) -> list[_Values | None]:
    """Count the values of every column that has few of them, or whose table is not too long; read in batches."""
    wanted = [
        name
        for name, one in zip(names, counts, strict=True)
        if one["filled"]
        and ((one["distinct"] or 0) <= 1.2 * _EXACT_BELOW or (one["rows"] or 0) <= _COUNTED_ROWS)
    ]
    width = max(1, _BATCH_CELLS // int(counts[0]["rows"] or 1))
    found: dict[str, _Values] = {}
    for start in range(0, len(wanted), width):
        batch = wanted[start : start + width]
        frame = read_parquet(path, columns=batch)
        found |= {name: _values(_filled(frame[name])) for name in batch}
    return [found.get(name) for name in names]


def _values(filled: pl.Series) -> _Values:
    """Number of different values, and the most frequent ones that occur more than once."""
    import polars as pl

    counted = filled.alias("value").value_counts(name="rows")
    frequent = counted.filter(pl.col("rows") > 1)
    least = frequent["rows"].top_k(_TOP).min()
    # Only the rows that may be among the first are sorted.
    first = frequent.filter(pl.col("rows") >= (least or 0)).sort(["rows", "value"], descending=[True, False])
    top = tuple((_word(value), int(rows)) for value, rows in first.head(_TOP).iter_rows())
    return counted.height, top


def _word(value: Cleaned) -> str:
    """A value as a person reads it."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return level(value) or ""


def _filled(series: pl.Series) -> pl.Series:
    """Values that are there."""
    import polars as pl

    if series.dtype == pl.String:
        series = series.str.strip_chars(BLANKS)
        return series.filter(series != "")
    if series.dtype == pl.Float64:
        return series.filter(series.is_finite())
    return series.drop_nulls()
