"""Cards: every column of the training rows drawn small, with its values and what it says about the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import ColumnCard
from fivefold.measure.association import association, binned
from fivefold.measure.numbers import as_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column, Contract
    from fivefold.core.protocols import CheckedTable, Floats
    from fivefold.core.tables import Frame

__all__ = ["draw_cards"]

_CELLS = 4_000_000
"""Cells that are looked at in all: wide tables are drawn from fewer rows."""
_LEAST_ROWS = 1_000
_BINS = 16
_CATEGORIES = 8
_LEVELS = 100
"""Levels of a category that its association counts by name; the others are one level."""
_EXAMPLES = 3
_LETTERS = 40
_TAIL = 0.01


def draw_cards(table: CheckedTable, hidden: Iterable[str] = ()) -> tuple[ColumnCard, ...]:
    """Draw the card of every column and, first of all, of the target.

    Parameters
    ----------
    table : CheckedTable
    hidden : iterable of str
        More columns, besides those of the contract, whose values may tell about a person: no value of theirs is shown.
    """
    contract = table.contract
    most = max(_LEAST_ROWS, _CELLS // max(1, len(contract.columns)))
    frame = table.frame
    if frame.height > most:
        frame = frame.sample(most, seed=0)
    target = _target(frame, contract)
    secret = {*hidden, *(column.name for column in contract.columns if column.personal)}
    cards = (
        _card(frame[column.name], column, target, contract, shown=column.name not in secret)
        for column in contract.columns
    )
    return (_target_card(frame[contract.target], contract), *cards)


def _target(frame: Frame, contract: Contract) -> Floats:
    """The target as numbers, or as positions of its classes."""
    values = frame[contract.target]
    if contract.task == "regression":
        return values.to_numpy().astype(np.float64)
    return _codes(values, contract.classes).astype(np.float64)


def _target_card(values: pl.Series, contract: Contract) -> ColumnCard:
    """The target's own card."""
    if contract.task == "regression":
        edges, counts = _histogram(as_numbers(values))
        return ColumnCard(
            contract.target, "number", values.len(), 0, values.n_unique(), edges=edges, counts=counts
        )
    names, counts = _frequent(values)
    return ColumnCard(
        contract.target, "category", values.len(), 0, values.n_unique(), categories=names, counts=counts
    )


def _card(
    values: pl.Series, column: Column, target: Floats, contract: Contract, *, shown: bool
) -> ColumnCard:
    """One column's card."""
    named = column.kind in {"string", "boolean"} and column.role != "text"
    edges: tuple[float, ...] = ()
    names: tuple[str, ...] = ()
    if named:
        names, counts = _levels(values, column) if column.role == "ordinal" else _frequent(values)
        codes = _codes(values, _top(values, _LEVELS))
    else:
        numbers = as_numbers(values)
        edges, counts = _histogram(numbers[np.isfinite(numbers)])
        codes = binned(numbers)
    nameless = column.role in {"identifier", "constant"}
    return ColumnCard(
        name=column.name,
        role=column.role,
        rows=values.len(),
        missing=values.null_count(),
        distinct=values.drop_nulls().n_unique(),
        edges=edges,
        categories=names if shown and column.role != "identifier" else (),
        counts=counts if column.role != "identifier" else (),
        examples=_examples(values) if shown else (),
        association=None if nameless else association(codes, target, len(contract.classes)),
    )


def _histogram(numbers: Floats) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Bins of equal width over the middle 98 %; the outermost also hold what lies beyond."""
    if not numbers.size:
        return (), ()
    distinct = np.unique(numbers)
    low, high = np.quantile(numbers, [_TAIL, 1 - _TAIL]) if distinct.size > _BINS else distinct[[0, -1]]
    if not high > low:
        low, high = float(distinct[0]), float(distinct[-1])
    if not high > low:
        return (float(low), float(low)), (int(numbers.size),)
    edges = np.linspace(low, high, min(_BINS, distinct.size) + 1)
    if not np.isfinite(edges).all():
        return (), ()
    counts, _ = np.histogram(np.clip(numbers, low, high), edges)
    return tuple(float(edge) for edge in edges), tuple(int(count) for count in counts)


def _top(values: pl.Series, most: int) -> tuple[str, ...]:
    """The most frequent words, ties in order of the alphabet."""
    import polars as pl

    words = values.cast(pl.String).drop_nulls().alias("value")
    counted = words.value_counts(name="rows").sort(["rows", "value"], descending=[True, False])
    return tuple(counted["value"].head(most).to_list())


def _frequent(values: pl.Series) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The most frequent words, and rows of each; then of all others."""
    names = _top(values, _CATEGORIES)
    return _clipped(names), _rows(values, names)


def _levels(values: pl.Series, column: Column) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Levels of an ordinal in their order."""
    names = column.categories[: 2 * _CATEGORIES] or _top(values, _CATEGORIES)
    return _clipped(names), _rows(values, names)


def _rows(values: pl.Series, names: tuple[str, ...]) -> tuple[int, ...]:
    """Rows per name, then of all others; missing ones are in none."""
    return tuple(int(rows) for rows in np.bincount(_codes(values, names), minlength=len(names) + 2)[:-1])


def _codes(values: pl.Series, names: tuple[str, ...]) -> NDArray[np.intp]:
    """Position of each value among names: ``len(names)`` for another one, one more for a missing one."""
    import polars as pl

    places = pl.Series(range(len(names)), dtype=pl.Int64)
    known = values.cast(pl.String).replace_strict(
        pl.Series(names, dtype=pl.String), places, default=len(names), return_dtype=pl.Int64
    )
    return known.set(values.is_null(), len(names) + 1).to_numpy().astype(np.intp)


def _examples(values: pl.Series) -> tuple[str, ...]:
    """A few different values as they stand."""
    found = values.drop_nulls().unique(maintain_order=True).head(_EXAMPLES).to_list()
    return _clipped(tuple(_word(value) for value in found))


def _word(value: object) -> str:
    """A value as a person reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value).removesuffix(" 00:00:00")


def _clipped(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words cut to what a card has room for."""
    return tuple(word if len(word) <= _LETTERS else word[: _LETTERS - 1] + "…" for word in words)
