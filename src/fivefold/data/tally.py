"""Tallies: what DuckDB counts in every column of a fetched table, in as little work as each column needs.

One pass of aggregates over all columns. A look at sampled rows says beforehand which columns hold numbers, blanks around
their texts or words for a missing value at all; the dear questions are asked of those columns only. Values are counted one by
one where there are few of them.
"""

# ruff: noqa: S608 - whatever enters a statement here is one of our own names or goes through engine.literal

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from fivefold.data.engine import literal, one_file
from fivefold.runtime.values import BLANKS, MISSING_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl
    from duckdb import DuckDBPyConnection

    from fivefold.runtime.values import Cleaned

    Counts: TypeAlias = dict[str, float | None]
    Top: TypeAlias = list[tuple[Cleaned, int]]

__all__ = [
    "Counts",
    "Hint",
    "Top",
    "census",
    "distinct_share",
    "hint_of",
    "mark_clean",
    "tally",
    "value_counts",
    "value_counts_of",
]

_BATCH = 100
_PARTS = 64
_TOP = 10
_SOME_NUMBERS = 0.2


@dataclass(frozen=True, slots=True)
class Hint:
    """What sampled rows say about a column.

    Attributes
    ----------
    kind : str
        Its plain type.
    numbers : float
        Share of the filled values that are plain numbers.
    ragged : bool
        Whether blanks stand around texts.
    words : bool
        Whether some text stands for a missing value.
    pointed, broken, zeros : float
        Share of the filled values that are numbers written with a point or an exponent, numbers that are not whole, and
        digits led by a zero.
    clean : bool
        Whether the file's own figures say that no text is empty or led by a blank.
    """

    kind: str
    numbers: float
    ragged: bool
    words: bool
    pointed: float = 0.0
    broken: float = 0.0
    zeros: float = 0.0
    clean: bool = False

    @property
    def numeric(self) -> bool:
        """Whether numbers are to be looked for in every row."""
        return self.kind != "VARCHAR" or self.numbers >= _SOME_NUMBERS


def hint_of(sample: pl.Series, kind: str) -> Hint:
    """Look at the sampled rows of one column."""
    import polars as pl

    if kind != "VARCHAR":
        return Hint(kind, 1.0, ragged=False, words=False)
    given = sample.drop_nulls()
    stripped = given.str.strip_chars(BLANKS)
    filled = stripped.filter(stripped != "")
    if not filled.len():
        return Hint(kind, 0.0, ragged=True, words=True)
    figures = filled.cast(pl.Float64, strict=False)
    numbers = figures.is_finite().fill_null(value=False)
    words = filled.str.to_lowercase().is_in(sorted(MISSING_WORDS)).any()
    pointed = numbers & filled.str.contains("[.eE]")
    broken = (numbers & (figures != figures.floor())).fill_null(value=False)
    zeros = filled.str.contains("^0[0-9]+$")
    count = filled.len()
    return Hint(
        kind,
        float(numbers.sum()) / count,
        ragged=bool((stripped != given).any()),
        words=bool(words),
        pointed=float(pointed.sum()) / count,
        broken=float(broken.sum()) / count,
        zeros=float(zeros.sum()) / count,
    )


def mark_clean(connection: DuckDBPyConnection, path: Path, hints: Sequence[Hint]) -> list[Hint]:
    """Mark the columns of texts whose smallest and largest texts, which a Parquet file knows, begin with no blank."""
    found = connection.execute(
        "SELECT column_id, min(stats_min_value), max(stats_max_value), "
        "count(*) = count(stats_min_value) AND count(*) = count(stats_max_value) "
        f"FROM parquet_metadata({one_file(path)}) GROUP BY column_id"
    ).fetchall()
    clean = {row[0] for row in found if row[3] and row[1] >= "!" and row[2] < "\x7f"}
    return [replace(hint, clean=position in clean) for position, hint in enumerate(hints)]


