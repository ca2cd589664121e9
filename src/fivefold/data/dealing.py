"""Dealing: units of rows that belong together are dealt into bins of stated shares, balanced over strata, by the seed."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Strata = NDArray[np.int16 | np.int32 | np.int64]
    Small = NDArray[np.int8]

__all__ = ["deal", "deal_groups"]

_MANY = 20_000
"""Groups above which no single one matters, so that a quick deal is as even as a careful one."""


def deal(units: Codes | None, strata: Strata, shares: Sequence[float], rng: np.random.Generator) -> Small:
    """Deal small units.

    Parameters
    ----------
    units : array of int, shape (rows,), or None
        The unit of each row, numbered from 0 without gaps; None when each row is one.
    strata : array of int, shape (rows,)
        The class of each row; a unit counts by its first row.
    shares : sequence of float
        Share of each bin; they add up to 1.
    rng : Generator

    Returns
    -------
    array of int8, shape (rows,)
        The bin of each row. Every stratum is parted by the same shares, as nearly as its units allow; where it is too
        small for the smallest bins, its rows are in the larger ones.
    """
    sizes, stratum = None, strata
    order = rng.permutation(np.arange(strata.size, dtype=np.int32))
    if units is not None:
        count = int(units.max()) + 1 if units.size else 0
        sizes = np.bincount(units, minlength=count)
        first = np.empty(count, dtype=np.int64)
        first[units[::-1]] = np.arange(units.size)[::-1]  # the last to be written is the first row
        stratum = strata[first]
        # The lot is drawn for rows, and a unit goes by its first one: a few units more or less move few other rows.
        order = units[order[first[units[order]] == order]]
    if stratum.size and stratum.max() > stratum.min():
        order = order[np.argsort(stratum[order], kind="stable")]
    bins = np.empty(stratum.size, dtype=np.int8)
    cuts = np.cumsum(shares)[:-1]
    edges = np.flatnonzero(np.diff(stratum[order], prepend=-1, append=-1))
    for begin, end in itertools.pairwise(edges):
        members = order[begin:end]
        weights = np.ones(members.size) if sizes is None else sizes[members]
        middles = (np.cumsum(weights) - weights / 2) / weights.sum()
        # Equal bins take turns at being first, so that strata of a few rows do not all fall into the same one.
        turn = rng.permutation(len(shares)) if len(set(shares)) == 1 else np.arange(len(shares))
        bins[members] = turn[np.searchsorted(cuts, middles, side="right")]
    return bins if units is None else bins[units]


def deal_groups(units: Codes, strata: Strata, shares: Sequence[float], rng: np.random.Generator) -> Small:
    """Deal groups of any size, each whole: the largest first, always to the bin that it overfills least.

    A greedy rule in the manner of scikit-learn's ``StratifiedGroupKFold``, for bins of unequal shares. Every bin gets a
    group as long as there are as many groups as bins. Very many groups are dealt by the rarest class that each holds.
    Parameters and result are those of :func:`deal`.
    """
    count, classes = int(units.max()) + 1, int(strata.max()) + 1
    if count > _MANY:
        return deal(units, _rarest(units, strata, count)[units], shares, rng)
    counts = np.bincount(units * classes + strata, minlength=count * classes).reshape(count, classes)
    counts = counts.astype(np.float64)
    wanted = np.outer(shares, counts.sum(axis=0))
    filled = np.zeros_like(wanted)
    weights = 1.0 / np.maximum(1.0, counts.sum(axis=0))
    order = rng.permutation(count)
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    bins = np.empty(count, dtype=np.int8)
    for place, group in enumerate(order):
        empty = np.flatnonzero(filled.sum(axis=1) == 0)
        fullness = (((filled + counts[group]) / np.maximum(wanted, 1e-9)) ** 2 * wanted) @ weights
        rise = fullness - (filled**2 / np.maximum(wanted, 1e-9)) @ weights
        open_bins = empty if 0 < empty.size >= count - place else np.arange(len(shares))
        chosen = int(open_bins[np.argmin(rise[open_bins])])
        bins[group] = chosen
        filled[chosen] += counts[group]
    return bins[units]


def _rarest(units: Codes, strata: Strata, count: int) -> Codes:
    """For each group the rarest class among its rows, numbered from the rarest on."""
    rank = np.argsort(np.argsort(np.bincount(strata), kind="stable"), kind="stable")
    rarest = np.full(count, rank.size, dtype=np.int64)
    np.minimum.at(rarest, units, rank[strata])
    return rarest
