"""Dealing: units of rows that belong together are dealt into bins of stated shares, balanced over strata, by the seed."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

__all__ = ["deal", "deal_groups"]

_MANY = 20_000
"""Groups above which no single one matters, so that a quick deal is as even as a careful one."""


def deal(units: Codes, strata: Codes, shares: Sequence[float], rng: np.random.Generator) -> Codes:
    """Deal small units.

    Parameters
    ----------
    units : array of int, shape (rows,)
        The unit of each row, numbered from 0 without gaps.
    strata : array of int, shape (rows,)
        The class of each row; a unit counts by its first row.
    shares : sequence of float
        Share of each bin; they add up to 1.
    rng : Generator

    Returns
    -------
    array of int, shape (rows,)
        The bin of each row. Every stratum is parted by the same shares, as nearly as its units allow; where it is too
        small for the smallest bins, its rows are in the larger ones.
    """
    count = int(units.max()) + 1 if units.size else 0
    sizes = np.bincount(units, minlength=count).astype(np.float64)
    first = np.empty(count, dtype=np.int64)
    first[units[::-1]] = np.arange(units.size)[::-1]  # the last to be written is the first row
    stratum = strata[first]
    order = rng.permutation(count)
    order = order[np.argsort(stratum[order], kind="stable")]
    starts = np.concatenate([[0.0], np.cumsum(sizes[order])])
    bins = np.empty(count, dtype=np.int64)
    cuts = np.cumsum(shares)[:-1]
    edges = np.flatnonzero(np.diff(stratum[order], prepend=-1, append=-1))
    for begin, end in itertools.pairwise(edges):
        total = starts[end] - starts[begin]
        middles = (starts[begin:end] + sizes[order[begin:end]] / 2 - starts[begin]) / total
        # Equal bins take turns at being first, so that strata of a few rows do not all fall into the same one.
        turn = rng.permutation(len(shares)) if len(set(shares)) == 1 else np.arange(len(shares))
        bins[order[begin:end]] = turn[np.searchsorted(cuts, middles, side="right")]
    return bins[units]


def deal_groups(units: Codes, strata: Codes, shares: Sequence[float], rng: np.random.Generator) -> Codes:
    """Deal groups of any size, each whole: the largest first, always to the bin that it overfills least.

    The greedy rule of scikit-learn's ``StratifiedGroupKFold``, for bins of unequal shares. Every bin gets a group as long
    as there are as many groups as bins. Parameters and result are those of :func:`deal`.
    """
    count = int(units.max()) + 1
    if count > _MANY:
        return deal(units, np.zeros_like(strata), shares, rng)
    classes = int(strata.max()) + 1
    counts = np.zeros((count, classes))
    np.add.at(counts, (units, strata), 1.0)
    wanted = np.outer(shares, counts.sum(axis=0))
    filled = np.zeros_like(wanted)
    weights = 1.0 / np.maximum(1.0, counts.sum(axis=0))
    order = rng.permutation(count)
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    bins = np.empty(count, dtype=np.int64)
    for place, group in enumerate(order):
        empty = np.flatnonzero(filled.sum(axis=1) == 0)
        fullness = (((filled + counts[group]) / np.maximum(wanted, 1e-9)) ** 2 * wanted) @ weights
        rise = fullness - (filled**2 / np.maximum(wanted, 1e-9)) @ weights
        open_bins = empty if 0 < empty.size >= count - place else np.arange(len(shares))
        chosen = int(open_bins[np.argmin(rise[open_bins])])
        bins[group] = chosen
        filled[chosen] += counts[group]
    return bins[units]