def tally(connection: DuckDBPyConnection, hints: Sequence[Hint]) -> tuple[list[Counts], list[Hint]]:
    """Count what there is in every column of the view ``looked``, whose columns are ``c0``, ``c1``, ...

    Returns
    -------
    list of Counts, list of Hint
        By column. A hint is corrected where a row outside the sample is led by blanks.
    """
    counts, final = [], list(hints)
    for start in range(0, len(hints), _BATCH):
        counts += _pass(connection, range(start, min(start + _BATCH, len(hints))), final)
    late = [p for p, one in enumerate(counts) if one.pop("blanks", 0) and not final[p].ragged]
    for position in late:
        final[position] = replace(final[position], ragged=True)
    for position, one in zip(late, _pass(connection, late, final) if late else (), strict=True):
        one.pop("blanks", 0)
        counts[position] = one
    return counts, final


def census(connection: DuckDBPyConnection, hints: Sequence[Hint], many: Sequence[bool]) -> list[Counts]:
    """Count in all rows of the view ``given`` what is cheap to count, by the keys of :func:`tally`.

    Different values are estimated in the columns that have many; the others are worth counting one by one.
    """
    counts: list[Counts] = []
    for start in range(0, len(hints), _BATCH):
        positions = range(start, min(start + _BATCH, len(hints)))
        values = ", ".join(f"{_value(position, hints[position])} AS v{position}" for position in positions)
        wanted = []
        for position in positions:
            v = f"v{position}"
            one = {"rows": "count(*)", "filled": f"count({v})"}
            if many[position]:
                one["distinct"] = f"approx_count_distinct({v})"
            if hints[position].kind != "VARCHAR":
                number = _rough(position, hints[position])
                one |= {"minimum": f"min({number})", "maximum": f"max({number})"}
            wanted.append(one)
        items = ", ".join(item for one in wanted for item in one.values())
        row = connection.execute(f"SELECT {items} FROM (SELECT {values} FROM given)").fetchone()
        answers = iter(row or ())
        counts += [{key: next(answers) for key in one} for one in wanted]
    return counts


