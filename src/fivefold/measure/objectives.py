"""Objectives: the one that a metric asks for, its value, and the one answer that makes it smallest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.objective import Objective, level_of, pinball
from fivefold.measure.metrics import value

if TYPE_CHECKING:
    from fivefold.core.artefacts import Task
    from fivefold.core.objective import ObjectiveName
    from fivefold.core.protocols import Floats

__all__ = ["best_constant", "loss", "objective_of", "row_losses"]

_FIGURES: dict[ObjectiveName, str] = {"squared_error": "rmse", "absolute_error": "mae"}


_MEDIANS = frozenset({"mae", "median_absolute_error", "mape"})
"""Metrics that a median serves better than a mean."""


def objective_of(task: Task, metric: str = "") -> Objective:
    """Return what training must make small so that a headline metric comes out well.

    Parameters
    ----------
    task : Task
    metric : str
        Empty for the task's usual one.

    Examples
    --------
    >>> objective_of("regression", "mae").name, objective_of("regression", "r2").name, objective_of("binary", "f1").name
    ('absolute_error', 'squared_error', 'log_loss')
    """
    if task != "regression":
        return Objective("log_loss")
    level = level_of(metric)
    if level is not None:
        return Objective("quantile", level)
    return Objective("absolute_error" if metric in _MEDIANS else "squared_error")


def loss(objective: Objective, truth: Floats, scores: Floats, weight: Floats | None = None) -> float:
    """Return what training makes small: log loss, RMSE, MAE or pinball loss.

    Parameters
    ----------
    objective : Objective
    truth : array, shape (rows,)
    scores : array, shape (rows, outputs)
    weight : array, shape (rows,), optional
        How much each row counts.
    """
    if objective.name == "log_loss":
        # That of two classes is that of several.
        return value("log_loss", "multiclass", truth, scores, weight)
    metric = _FIGURES.get(objective.name) or pinball(objective.level)
    return value(metric, "regression", truth, scores, weight)


def row_losses(objective: Objective, truth: Floats, scores: Floats) -> Floats:
    """Return what each row adds to the loss, shape (rows,): minus the log of its class's probability, or its squared, absolute or pinball error.

    Parameters
    ----------
    objective : Objective
    truth : array, shape (rows,)
    scores : array, shape (rows, outputs)

    Examples
    --------
    >>> row_losses(Objective("quantile", 0.9), np.array([1.0, 3.0]), np.array([[2.0], [2.0]]))
    array([0.1, 0.9])
    """
    if objective.name == "log_loss":
        own = scores[np.arange(truth.size), truth.astype(np.intp)]
        return -np.log(np.clip(own, np.finfo(np.float64).eps, 1.0))
    error = truth - scores[:, 0]
    if objective.name == "squared_error":
        return error**2
    if objective.name == "absolute_error":
        return np.abs(error)
    return np.maximum(objective.level * error, (objective.level - 1) * error)


def best_constant(objective: Objective, target: Floats, weight: Floats | None = None) -> float:
    """Return the one number that makes the objective smallest over these numbers: their mean, or a quantile.

    Examples
    --------
    >>> best_constant(Objective("absolute_error"), np.array([1.0, 2.0, 9.0]))
    2.0
    """
    if objective.quantile is None:
        return float(np.average(target, weights=weight))
    return float(np.quantile(target, objective.quantile, weights=weight, method="inverted_cdf"))
