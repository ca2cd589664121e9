"""Facts about every column of a fetched table: one pass of DuckDB's aggregates, counts of values, and a sample."""

# ruff: noqa: S608 - whatever enters a statement here is one of our own names or goes through engine.literal

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import ceil, isfinite
from typing import TYPE_CHECKING

from fivefold.core.tables import read_parquet
from fivefold.data.engine import connect, one_file
from fivefold.data.excerpts import VERY_LONG, long_runs_sql, neighbours, rows_of, sample_rows
from fivefold.data.plain import columns_of
from fivefold.data.tally import (
    census,
    distinct_share,
    hint_of,
    mark_clean,
    tally,
    value_counts,
    value_counts_of,
)
from fivefold.measure.numbers import mean_of
from fivefold.runtime.values import BLANKS, level

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl
    from duckdb import DuckDBPyConnection

    from fivefold.core.tables import Frame
    from fivefold.data.tally import Counts, Hint, Top
    from fivefold.runtime.values import Cleaned

__all__ = ["ColumnFacts", "measure", "rising_share"]

_EXACT_BELOW = 10_000
_MARGIN = 1.2
"""What the estimate of the different values may be off."""
_COUNTED_ROWS = 100_000
"""Tables of so many rows have all their different values counted; above, only columns with few of them."""
_OF_ROWS = ("numbers", "broken", "pointed", "lost")
_IN_ORDER = 0.95
"""Share of neighbours from which they fall, ties among them."""
_MANY = 0.5
"""Share of different values from which it matters how many there are."""


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
        Different values; exact up to 10,000, and for columns that never repeat themselves.
    top : tuple of (str, int)
        Values that occur more than once, most frequent first, at most 10; empty where there are too many to count.
    minimum, maximum : float or None
        Of numbers, of plain numbers in text, and of times in seconds since 1970.
    sorted_share : float
        How far neighbouring rows stand in order, over the same figures: 1 rising, 0 falling, 0.5 for none. Of more than
        100,000 rows, 50 runs of 2,000 are looked at.
    numbers : int
        Rows whose text is a plain number, estimated where a sample has few; equal to ``filled`` for numeric columns.
    broken : int
        Rows with a number that is not whole; estimated where a sample has some, counted where it has none.
    pointed : int
        Rows whose text writes a number with a point or an exponent; likewise.
    zeros : int
        Rows whose text is digits led by a zero, such as ``007``, as a sample has them.
    lost : int
        Rows whose text stands for a missing number, such as ``NA``; 0 where neither numbers nor such words are sampled.
    narrowest, widest : int
        Length of the shortest and the longest text, where a sample has digits led by a zero; else 0.
    sample : Series
        Filled values of sampled rows, texts without blanks around them, in the order of the file.
    drawn : Series
        The same rows as they came, missing values included: row for row the same ones in every column.
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
    drawn: pl.Series

    @property
    def decimals(self) -> bool:
        """Whether a whole number may be written as 12.0 here: not where ``1E2`` is written, which is another name than 100."""
        if self.dtype != "VARCHAR":
            return self.dtype == "DOUBLE"
        return self.pointed > 0 and not self.sample.str.contains("[eE]").any()


def measure(path: Path, memory: int = 0) -> list[ColumnFacts]:
    """Count what there is in every column of a Parquet file of plain types, in the order of the table.

    Of more than two million rows, gaps and different values are counted in all of them, the rest in eight long runs.

    Parameters
    ----------
    path : Path
    memory : int
        Bytes that the budget allows; 0 when nobody said.

    Raises
    ------
    duckdb.Error
        When a part of the file cannot be read.
    """
    with connect(path.parent, memory) as connection:
        columns = columns_of(connection, path)
        aliases = ", ".join(f"c{position}" for position in range(len(columns)))
        connection.execute(
            f"CREATE VIEW given AS SELECT * FROM read_parquet({one_file(path)}) AS t({aliases})"
        )
        rows = rows_of(path)
        sample = sample_rows(path, rows, len(columns), memory)
        hints = mark_clean(connection, path, [hint_of(sample[name], kind) for name, kind in columns])
        counts, hints = _counts(connection, path, rows, hints)
        shares = _sorted_shares(path, columns, counts)
        facts = []
        for position, (name, _) in enumerate(columns):
            one, drawn = counts[position], sample[name]
            if sample.height == one["rows"]:
                known = value_counts_of(_filled(drawn))
            elif rows <= _COUNTED_ROWS:
                # Of many columns, DuckDB would plan one query each over all of them.
                known = value_counts_of(_filled(read_parquet(path, columns=[name])[name]))
            else:
                known = _values(connection, position, one, hints[position])
            one["share"] = shares[position]
            facts.append(_facts(columns[position], one, known, drawn, hints[position]))
        return facts


