"""Slices: rows of one value, or one stretch of values, of a column, where the model is off more than elsewhere."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Slice
from fivefold.measure.numbers import as_numbers
from fivefold.report.figures import place
from fivefold.training.encoding.levels import Levels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Contract
    from fivefold.core.protocols import Floats
    from fivefold.core.tables import Frame

__all__ = ["stretches", "worst_slices"]

_LEAST = 50
_SHARE = 0.01
"""Rows of a slice at least, and their share."""
_VALUES = 12
_STRETCHES = 4
_SURE = 3.5
"""Standard errors beyond the rest: many slices are looked at, and some look bad by chance."""
_SHOWN = 8
_Z = 1.96


def worst_slices(frame: Frame, contract: Contract, errors: Floats) -> tuple[Slice, ...]:
    """Look for slices with larger errors than the rest, beyond chance; the worst first, one per column.

    Parameters
    ----------
    frame : Frame
        Rows with the contract's columns.
    contract : Contract
        Of personal columns nothing is told.
    errors : array, shape (rows,)
        How far off each row is: 0 or 1 for labels, the absolute error for numbers.
    """
    least = max(_LEAST, int(_SHARE * errors.size))
    found: list[Slice] = []
    for name, value, inside in _candidates(frame, contract):
        rows = int(inside.sum())
        if not least <= rows <= errors.size - least:
            continue
        own, rest = errors[inside], errors[~inside]
        error = math.sqrt(float(own.var()) / rows + float(rest.var()) / rest.size)
        mean = float(own.mean())
        if mean - float(rest.mean()) > _SURE * error:
            reach = _Z * float(own.std()) / math.sqrt(rows)
            found.append(Slice(name, value, rows, mean, max(0.0, mean - reach), mean + reach))
    worst: dict[str, Slice] = {}
    for one in sorted(found, key=lambda each: -each.error):
        worst.setdefault(one.column, one)
    return tuple(worst.values())[:_SHOWN]


def _candidates(frame: Frame, contract: Contract) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Column, value in words, and the rows of each slice."""
    import polars as pl

    for column in contract.columns:
        if column.personal or column.name not in frame.columns:
            continue
        values = frame[column.name]
        missing = values.is_null().to_numpy()
        if missing.any():
            yield column.name, "missing", missing
        if column.role in {"category", "ordinal", "boolean"}:
            words = values.cast(pl.String)
            for word in Levels.of(words).names[:_VALUES]:
                yield column.name, word, (words == word).fill_null(value=False).to_numpy()
        elif column.role == "number":
            yield from stretches(column.name, as_numbers(values))


def stretches(name: str, numbers: Floats) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Quarters of the numbers that are there: the column's name, the stretch in words, and its rows."""
    known = np.isfinite(numbers)
    if not known.any():
        return
    edges = np.unique(np.quantile(numbers[known], np.arange(_STRETCHES + 1) / _STRETCHES))
    for at, (low, high) in enumerate(pairwise(edges)):
        above = numbers >= low if at == 0 else numbers > low
        inside = known & above & (numbers <= high)
        if inside.any():  # none are, where a quarter ends between a value that many have and the next one
            yield name, f"{place(low)} to {place(high)}", inside
