"""Sketches of distributions: what a table looked like in training, small enough to travel with the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import ColumnReference, OutOfFold, Reference
from fivefold.measure.numbers import as_numbers

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.artefacts import Column, Contract
    from fivefold.core.protocols import Floats
    from fivefold.core.tables import Frame

__all__ = ["count", "sketch", "sketch_column"]

_BINS = 10
"""Bins of about equal numbers of rows for numbers of many values."""
_DISTINCT = 20
"""Up to so many different values each number gets a bin of its own."""
_CATEGORIES = 30
"""Categories that are counted by name."""


def sketch(
    frame: Frame, contract: Contract, scores: Floats, out_of_fold: OutOfFold | None = None
) -> Reference:
    """Summarise training rows and scores in bins.

    Parameters
    ----------
    frame : Frame
        Cleaned training rows with every column of the contract.
    contract : Contract
    scores : array, shape (scored rows, outputs)
        Scores on the sealed part; their number need not be that of the frame's rows.
    out_of_fold : OutOfFold, optional
        What was answered of rows that had not taught, and what was true of them.

    Returns
    -------
    Reference
    """
    columns = tuple(sketch_column(frame[column.name], column) for column in contract.columns)
    return Reference(columns, _score(contract, scores), out_of_fold or OutOfFold())


def count(reference: ColumnReference, values: pl.Series) -> tuple[tuple[int, ...], int]:
    """Count new values in a reference's bins.

    Parameters
    ----------
    reference : ColumnReference
    values : Series
        Cleaned values of the same column: numbers, dates, booleans, categories, or texts.

    Returns
    -------
    tuple of int
        Values per bin, in the order of ``reference.counts``.
    int
        Missing values.

    Examples
    --------
    >>> import polars as pl
    >>> count(ColumnReference("age", 4, 0, (30.0, 50.0), (), (1, 2, 1)), pl.Series([20, 30, 51, None]))
    ((2, 0, 1), 1)
    """
    if reference.categories:
        return _count_categories(reference.categories, values)
    numbers = _known(values)
    return _count_numbers(reference.edges, numbers), len(values) - numbers.size


def sketch_column(values: pl.Series, column: Column) -> ColumnReference:
    """Sketch one column as its role asks; of personal values only whether they were there."""
    if column.personal:
        missing = values.null_count()
        return ColumnReference(column.name, len(values), missing, (), (), (len(values) - missing,))
    if column.role in {"category", "ordinal", "boolean"}:
        return _categories(column.name, values)
    return _binned(column.name, _known(values), len(values))


def _score(contract: Contract, scores: Floats) -> ColumnReference:
    """Sketch the prediction: a probability, the predicted class, or the number."""
    import polars as pl

    if contract.task == "multiclass":
        labels = [contract.classes[position] for position in scores.argmax(axis=1)]
        return _categories("(score)", pl.Series(labels, dtype=pl.String))
    return _binned("(score)", scores[:, -1], len(scores))


def _binned(name: str, numbers: Floats, rows: int) -> ColumnReference:
    """Bins whose edges are values of the column, so that frequent values stay whole."""
    distinct = np.unique(numbers)
    if distinct.size > _DISTINCT:
        shares = np.arange(1, _BINS) / _BINS
        distinct = np.unique(np.append(np.quantile(numbers, shares, method="inverted_cdf"), distinct[-1]))
    edges = tuple(float(edge) for edge in distinct[:-1])
    return ColumnReference(name, rows, rows - numbers.size, edges, (), _count_numbers(edges, numbers))


def _categories(name: str, values: pl.Series) -> ColumnReference:
    """Bins of the most frequent categories, and one for all others."""
    counted = _words(values).drop_nulls().alias("value").value_counts(name="rows")
    named = counted.sort(["rows", "value"], descending=[True, False])["value"].head(_CATEGORIES)
    frequent = tuple(named.to_list())
    counts, missing = _count_categories(frequent, values)
    return ColumnReference(name, len(values), missing, (), frequent, counts)


def _count_numbers(edges: tuple[float, ...], numbers: Floats) -> tuple[int, ...]:
    """Numbers per bin; an edge belongs to the bin below it."""
    bins = np.searchsorted(np.array(edges), numbers, side="left")
    return tuple(int(number) for number in np.bincount(bins, minlength=len(edges) + 1))


def _count_categories(categories: tuple[str, ...], values: pl.Series) -> tuple[tuple[int, ...], int]:
    """Values per named category, all others, and the missing ones."""
    words = _words(values)
    seen = dict(words.drop_nulls().alias("value").value_counts(name="rows").iter_rows())
    named = tuple(int(seen.get(category, 0)) for category in categories)
    missing = words.null_count()
    return (*named, len(words) - missing - sum(named)), missing


def _words(values: pl.Series) -> pl.Series:
    """Categories as strings; booleans become ``true`` and ``false``."""
    import polars as pl

    return values.cast(pl.String)


def _known(values: pl.Series) -> Floats:
    """Values that are there, as numbers."""
    numbers = as_numbers(values)
    return numbers[np.isfinite(numbers)]
