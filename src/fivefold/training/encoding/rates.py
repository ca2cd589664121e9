"""Rates: the smoothed mean of the target per category, and its cross-fitted form for the rows that a model learns from.

A rate that contains a row's own target tells the model the answer. Rows that are trained on therefore get the rate of the
other inner folds (Micci-Barreca, 2001, with the cross-fitting of Pargent et al., 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.encoding import RatePart
from fivefold.training.encoding.levels import positions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

__all__ = ["INNER_FOLDS", "Outcomes", "inner_folds"]

INNER_FOLDS = 5
_ALPHA = 10.0


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The target of some training rows in the form whose means are rates.

    Attributes
    ----------
    values : Floats
        Shape (rows, outputs): 0/1 for classes (binary: the second class only), or the number itself.
    inner : array of int
        Inner fold of each row.
    weight : Floats or None
        How much each row counts, 1 on average.
    """

    values: Floats
    inner: NDArray[np.intp]
    weight: Floats | None = None

    @classmethod
    def of(
        cls, target: Floats, classes: int, inner: NDArray[np.intp], weight: Floats | None = None
    ) -> Outcomes:
        """Spread class positions into columns; two classes and numbers keep their one column."""
        if classes > 2:
            return cls(np.eye(classes)[target.astype(np.intp)], inner, weight)
        return cls(target[:, None], inner, weight)

    def fit(
        self, column: str, values: pl.Series, names: tuple[str, ...], *, counted: bool = False
    ) -> RatePart:
        """Learn the rates of these names from all rows, and if asked how often each was seen."""
        places = positions(values, names)
        sums, counts = self._totals(places, len(names) + 2)
        prior = np.average(self.values, axis=0, weights=self.weight)
        rates = _smoothed(sums, counts, prior)
        missing = rates[-1] if counts[-1] else prior
        seen = np.bincount(places, minlength=len(names) + 2) if counted else counts
        return RatePart(
            column,
            names,
            tuple(tuple(rate) for rate in rates[: len(names)].tolist()),
            tuple(prior.tolist()),
            tuple(missing.tolist()),
            (*seen[: len(names)].astype(int).tolist(), int(seen[-1])) if counted else (),
        )

    def ordered(self, values: pl.Series, names: tuple[str, ...]) -> tuple[str, ...]:
        """Names in order of their rates, so that a tree on plain numbers can part them with few cuts (Fisher, 1958).

        The list ends on the side that is nearer to the prior: values that are not in it are placed behind that end. With
        several outputs there is no one order, and the names stay as they are.
        """
        part = self.fit("", values, names)
        if len(names) < 3 or len(part.prior) > 1:
            return names
        rates = sorted(zip(part.rates, names, strict=True))
        if abs(rates[0][0][0] - part.prior[0]) < abs(rates[-1][0][0] - part.prior[0]):
            rates.reverse()
        return tuple(name for _, name in rates)

    def crossfitted(
        self, part: RatePart, values: pl.Series, stretch: int | None = None
    ) -> Iterator[tuple[slice, Floats]]:
        """Yield rates of the rows themselves, each from the other inner folds; shape (rows, outputs), a stretch of rows at a time."""
        places, levels = positions(values, part.categories), len(part.categories) + 2
        prior = np.array(part.prior)
        sums, counts = self._totals(places, levels)
        own_sums, own_counts = self._totals(
            self.inner * levels + places, levels * (int(self.inner.max()) + 1)
        )
        for start in range(0, places.size, stretch or max(1, places.size)):
            rows = slice(start, start + (stretch or places.size))
            here = places[rows]
            where = self.inner[rows] * levels + here
            rates = _smoothed(sums[here] - own_sums[where], counts[here] - own_counts[where], prior)
            rates[here == len(part.categories)] = prior
            yield rows, rates

    def weight_at(self, rows: NDArray[np.intp]) -> Floats | None:
        """How much these rows count."""
        return None if self.weight is None else self.weight[rows]

    def _totals(self, places: NDArray[np.intp], size: int) -> tuple[Floats, Floats]:
        """Sums of the values and numbers of rows per place, each row as much as it counts."""
        counts = np.bincount(places, weights=self.weight, minlength=size).astype(np.float64)
        values = self.values if self.weight is None else self.values * self.weight[:, None]
        columns = [np.bincount(places, weights=column, minlength=size) for column in values.T]
        return np.stack(columns, axis=1), counts


def inner_folds(rows: int, groups: NDArray[np.generic] | None, seed: int) -> NDArray[np.intp]:
    """Deal rows, or whole groups of rows, into the inner folds at random.

    Parameters
    ----------
    rows : int
    groups : array, shape (rows,), or None
        Rows with one value stay together.
    seed : int
    """
    rng = np.random.default_rng(seed)
    if groups is None:
        return rng.permutation(rows) % INNER_FOLDS
    _, position = np.unique(groups, return_inverse=True)
    dealt = rng.permutation(int(position.max()) + 1) % INNER_FOLDS
    return dealt[position]


def _smoothed(sums: Floats, counts: Floats, prior: Floats) -> Floats:
    """The m-estimate: means drawn towards the prior as if it had been seen so many times more."""
    return (sums + _ALPHA * prior) / (counts + _ALPHA)[:, None]
