"""Independence: how likely chance alone makes two groups of rows differ as much as they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc, erfc, fdtrc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

__all__ = ["counts_by_chance", "means_by_chance", "ranks", "ranks_by_chance"]


def counts_by_chance(table: NDArray[np.int64] | Floats) -> float:
    """Chance of counts so uneven, by Pearson's chi-square test; empty rows and columns are passed over.

    Parameters
    ----------
    table : array of shape (rows, columns)
        Counts.

    Examples
    --------
    >>> round(counts_by_chance(np.array([[10, 20], [20, 10]])), 4)
    0.0098
    """
    counts = np.asarray(table, dtype=np.float64)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    if freedom < 1:
        return 1.0
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return float(chdtrc(freedom, ((counts - expected) ** 2 / expected).sum()))


def ranks_by_chance(first: Floats, second: Floats) -> float:
    """Chance that one of two samples stands so much higher, by the rank test of Mann and Whitney (normal, ties minded).

    Examples
    --------
    >>> round(ranks_by_chance(np.arange(10.0), np.arange(10.0) + 6), 4)
    0.0015
    """
    rows = first.size + second.size
    if not first.size or not second.size:
        return 1.0
    both = np.concatenate([first, second])
    _, counts = np.unique(both, return_counts=True)
    ties = float((counts.astype(np.float64) ** 3 - counts).sum()) / max(1, rows * (rows - 1))
    variance = first.size * second.size * (rows + 1 - ties) / 12.0
    middle = first.size * second.size / 2.0
    above = ranks(both)[: first.size].sum() - first.size * (first.size - 1) / 2.0
    return float(erfc(abs(above - middle) / np.sqrt(2 * variance))) if variance > 0 else 1.0


def means_by_chance(groups: NDArray[np.int64] | NDArray[np.intp], amounts: Floats) -> float:
    """Chance that the means of groups lie so far apart, by the F test of the analysis of variance.

    Parameters
    ----------
    groups : array of int, shape (rows,)
        The group of each row, from 0.
    amounts : array, shape (rows,)

    Examples
    --------
    >>> round(means_by_chance(np.repeat([0, 1], 3), np.array([1.0, 2.0, 3.0, 3.0, 4.0, 5.0])), 4)
    0.0705
    """
    counts = np.bincount(groups).astype(np.float64)
    kept = counts > 0
    between, within = int(kept.sum()) - 1, amounts.size - int(kept.sum())
    if between < 1 or within < 1:
        return 1.0
    means = np.bincount(groups, weights=amounts)[kept] / counts[kept]
    apart = float((counts[kept] * (means - amounts.mean()) ** 2).sum())
    left = float(((amounts - amounts.mean()) ** 2).sum()) - apart
    if left <= 0:
        return 0.0 if apart > 0 else 1.0
    return float(fdtrc(between, within, (apart / between) / (left / within)))


def ranks(values: Floats) -> Floats:
    """Ranks from 0, equal values with the same one.

    Examples
    --------
    >>> ranks(np.array([5.0, 1.0, 5.0])).tolist()
    [1.5, 0.0, 1.5]
    """
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    placed: Floats = ((ends - counts + ends - 1) / 2.0)[codes]
    return placed
