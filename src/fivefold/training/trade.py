"""What quality costs: who is as good as the best for all that the rows can tell, and who gives the most for its time and size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fivefold.measure.objectives import row_losses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.artefacts import LeaderboardRow
    from fivefold.core.objective import Objective
    from fivefold.core.protocols import Floats

__all__ = ["Margin", "efficient"]


class Margin:
    """How far behind the best a candidate may be before the rows can tell.

    Parameters
    ----------
    objective : Objective
    truth : array, shape (rows,)
    best : array, shape (rows, outputs)
        The scores of the best.
    weight : array, shape (rows,), optional
        How much each row counts.
    groups : array, shape (rows,), optional
        Rows of one group err together, and count as one.
    """

    def __init__(
        self,
        objective: Objective,
        truth: Floats,
        best: Floats,
        weight: Floats | None = None,
        groups: NDArray[np.generic] | None = None,
    ) -> None:
        self._objective, self._truth = objective, truth
        self._weight = np.full(truth.size, 1 / truth.size) if weight is None else weight / weight.sum()
        self._groups = groups
        self._best = row_losses(objective, truth, best)

    def near(self, scores: Floats, errors: float = 1.0) -> bool:
        """Whether the mean loss is at most so many standard errors (of the paired difference) above that of the best."""
        behind = row_losses(self._objective, self._truth, scores) - self._best
        mean = float(self._weight @ behind)
        parts = self._weight * (behind - mean)
        if self._groups is not None:
            _, place = np.unique(self._groups, return_inverse=True)
            parts = np.bincount(place, weights=parts)
        return mean <= errors * float(np.sqrt((parts**2).sum()))


def efficient(rows: Sequence[LeaderboardRow]) -> tuple[LeaderboardRow, ...]:
    """Mark the rows to which no other is equal or better in loss, time for one row and size, and better in one of these."""
    costs = np.array([(row.loss, row.predict_ms, row.size_bytes) for row in rows])
    beaten = [bool(((costs <= own).all(axis=1) & (costs < own).any(axis=1)).any()) for own in costs]
    return tuple(replace(row, efficient=not lost) for row, lost in zip(rows, beaten, strict=True))
