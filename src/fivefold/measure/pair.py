"""Pair: one column as training saw it beside the same column in a window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.measure.distance import (
    Categories,
    category_distances_by_chance,
    distances_by_chance,
    jensen_shannon,
)
from fivefold.measure.sketch import count

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import ColumnReference
    from fivefold.core.protocols import Floats

__all__ = ["Pair"]

_FINEST = 1_000
"""Categories that are drawn one by one; what is rarer is spread over as many equal ones."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One column, then and now.

    Attributes
    ----------
    reference : ColumnReference
    then, now : array of shape (bins + 1,)
        Counts per bin of the reference; the missing rows come last, so that a change of their share is seen too.
    together : array or None
        For a category, rows of both in every category that either is known to hold; None for numbers.
    """

    reference: ColumnReference
    then: NDArray[np.int64]
    now: NDArray[np.int64]
    together: Floats | None

    @classmethod
    def of(cls, reference: ColumnReference, values: pl.Series, known: tuple[str, ...]) -> Pair:
        """Count a window's values in the reference's bins.

        Parameters
        ----------
        reference : ColumnReference
        values : Series
        known : tuple of str
            Categories that training saw, where they are listed.
        """
        counts, missing = count(reference, values)
        then = np.array([*reference.counts, reference.missing], dtype=np.int64)
        now = np.array([*counts, missing], dtype=np.int64)
        together = _together(reference, now, values, known) if reference.categories else None
        return cls(reference, then, now, together)

    @property
    def effect(self) -> float:
        """Jensen-Shannon distance, missing rows included."""
        return float(jensen_shannon(self.then.astype(np.float64), self.now.astype(np.float64)))

    @property
    def missing_then(self) -> float:
        """Share of the reference's rows without a value."""
        return int(self.then[-1]) / max(int(self.then.sum()), 1)

    @property
    def missing_now(self) -> float:
        """Share of the window's rows without a value."""
        return int(self.now[-1]) / max(int(self.now.sum()), 1)

    def by_chance(self, draws: int, generator: np.random.Generator) -> Floats:
        """Distances that chance gives without drift, shape (draws,)."""
        if not self.then.sum() or not self.now.sum():
            return np.full(draws, self.effect)
        if self.together is None:
            return distances_by_chance(self.then, self.now, draws=draws, generator=generator)
        limited = self.reference.counts[-1] > 0
        both = Categories(
            together=self.together,
            missing=float(self.then[-1] + self.now[-1]),
            reference=int(self.then.sum()),
            window=int(self.now.sum()),
            named=len(self.reference.categories) if limited else self.together.size,
        )
        return category_distances_by_chance(both, draws=draws, generator=generator)


def _together(
    reference: ColumnReference, now: NDArray[np.int64], values: pl.Series, known: tuple[str, ...]
) -> Floats:
    """Rows of both per category; the reference's unnamed rows are spread over the categories that it did not name."""
    import polars as pl

    words = values.cast(pl.String).drop_nulls()
    named = pl.Series(reference.categories, dtype=pl.String)
    seen = dict(
        words.filter(~words.is_in(named.implode())).alias("value").value_counts(name="rows").iter_rows()
    )
    rows = dict.fromkeys((category for category in known if category not in set(reference.categories)), 0.0)
    others = reference.counts[-1]
    if others and not rows:
        rows = {f"{category}": 0.0 for category in range(others)}
    rows = {category: others / len(rows) for category in rows} if rows else {}
    for category, number in seen.items():
        rows[str(category)] = rows.get(str(category), 0.0) + float(number)
    counted = np.array(reference.counts[:-1], dtype=np.float64) + now[: len(reference.categories)]
    everything = np.concatenate([counted, np.fromiter(rows.values(), dtype=np.float64, count=len(rows))])
    return _bounded(_shrunk(everything))


def _shrunk(together: Floats) -> Floats:
    """Take luck out of the counts: they vary by chance alone as much as their mean, and are drawn to it by that share.

    Among a thousand categories of equal weight some are met often and some never; taken at their word they would look
    more different than they are.
    """
    mean, variance = float(together.mean()), float(together.var())
    kept = max(0.0, 1.0 - mean / variance) if variance > 0 else 1.0
    shrunk: Floats = mean + (together - mean) * kept
    return shrunk


def _bounded(together: Floats) -> Floats:
    """Spread the rarest categories over a bounded number."""
    if together.size <= 2 * _FINEST:
        return together
    ordered = np.sort(together)[::-1]
    rest = ordered[_FINEST:]
    spread: Floats = np.append(ordered[:_FINEST], np.full(_FINEST, rest.sum() / _FINEST))
    return spread
