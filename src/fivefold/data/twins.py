"""Twins: rows that equal each other, and whether chance made them or somebody recorded them twice.

Tables of a few coarse columns hold equal rows by nature, and many of them; a table that was put together from two
overlapping exports holds as many. What tells them apart is how often rows come. By nature a row comes as often as its
values are common: a mixture of Poisson distributions, in which ``k! n_k``, for the number ``n_k`` of different rows
that come ``k`` times, is log-convex in ``k``. Copying makes peaks that no such mixture has: a table that stands there
twice has rows that come twice, and none that come once or three times.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.tables import Frame

    Codes = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["FEW_TWINS", "Copies", "Twins", "copies", "many_by_nature", "row_hashes", "twin_units", "twins_of"]

FEW_TWINS = 0.2
"""Share of rows with an equal up to which equal rows are kept together in any case; above, only if they were copied."""
_OFTEN = 12
"""Times a row may come for its peak to count: what comes more often is in every part of a split whatever is done."""
_TWICE = 2.0
"""How many times more rows must come so often than their neighbours allow."""
_CHANCE = 0.002
"""Chance that a table without copies looks like one with them."""
_LARGE_ROWS, _LARGE_SHARE = 20, 0.01
"""Rows, and share of the rows, above which equal rows of a copied table are many by nature and need no one side."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Which rows equal each other.

    Attributes
    ----------
    units : array of int, shape (rows,)
        A number for each row, from 0 without gaps in the order of the rows, that equal rows share.
    rows : int
        Rows that have an equal.
    """

    units: Codes
    rows: int

    def kept(self, target: pl.Series) -> Twins | None:
        """Return what is to be kept on one side of a split: the equal rows while they are few, or where they are copies.

        In a table that was copied, rows that come very often stand for themselves: they did so before, and a handful of
        them would fill a part.

        Parameters
        ----------
        target : Series, shape (rows,)
        """
        if not self.rows:
            return None
        if self.rows <= FEW_TWINS * self.units.size:
            return self
        if not copies(self.units, target).proven:
            return None
        sizes = np.bincount(self.units)[self.units]
        large = many_by_nature(sizes, sizes.size)
        if not large.any():
            return self
        apart = np.where(large, self.units.size + np.arange(self.units.size), self.units)
        units = np.unique(apart, return_inverse=True)[1].astype(np.int64)
        return Twins(units, int(((sizes > 1) & ~large).sum()))


@dataclass(frozen=True, slots=True)
class Copies:
    """Rows that say again what another one says.

    Attributes
    ----------
    rows : int
        Rows beside the first of each kind.
    proven : bool
        Whether they come as copies do: chance would make other numbers of pairs, triples and so on.
    """

    rows: int
    proven: bool


def row_hashes(frame: Frame) -> NDArray[np.uint64]:
    """Mark every row by 64 bits of its values, whatever rows stand around it.

    Among ten million different rows one pair shares a mark by chance once in some hundred thousand tables; it would be
    kept on one side, which harms nobody.
    """
    if frame.width == 0:
        return np.arange(frame.height, dtype=np.uint64)
    return frame.hash_rows(seed=1).to_numpy()


def twin_units(frame: Frame) -> tuple[Codes, int]:
    """Number the rows so that rows of equal values share a number; also say how many rows have an equal."""
    twins = twins_of(row_hashes(frame))
    return twins.units, twins.rows


def twins_of(hashes: NDArray[np.uint64]) -> Twins:
    """Find the rows of equal marks."""
    ordered = np.sort(hashes)
    doubled = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    units = np.arange(hashes.size)
    if not doubled.size:
        return Twins(units, 0)
    places = np.minimum(np.searchsorted(doubled, hashes), doubled.size - 1)
    twins = np.flatnonzero(doubled[places] == hashes)
    first = np.full(doubled.size, hashes.size)
    np.minimum.at(first, places[twins], twins)
    units[twins] = first[places[twins]]
    firsts = units == np.arange(hashes.size)
    return Twins((np.cumsum(firsts) - 1)[units], twins.size)


def many_by_nature(sizes: Codes, rows: int) -> NDArray[np.bool_]:
    """Whether so many equal rows are how the table is, also where others were copied."""
    return np.asarray(sizes > max(_LARGE_ROWS, _LARGE_SHARE * rows))


def copies(units: Codes, target: pl.Series) -> Copies:
    """Count the rows that say again, in features and target, what another one says, and judge where they come from.

    The target is among it because features alone may be repeated by design: every hour of every weekday once a week, or
    three measurements under each condition.

    Parameters
    ----------
    units : array of int, shape (rows,)
        A number that rows of equal features share.
    target : Series, shape (rows,)
    """
    if not units.size:
        return Copies(0, proven=False)
    codes = target.rank("dense").fill_null(0).to_numpy().astype(np.int64)
    whole = np.sort(units * (int(codes.max()) + 1) + codes)
    starts = np.flatnonzero(np.concatenate([[True], whole[1:] != whole[:-1]]))
    often = np.diff(starts, append=whole.size)
    counts = np.bincount(often, minlength=2)[1 : _OFTEN + 2].astype(np.float64)
    return Copies(units.size - starts.size, proven=_peaks(counts))


def _peaks(counts: Floats) -> bool:
    """Whether somewhere more different rows come k times than natural repeats allow; counts of 1, 2, ... times.

    Three neighbouring counts are held against the means that fit them best on the bound, by the likelihood ratio.
    """
    padded = np.append(counts, 0.0) if counts.size <= _OFTEN else counts
    below, here, above = padded[:-2], padded[1:-1], padded[2:]
    tests = max(1, int((here > 0).sum()))
    times = np.arange(2, 2 + here.size)
    rise = (times + 1) / times
    seen = (here > 0) & (here**2 > _TWICE**2 * rise * below * above)
    if not seen.any():
        return False
    below, here, above, rise = below[seen], here[seen], above[seen], rise[seen]
    # On the bound the means are a * a, root(rise) * a * b and b * b; here is the a * b of the highest likelihood.
    first, last, root = 2 * below + here, 2 * above + here, np.sqrt(rise)
    both = root * (first + last) + np.sqrt(rise * (first - last) ** 2 + 16 * first * last)
    middle = root * 2 * first * last / both
    fitted = ((below, (first - middle) / 2), (here, middle), (above, (last - middle) / 2))
    deviance = sum((_deviance(count, mean) for count, mean in fitted), np.zeros(here.size))
    return bool(deviance.max() > NormalDist().inv_cdf(1 - _CHANCE / tests) ** 2)


def _deviance(count: Floats, mean: Floats) -> Floats:
    """Twice the log-likelihood that counts lose when their mean is another one."""
    safe = np.where(count > 0, count, 1.0)
    lost: Floats = 2 * (count * np.log(safe / np.where(count > 0, mean, 1.0)) - (count - mean))
    return lost
