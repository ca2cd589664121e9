"""Resampling: which rows are drawn again and again, so that a figure's spread can be seen.

Whole groups are drawn where rows belong together (Field and Welsh, 2007). Of large tables a sample of the rows is drawn from, and
the spread is scaled back to the full number (the m-out-of-n bootstrap of Bickel, Götze and van Zwet, 1997).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

__all__ = ["LEAST_REPEATS", "Resampling"]

_ROWS = 20_000
"""Rows that are resampled at most."""
_WORK = 20_000_000
"""Rows x classes x repeats that are resampled at most, since the area under the curve sorts once per class."""
_LEAST_ROWS = 1_000
LEAST_REPEATS = 100
"""Fewer of either would make an interval unsteady, however many classes there are."""
_CHUNK = 1_000_000
"""Weights that are held in memory at once."""


@dataclass(frozen=True, slots=True)
class Resampling:
    """How rows are drawn: which of them, in which units, and how the spread is scaled to the full table.

    Attributes
    ----------
    kept : array of int
        Positions of the rows that are resampled.
    unit : array of int, or None
        For each kept row the unit that it is drawn with; None when rows are drawn one by one.
    units : int
    scale : float
        Square root of kept units over all units.
    weight : array or None
        How much each kept row counts.
    """

    kept: NDArray[np.intp]
    unit: NDArray[np.intp] | None
    units: int
    scale: float
    repeats: int
    rng: np.random.Generator
    weight: Floats | None = None

    @classmethod
    def of(
        cls,
        rows: int,
        groups: NDArray[np.generic] | None,
        outputs: int,
        repeats: int,
        seed: int,
        weight: Floats | None = None,
    ) -> Resampling:
        """Choose the rows to resample; groups stay whole."""
        plan = cls._unweighted(rows, groups, outputs, repeats, seed)
        return plan if weight is None else replace(plan, weight=weight[plan.kept])

    @classmethod
    def _unweighted(
        cls, rows: int, groups: NDArray[np.generic] | None, outputs: int, repeats: int, seed: int
    ) -> Resampling:
        """Choose the rows, whatever they count."""
        rng = np.random.default_rng(seed)
        outputs = max(1, outputs)
        most = min(_ROWS, max(_LEAST_ROWS, _WORK // (outputs * repeats)))
        repeats = max(LEAST_REPEATS, min(repeats, _WORK // (outputs * min(rows, most))))
        unit = None if groups is None else _positions(groups)
        if unit is not None and unit.size and unit.max() > 0:
            return cls._of_groups(unit, most, repeats, rng)
        kept = np.arange(rows)
        if rows > most:
            kept = np.sort(rng.choice(rows, most, replace=False))
        return cls(kept, None, kept.size, float(np.sqrt(kept.size / max(1, rows))), repeats, rng)

    @classmethod
    def _of_groups(
        cls, unit: NDArray[np.intp], most: int, repeats: int, rng: np.random.Generator
    ) -> Resampling:
        """Keep whole groups, in random order, until the rows are enough; at least two."""
        sizes = np.bincount(unit)
        order = rng.permutation(sizes.size)
        enough = max(2, int(np.searchsorted(np.cumsum(sizes[order]), most, side="right")))
        chosen = np.zeros(sizes.size, dtype=bool)
        chosen[order[:enough]] = True
        kept = np.flatnonzero(chosen[unit])
        numbers = np.cumsum(chosen) - 1
        units = int(chosen.sum())
        return cls(kept, numbers[unit[kept]], units, float(np.sqrt(units / sizes.size)), repeats, rng)

    def spread(self, figures: Callable[[NDArray[np.intp]], Callable[[Floats], Floats]]) -> Floats:
        """Differences of the resampled figures to that of the kept rows, scaled; shape (repeats, figures)."""
        figure = figures(self.kept)
        count = np.ones(self.kept.size) if self.weight is None else self.weight
        centre = figure(count[None])
        drawn = np.concatenate([figure(weights * count) for weights in self._weights()])
        return (drawn - centre) * self.scale

    def _weights(self) -> Iterator[Floats]:
        """How often each kept row was drawn, in chunks of shape (resamples, kept rows)."""
        step = max(1, _CHUNK // max(1, self.kept.size))
        for start in range(0, self.repeats, step):
            number = min(step, self.repeats - start)
            drawn = [self.rng.integers(0, self.units, self.units) for _ in range(number)]
            counts = np.stack([np.bincount(draw, minlength=self.units) for draw in drawn]).astype(np.float64)
            yield counts if self.unit is None else counts[:, self.unit]


def _positions(groups: NDArray[np.generic]) -> NDArray[np.intp]:
    """Number the groups from 0; works for values of any kind, missing ones being one group."""
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups.tolist()], dtype=np.intp)