def _counts(
    connection: DuckDBPyConnection, path: Path, rows: int, hints: list[Hint]
) -> tuple[list[Counts], list[Hint]]:
    """Tally all rows; of a very long table eight long runs, whose counts of odd values are taken for all rows."""
    if rows <= VERY_LONG:
        connection.execute("CREATE VIEW looked AS SELECT * FROM given")
        return tally(connection, hints)
    aliases = ", ".join(f"c{position}" for position in range(len(hints)))
    connection.execute(f"CREATE VIEW looked AS {long_runs_sql(path, rows, aliases)}")
    found, hints = tally(connection, hints)
    many = [(one["distinct"] or 0) > _EXACT_BELOW for one in found]
    counts = []
    for part, whole in zip(found, census(connection, hints, many), strict=True):
        times = (whole["filled"] or 0) / max(1, part["filled"] or 0)
        scaled = {key: ceil((part[key] or 0) * times) for key in _OF_ROWS if key in part}
        counts.append(part | scaled | whole)
    return counts, hints


def _sorted_shares(path: Path, columns: list[tuple[str, str]], counts: list[Counts]) -> list[float]:
    """How far the rows stand in the order of each column; 0 but for columns of figures."""
    rows = int(counts[0]["rows"] or 0)
    figures = [
        name
        for (name, _), one in zip(columns, counts, strict=True)
        if 2 * (one.get("numbers") or 0) > (one["rows"] or 0)
    ]
    runs = [_figures(frame) for frame in neighbours(path, rows, figures)] if figures else []
    return [_order([run[name] for run in runs]) if name in figures else 0.0 for name, _ in columns]


def _figures(frame: Frame) -> Frame:
    """Columns as numbers; times as seconds."""
    import polars as pl

    return frame.select(
        (pl.col(name).dt.timestamp("us") / 1e6 if isinstance(dtype, pl.Datetime) else pl.col(name)).cast(
            pl.Float64, strict=False
        )
        for name, dtype in frame.schema.items()
    )


def _order(runs: list[pl.Series]) -> float:
    """Return the clearer of two signs of order: neighbours that rise or fall, and neighbours that lie near each other."""
    import polars as pl

    steps = pl.concat([run.diff() for run in runs]).drop_nulls()
    spread = pl.concat(runs).var(ddof=0)
    signs = [rising_share(steps)]
    if isinstance(spread, float) and spread > 0 and steps.len():
        signs.append(1 - mean_of(steps**2) / (4 * spread))
    known = [float(sign) for sign in signs if isinstance(sign, float) and isfinite(sign)]
    return max(known, key=lambda sign: abs(sign - 0.5)) if known else 0.0


def rising_share(steps: pl.Series) -> float | None:
    """Share of steps that do not fall; near 0 where hardly any rises, even if many are ties.

    Examples
    --------
    >>> import polars as pl
    >>> rising_share(pl.Series([1, 0, 2, 0])), rising_share(pl.Series([-1, 0, -2, 0])), rising_share(pl.Series([1, -1]))
    (1.0, 0.0, 0.5)
    """
    rising, falling = (steps >= 0).mean(), (steps <= 0).mean()
    if not isinstance(rising, float) or not isinstance(falling, float):
        return None
    return 1.0 - falling if rising < _IN_ORDER <= falling else rising


def _values(connection: DuckDBPyConnection, position: int, counts: Counts, hint: Hint) -> tuple[int, Top]:
    """Count the different values of a column of a long table, or estimate them where they are many."""
    filled, distinct = int(counts["filled"] or 0), counts["distinct"] or 0
    if not filled:
        return 0, []
    if distinct <= _MARGIN * _EXACT_BELOW:
        return value_counts(connection, position, hint)
    if distinct >= _MANY * filled:
        distinct = filled * distinct_share(connection, position, hint)
    return min(round(distinct), filled), []


def _facts(
    column: tuple[str, str], counts: Counts, known: tuple[int, Top], drawn: pl.Series, hint: Hint
) -> ColumnFacts:
    """Put the facts about one column together."""
    name, kind = column
    whole = {key: int(count or 0) for key, count in counts.items()}
    distinct, top = known
    return ColumnFacts(
        name=name,
        dtype=kind,
        rows=whole["rows"],
        filled=whole["filled"],
        distinct=distinct,
        top=tuple((_word(value), rows) for value, rows in top),
        minimum=counts.get("minimum"),
        maximum=counts.get("maximum"),
        sorted_share=counts["share"] or 0.0,
        numbers=whole.get("numbers", round(hint.numbers * whole["filled"])),
        broken=whole.get("broken", ceil(hint.broken * whole["filled"])),
        pointed=whole.get("pointed", ceil(hint.pointed * whole["filled"])),
        zeros=ceil(hint.zeros * whole["filled"]),
        lost=whole.get("lost", 0),
        narrowest=whole.get("narrowest", 0),
        widest=whole.get("widest", 0),
        sample=_filled(drawn),
        drawn=drawn,
    )


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
