"""The judgement: what becomes of blended scores before somebody reads them, as plain data in the bundle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.certainty import IntervalTable, SetTable
from fivefold.runtime.costs import Costs, expected_costs

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats

__all__ = ["SMALLEST", "Judgement", "Recalibration"]

SMALLEST = 1e-12
"""Probabilities below it count as this much."""


@dataclass(frozen=True, slots=True)
class Recalibration:
    """Probabilities put right: the logarithm of each is stretched and shifted, and all are made to add up to one again.

    One stretch for all classes and no shift is temperature scaling (Guo et al., 2017); for two classes with a stretch
    each and a shift it is beta calibration (Kull, Silva Filho and Flach, 2017).

    Attributes
    ----------
    method : str
        ``temperature`` or ``beta``.
    stretch, shift : tuple of float
        One per class.
    """

    method: str
    stretch: tuple[float, ...]
    shift: tuple[float, ...]

    def apply(self, scores: Floats) -> Floats:
        """Return the probabilities that are meant, shape (rows, classes).

        Examples
        --------
        >>> import numpy as np
        >>> Recalibration("temperature", (2.0, 2.0), (0.0, 0.0)).apply(np.array([[0.25, 0.75]])).round(3).tolist()
        [[0.1, 0.9]]
        """
        raised = np.log(np.maximum(scores, SMALLEST)) * np.array(self.stretch) + np.array(self.shift)
        powers = np.exp(raised - raised.max(axis=1, keepdims=True))
        meant: Floats = powers / powers.sum(axis=1, keepdims=True)
        return meant


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything between the blend and the answer.

    Attributes
    ----------
    recalibration : Recalibration or None
        None where probabilities are taken as the blend gives them.
    threshold : float or None
        Probability of the positive class above which it is the label; None for the most probable class.
    intervals : IntervalTable or None
        Regression only.
    sets : SetTable or None
        Classification only.
    costs : tuple of tuple of float
        What answers cost, true classes down and answers across; empty where nobody said so. Without a threshold the label is
        the answer that costs least by the probabilities.
    shift : float
        Added to a number: what puts as many outcomes below a quantile as were asked for; 0 elsewhere.
    """

    recalibration: Recalibration | None = None
    threshold: float | None = None
    intervals: IntervalTable | None = None
    sets: SetTable | None = None
    costs: Costs = ()
    shift: float = 0.0

    @property
    def levels(self) -> tuple[float, ...]:
        """Coverages that can be had; none from a bundle that was written before there were any."""
        table = self.intervals or self.sets
        return table.levels if table else ()

    def meant(self, blended: Floats) -> Floats:
        """What the blend's scores are taken for: shifted, or recalibrated, where that helps."""
        if self.shift:
            blended = blended + self.shift
        return blended if self.recalibration is None else self.recalibration.apply(blended)

    def decided(self, scores: Floats) -> Floats:
        """Scores whose largest one is the label; other than the scores only where there is a threshold, or costs.

        Examples
        --------
        >>> import numpy as np
        >>> Judgement(threshold=0.2).decided(np.array([[0.9, 0.1], [0.6, 0.4]])).tolist()
        [[0.75, 0.25], [0.375, 0.625]]
        >>> Judgement(costs=((0.0, 1.0), (10.0, 0.0))).decided(np.array([[0.8, 0.2]])).tolist()
        [[-2.0, -0.8]]
        """
        if self.threshold is None:
            return -expected_costs(scores, self.costs) if self.costs else scores
        chance, cut = scores[:, 1], self.threshold
        above = 0.5 + 0.5 * (chance - cut) / max(1.0 - cut, SMALLEST)
        moved = np.where(chance > cut, above, 0.5 * chance / max(cut, SMALLEST))
        decided: Floats = np.stack([1.0 - moved, moved], axis=1)
        return decided

    def best(self, scores: list[float]) -> int:
        """Which of one row's scores is the label's, as the first largest one that :meth:`decided` gives.

        Examples
        --------
        >>> Judgement().best([0.6, 0.4]), Judgement(threshold=0.5).best([0.6, 0.4])
        (0, 0)
        """
        if self.threshold is None and not self.costs:
            return scores.index(max(scores))
        return int(self.decided(np.array([scores])).argmax(axis=1)[0])
