"""What probabilities are worth: log loss and Brier score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.measure.weighted import weighted_mean

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats
    from fivefold.measure.weighted import Statistic

__all__ = ["brier", "log_loss"]

_SMALLEST = float(np.finfo(np.float64).eps)
"""Probabilities are kept this far from 0 and 1 before a logarithm is taken."""


def log_loss(truth: Floats, scores: Floats) -> Statistic:
    """Mean negative logarithm of the true class's probability."""
    given = scores[np.arange(truth.size), truth.astype(np.intp)]
    return weighted_mean(-np.log(np.clip(given, _SMALLEST, 1.0 - _SMALLEST)))


def brier(truth: Floats, scores: Floats) -> Statistic:
    """Mean squared error of the positive class's probability; of several classes, of all of them added up."""
    if scores.shape[1] == 2:
        return weighted_mean((scores[:, 1] - truth) ** 2)
    wanted = np.zeros_like(scores)
    wanted[np.arange(truth.size), truth.astype(np.intp)] = 1.0
    return weighted_mean(((scores - wanted) ** 2).sum(axis=1))
