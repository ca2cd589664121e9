"""What training saw of a column: missing values, range and categories, gathered a batch of rows at a time."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import ThreadPoolExecutor

    import polars as pl

    from fivefold.core.artefacts import Column
    from fivefold.core.tables import Frame

__all__ = ["Seen", "SeenTable"]

_CATEGORIES = 1_000
_ORDERED = frozenset({"number", "integer", "datetime"})
_LEAST_WAITING = 1_000_000
_REPEATED = 2
"""Rows a word below which a column of very many words has no frequent ones that more rows would bring to light."""


class Seen:
    """What is known of one column so far.

    Parameters
    ----------
    column : Column
        Its role and kind say what is to be known.

    Examples
    --------
    >>> import polars as pl
    >>> from fivefold.core.artefacts import Column
    >>> seen = Seen(Column("age", "number", "number", nullable=False))
    >>> seen.add(pl.Series([3.0, None]))
    >>> seen.add(pl.Series([7.0]))
    >>> column = seen.described()
    >>> column.nullable, column.minimum, column.maximum
    (True, 3.0, 7.0)
    """

    def __init__(self, column: Column) -> None:
        self.name = column.name
        self._column = column
        self._nullable = False
        self._low: float | None = None
        self._high: float | None = None
        self._counts: list[Frame] = []
        self._waiting = 0
        self._told = False

    def add(self, values: pl.Series) -> None:
        """Take in the values of some more rows."""
        self._nullable |= values.null_count() > 0
        if values.null_count() == values.len():
            return
        if self._column.role in {"category", "boolean"} and not self._told:
            self._count(values)
        if self._column.kind in _ORDERED:
            low, high = _range(values)
            self._low = low if self._low is None else min(self._low, low)
            self._high = high if self._high is None else max(self._high, high)

    def described(self) -> Column:
        """Return the column with what was seen of it."""
        column = replace(self._column, nullable=self._nullable, minimum=self._low, maximum=self._high)
        if not self._counts:
            return column
        counts = _together(self._counts)
        return replace(column, categories=_most_frequent(counts), complete=counts.height <= _CATEGORIES)

    def _count(self, values: pl.Series) -> None:
        """Count the words; counts are put together whenever as many wait as are known, so that none is touched often."""
        import polars as pl

        counts = values.drop_nulls().alias("word").value_counts(sort=False, name="rows")
        self._counts.append(counts.cast({"word": pl.String, "rows": pl.Int64}))
        self._waiting += counts.height
        if self._waiting > max(_LEAST_WAITING, self._counts[0].height):
            known = _together(self._counts)
            self._counts, self._waiting = [known], 0
            self._told = known["rows"].sum() < _REPEATED * known.height


class SeenTable:
    """What is known of several columns so far.

    Parameters
    ----------
    columns : sequence of Column
    pool : ThreadPoolExecutor
        Its threads work on one column each.
    """

    def __init__(self, columns: Sequence[Column], pool: ThreadPoolExecutor) -> None:
        self._seen = [Seen(column) for column in columns]
        self._pool = pool

    def add(self, frame: Frame) -> None:
        """Take in some more rows; the frame may have other columns as well."""
        deque(self._pool.map(lambda one: one.add(frame[one.name]), self._seen), maxlen=0)

    def described(self) -> tuple[Column, ...]:
        """Return the columns with what was seen of them."""
        return tuple(self._pool.map(Seen.described, self._seen))


def _range(values: pl.Series) -> tuple[float, float]:
    """Smallest and largest of values that are not all null; moments in seconds since 1970."""
    if values.dtype.is_temporal():
        values = values.dt.timestamp("us")
        return values.min() / 1e6, values.max() / 1e6  # type: ignore[operator,return-value]  # by now they are whole numbers
    return float(values.min()), float(values.max())  # type: ignore[arg-type]  # neither is null


def _together(counts: list[Frame]) -> Frame:
    """Add up the rows of every word."""
    import polars as pl

    if len(counts) == 1:
        return counts[0]
    added = pl.concat(counts).lazy().group_by("word").agg(pl.col("rows").sum())
    return added.collect(engine="streaming")


def _most_frequent(counts: Frame) -> tuple[str, ...]:
    """The most frequent words, equally frequent ones by the alphabet; of millions only those that count are sorted."""
    import polars as pl

    least = counts["rows"].top_k(_CATEGORIES).min()
    above = counts.filter(pl.col("rows") > least).sort(["rows", "word"], descending=[True, False])["word"]
    last = counts.filter(pl.col("rows") == least)["word"].bottom_k(_CATEGORIES - above.len()).sort()
    return (*above.to_list(), *last.to_list())
