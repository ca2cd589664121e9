"""How far numbers are off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.measure.weighted import weighted_mean

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats
    from fivefold.measure.weighted import Statistic

__all__ = ["mae", "mape", "median_absolute_error", "pinball", "r2", "rmse"]

_SMALLEST = float(np.finfo(np.float64).eps)
"""What a truth of 0 counts as where errors are shares of it."""


def mae(truth: Floats, scores: Floats) -> Statistic:
    """Mean absolute error."""
    return weighted_mean(np.abs(scores[:, 0] - truth))


def mape(truth: Floats, scores: Floats) -> Statistic:
    """Mean absolute error as a share of the truth."""
    return weighted_mean(np.abs(scores[:, 0] - truth) / np.maximum(np.abs(truth), _SMALLEST))


def median_absolute_error(truth: Floats, scores: Floats) -> Statistic:
    """Median of the absolute errors; the mean of both middle ones where there are two."""
    errors = np.abs(scores[:, 0] - truth)
    order = np.argsort(errors, kind="stable")
    errors = errors[order]

    def statistic(weights: Floats) -> Floats:
        reached = np.cumsum(weights[:, order], axis=1)
        half = reached[:, -1:] / 2
        lower, upper = (reached >= half).argmax(axis=1), (reached > half).argmax(axis=1)
        middle: Floats = (errors[lower] + errors[upper]) / 2
        return middle

    return statistic


def pinball(truth: Floats, scores: Floats, level: float) -> Statistic:
    """Mean pinball loss: what lies above the answer counts by the level, what lies below by the rest."""
    above = truth - scores[:, 0]
    return weighted_mean(np.maximum(level * above, (level - 1.0) * above))


def rmse(truth: Floats, scores: Floats) -> Statistic:
    """Root of the mean squared error."""
    mean = weighted_mean((scores[:, 0] - truth) ** 2)
    return lambda weights: np.sqrt(mean(weights))


def r2(truth: Floats, scores: Floats) -> Statistic:
    """Share of the truth's variance that is explained; undefined when the truth does not vary."""
    centred = truth - truth.mean()
    error, first, second = (
        weighted_mean((scores[:, 0] - truth) ** 2),
        weighted_mean(centred),
        weighted_mean(centred**2),
    )
    least = 1e-12 * float((centred**2).mean())

    def statistic(weights: Floats) -> Floats:
        variance = second(weights) - first(weights) ** 2
        varies = variance > least
        return np.where(varies, 1.0 - error(weights) / np.where(varies, variance, 1.0), np.nan)

    return statistic