def value_counts(connection: DuckDBPyConnection, position: int, hint: Hint) -> tuple[int, Top]:
    """Number of different values of a column, and the most frequent ones that occur more than once, at most 10."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE counted AS SELECT v, count(*) AS rows FROM "
        f"(SELECT {_value(position, hint)} AS v FROM given) WHERE v IS NOT NULL GROUP BY v"
    )
    whole = connection.execute("SELECT count(*) FROM counted").fetchone()
    top = connection.execute(
        f"SELECT v, rows FROM counted WHERE rows > 1 ORDER BY rows DESC, v LIMIT {_TOP}"
    ).fetchall()
    return int(whole[0]) if whole else 0, [(value, int(rows)) for value, rows in top]


def value_counts_of(filled: pl.Series) -> tuple[int, Top]:
    """The same of values that are all at hand."""
    import polars as pl

    counted = filled.alias("value").value_counts(name="rows")
    frequent = counted.filter(pl.col("rows") > 1)
    least = frequent["rows"].top_k(_TOP).min()
    # Only the rows that may be among the first are sorted.
    first = frequent.filter(pl.col("rows") >= (least or 0)).sort(["rows", "value"], descending=[True, False])
    return counted.height, [(value, int(rows)) for value, rows in first.head(_TOP).iter_rows()]


def distinct_share(connection: DuckDBPyConnection, position: int, hint: Hint) -> float:
    """Different values for each filled row, from the values whose hash falls into one part of 64, in all their rows.

    A column that never repeats itself has exactly 1, which an estimate over all rows could not say.
    """
    row = connection.execute(
        f"SELECT count(DISTINCT v) / count(*) FROM (SELECT {_value(position, hint)} AS v FROM given) "
        f"WHERE hash(v) % {_PARTS} = 0 AND v IS NOT NULL"
    ).fetchone()
    return float(row[0]) if row and row[0] is not None else 1.0


def _pass(connection: DuckDBPyConnection, positions: Sequence[int], hints: Sequence[Hint]) -> list[Counts]:
    """One pass over some columns: everything that can be counted row by row, in any order."""
    values = ", ".join(f"{_value(position, hints[position])} AS v{position}" for position in positions)
    kept = ", ".join(f"c{position}" for position in positions)
    rough = ", ".join(f"{_rough(position, hints[position])} AS m{position}" for position in positions)
    figures = ", ".join(f"{_figure(position, hints[position])} AS n{position}" for position in positions)
    wanted = [_aggregates(position, hints[position]) for position in positions]
    items = ", ".join(item for one in wanted for item in one.values())
    row = connection.execute(
        f"SELECT {items} FROM (SELECT *, {figures} FROM "
        f"(SELECT *, {rough} FROM (SELECT {kept}, {values} FROM looked)))"
    ).fetchone()
    assert row is not None, "an aggregate without groups gives one row"
    answers = iter(row)
    return [{key: next(answers) for key in one} for one in wanted]


def _value(position: int, hint: Hint) -> str:
    """SQL of the value itself; null when there is none."""
    column = f"c{position}"
    if hint.kind == "VARCHAR":
        if hint.ragged:
            return f"nullif(trim({column}, {literal(BLANKS)}), '')"
        return column if hint.clean else f"nullif({column}, '')"
    return f"CASE WHEN isfinite({column}) THEN {column} END" if hint.kind == "DOUBLE" else column


def _rough(position: int, hint: Hint) -> str:
    """SQL of the value as a number, or nearly one."""
    value = f"v{position}"
    if hint.kind != "VARCHAR":
        return f"epoch({value})" if hint.kind == "TIMESTAMP" else f"CAST({value} AS DOUBLE)"
    return f"TRY_CAST({value} AS DOUBLE)" if hint.numeric else "CAST(NULL AS DOUBLE)"


def _figure(position: int, hint: Hint) -> str:
    """SQL of the value as a number; null when it is none."""
    rough = f"m{position}"
    if hint.kind != "VARCHAR" or not hint.numeric:
        return rough
    # The cast takes what a plain number is, and besides that only words for infinity and underscores.
    return f"CASE WHEN isfinite({rough}) AND NOT contains(v{position}, '_') THEN {rough} END"


def _aggregates(position: int, hint: Hint) -> dict[str, str]:
    """SQL of all that is counted in one column, by name."""
    c, v, n = f"c{position}", f"v{position}", f"n{position}"
    counts = {
        "rows": "count(*)",
        "filled": f"count({v})",
        "distinct": f"approx_count_distinct({v})",
    }
    if hint.numeric:
        counts |= {"minimum": f"min({n})", "maximum": f"max({n})", "numbers": f"count({n})"}
        if not hint.broken:
            counts["broken"] = f"count(*) FILTER ({n} <> floor({n}))"
    if hint.kind != "VARCHAR":
        return counts
    if not hint.clean:
        counts["blanks"] = f"count(*) FILTER ({_led_by_blank(c)})"
    if hint.zeros:
        counts |= {"narrowest": f"min(length({v}))", "widest": f"max(length({v}))"}
    if hint.numeric and not hint.pointed:
        pointed = f"contains({v}, '.') OR contains({v}, 'e') OR contains({v}, 'E')"
        counts["pointed"] = f"count(*) FILTER (CASE WHEN {n} IS NOT NULL THEN {pointed} END)"
    if hint.numeric or hint.words:
        words = ", ".join(literal(word) for word in sorted(MISSING_WORDS))
        counts["lost"] = f"count(*) FILTER (CASE WHEN {n} IS NULL THEN lower({v}) IN ({words}) END)"
    return counts


def _led_by_blank(column: str) -> str:
    """SQL that tells whether a text begins with a blank: of most texts one comparison does."""
    spans: list[list[str]] = []
    for blank in sorted(blank for blank in BLANKS if blank > "\x7f"):
        if spans and ord(blank) == ord(spans[-1][1]) + 1:
            spans[-1][1] = blank
        else:
            spans.append([blank, blank])
    wide = " OR ".join(
        f"{column} >= {literal(first)} AND {column} < {literal(chr(ord(last) + 1))}" for first, last in spans
    )
    return f"{column} < '!' AND {column} <> '' OR CASE WHEN {column} >= {literal(chr(0x80))} THEN {wide} END"
