"""How far labels are off where classes stand in an order, from low to high: each class is one step from the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.measure.weighted import weighted_mean

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats
    from fivefold.measure.weighted import Statistic

__all__ = ["mae_in_steps", "quadratic_weighted_kappa"]


def mae_in_steps(truth: Floats, scores: Floats) -> Statistic:
    """Mean number of steps from the true class to the most probable one."""
    return weighted_mean(np.abs(truth - scores.argmax(axis=1)))


def quadratic_weighted_kappa(truth: Floats, scores: Floats) -> Statistic:
    """Cohen's kappa with squared steps: 1 where all labels are right, 0 where they are no nearer than chance; NaN where all is one class."""
    said = scores.argmax(axis=1).astype(np.float64)
    terms = np.column_stack([(truth - said) ** 2, truth**2 + said**2, truth, said])

    def statistic(weights: Floats) -> Floats:
        # Sums, not means: of whole numbers they are exact, and a label that is always the same gets exactly 0.
        off, squares, true, label = (weights @ terms).T
        rows = weights.sum(axis=1)
        by_chance = squares * rows - 2 * true * label
        kappas: Floats = 1 - off * rows / np.where(by_chance > 0, by_chance, np.nan)
        return kappas

    return statistic
