"""Bands: a column that was cut from the amount itself, such as a price's segment, whatever it is called."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["bands_of"]

_LEVELS = 5
_ROWS = 10
"""Rows of a level that counts."""
_MOST = 200
_COUNTED = 0.9
"""Share of the rows that such levels must hold."""
_WRONG = 0.01
"""Share of the rows that may lie in the range of another level."""


def bands_of(codes: Codes, amounts: Floats) -> int:
    """How many levels cut the amounts into ranges that do not overlap; 0 where they do, or are fewer than five.

    Parameters
    ----------
    codes : array of int, shape (rows,)
        The level of each row.
    amounts : array, shape (rows,)

    Examples
    --------
    >>> prices = np.arange(100.0)
    >>> bands_of((prices // 20).astype(np.int64), prices), bands_of((prices % 5).astype(np.int64), prices)
    (5, 0)
    """
    names, level, rows = np.unique(codes, return_inverse=True, return_counts=True)
    large = rows >= _ROWS
    if not _LEVELS <= int(large.sum()) <= _MOST or names.size > codes.size / 2:
        return 0
    counted = large[level]
    if counted.mean() < _COUNTED or np.unique(amounts).size < 2 * large.sum():
        return 0
    ranges = [np.sort(amounts[level == one]) for one in np.flatnonzero(large)]
    ranges.sort(key=lambda one: float(np.median(one)))
    wrong = sum(_beyond(low, high) for low, high in pairwise(ranges))
    return len(ranges) if wrong <= _WRONG * int(counted.sum()) else 0


def _beyond(low: Floats, high: Floats) -> int:
    """Rows of two levels on the wrong side of the cut that parts them best."""
    both = np.concatenate([low, high])
    order = np.argsort(both, kind="stable")
    ups = np.concatenate([[0], np.cumsum(order >= low.size)])
    lows = np.arange(both.size + 1) - ups
    return int((ups + low.size - lows).min())
