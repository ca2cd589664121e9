"""What is learned: numbers put to scale, and the loss of each row with its derivative, which linear models and nets make small."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from fivefold.measure.objectives import best_constant

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.artefacts import Task
    from fivefold.core.objective import Objective
    from fivefold.core.protocols import Floats, Problem

    RowLosses = Callable[[Floats, Floats], tuple[Floats, Floats]]

__all__ = ["LINKS", "centre_and_unit", "row_losses", "scale_of", "scaled"]

LINKS: dict[Task, Literal["logistic", "softmax", "identity"]] = {
    "binary": "logistic",
    "multiclass": "softmax",
    "regression": "identity",
}
"""How the scores of a sum become an answer."""
_ROUNDED = 0.05
"""Units on either side of no error in which a loss with a corner is a parabola, so that it has a slope everywhere."""


def row_losses(link: str, objective: Objective) -> RowLosses:
    """Return the losses of a link: they take scores and targets of shape (rows, scores).

    The absolute error and the pinball loss (times two) are rounded off near zero.
    """
    if objective.quantile is not None:
        return partial(_pinballs, level=objective.quantile)
    return _LOSSES[link]


def centre_and_unit(
    objective: Objective, target: Floats, weight: Floats | None = None
) -> tuple[float, float]:
    """Return what numbers are scaled by before they are learned: mean and standard deviation, or a quantile and the mean deviation."""
    centre = best_constant(objective, target, weight)
    if objective.quantile is None:
        spread = np.average((target - centre) ** 2, weights=weight) ** 0.5
    else:
        spread = np.average(np.abs(target - centre), weights=weight)
    return centre, float(spread) or 1.0


def scale_of(problem: Problem, target: Floats, weight: Floats | None = None) -> tuple[float, float]:
    """Return the centre and the unit of a target; that of classes stays as it is."""
    if problem.task != "regression":
        return 0.0, 1.0
    return centre_and_unit(problem.objective, target, weight)


def scaled(problem: Problem, target: Floats, centre: float, unit: float) -> Floats:
    """Return the target as the losses take it, shape (rows, scores): on its scale, or one indicator column per class."""
    if problem.task == "multiclass":
        return np.eye(problem.classes)[target.astype(np.intp)]
    return ((target - centre) / unit)[:, None]


def _squares(scores: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Half the squared error of each row, and its derivative by the score."""
    residuals = scores - target
    return (residuals[:, 0] ** 2) / 2, residuals


def _log_losses(scores: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Log loss of each row for two classes, and its derivative by the log odds."""
    odds = scores[:, 0]
    chance = np.exp(-np.logaddexp(0.0, -odds))
    return np.logaddexp(0.0, odds) - target[:, 0] * odds, chance[:, None] - target


def _softmax_losses(scores: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Log loss of each row for several classes (one indicator column each), and its derivative by the scores."""
    scores = scores - scores.max(axis=1, keepdims=True)
    raised = np.exp(scores)
    total = raised.sum(axis=1, keepdims=True)
    return np.log(total[:, 0]) - (scores * target).sum(axis=1), raised / total - target


def _pinballs(scores: Floats, target: Floats, level: float) -> tuple[Floats, Floats]:
    """Pinball loss of each row, times two and rounded off near zero, and its derivative by the score."""
    residuals = scores - target
    slopes = np.clip(residuals / _ROUNDED, -1.0, 1.0)
    counts = np.where(residuals > 0, 2.0 * (1.0 - level), 2.0 * level)
    return (counts * slopes * (residuals - slopes * _ROUNDED / 2))[:, 0], counts * slopes


_LOSSES: dict[str, RowLosses] = {
    "identity": _squares,
    "logistic": _log_losses,
    "softmax": _softmax_losses,
}
"""By the link's name."""
