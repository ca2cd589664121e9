"""The rows that candidates are compared on: what was true, how much each counts, and which of them err together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fivefold.measure.objectives import loss
from fivefold.training.trade import Margin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.objective import Objective
    from fivefold.core.protocols import Floats

__all__ = ["Judged"]


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows with their truth.

    Attributes
    ----------
    objective : Objective
        What is to be made small on them.
    truth : Floats
        Shape (rows,).
    weight : Floats or None
        How much each row counts; None where all count the same.
    groups : array, shape (rows,), or None
        Rows of one group err together, and count as one.
    """

    objective: Objective
    truth: Floats
    weight: Floats | None = None
    groups: NDArray[np.generic] | None = None

    @property
    def narrow(self) -> Judged:
        """The same for narrowed scores."""
        return replace(self, truth=np.ones(self.truth.size)) if self.objective.name == "log_loss" else self

    def narrowed(self, scores: Floats) -> Floats:
        """Of probabilities that of the true class, and of all others together: more the loss does not need, and of hundreds of classes they are many.

        Parameters
        ----------
        scores : array, shape (rows, outputs)

        Examples
        --------
        >>> from fivefold.core.objective import Objective
        >>> rows = Judged(Objective("log_loss"), np.array([2.0]))
        >>> rows.narrowed(np.array([[0.25, 0.25, 0.5]])).tolist(), rows.narrow.truth.tolist()
        ([[0.5, 0.5]], [1.0])
        """
        if self.objective.name != "log_loss":
            return scores
        own = scores[np.arange(self.truth.size), self.truth.astype(np.intp)]
        return np.column_stack([1 - own, own])

    def loss(self, scores: Floats) -> float:
        """The loss of these scores, shape (rows, outputs)."""
        return loss(self.objective, self.truth, scores, self.weight)

    def margin(self, best: Floats) -> Margin:
        """How far behind these scores others may be before the rows can tell."""
        return Margin(self.objective, self.truth, best, self.weight, self.groups)

    def draw(self, most: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """Draw as many rows as count, but about ``most`` at most, with replacement; of groups all rows or none.

        Parameters
        ----------
        most : int
        rng : Generator

        Returns
        -------
        array of int
            Positions, in order, some of them several times.

        Examples
        --------
        >>> from fivefold.core.objective import Objective
        >>> rows = Judged(Objective("squared_error"), np.zeros(4), groups=np.array(["a", "a", "b", "b"]))
        >>> rows.draw(100, np.random.default_rng(0)).tolist()
        [2, 2, 3, 3]
        """
        rows = np.arange(self.truth.size) if self.weight is None else np.flatnonzero(self.weight > 0)
        place = np.arange(rows.size)
        if self.groups is not None:
            place = np.unique(self.groups[rows], return_inverse=True)[1]
        count = int(place.max()) + 1
        drawn = rng.integers(0, count, max(1, min(count, most * count // rows.size)))
        return np.repeat(rows, np.bincount(drawn, minlength=count)[place])
