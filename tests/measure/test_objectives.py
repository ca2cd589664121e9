"""Objectives: what is made small follows from the headline metric, and its best constant is best."""

from __future__ import annotations

import numpy as np
import pytest

from fivefold.core.artefacts import Task
from fivefold.core.objective import Objective
from fivefold.measure.metrics import value
from fivefold.measure.objectives import best_constant, loss, objective_of

NUMBERS = np.random.default_rng(0).exponential(10.0, 401)
WEIGHT = np.random.default_rng(1).uniform(0.1, 3.0, 401)


@pytest.mark.parametrize(
    ("task", "metric", "name"),
    [
        ("binary", "roc_auc", "log_loss"),
        ("multiclass", "", "log_loss"),
        ("regression", "", "squared_error"),
        ("regression", "rmse", "squared_error"),
        ("regression", "r2", "squared_error"),
        ("regression", "mae", "absolute_error"),
        ("regression", "median_absolute_error", "absolute_error"),
        ("regression", "mape", "absolute_error"),
        ("regression", "pinball_0.95", "quantile"),
    ],
)
def test_the_metric_says_what_is_made_small(task: Task, metric: str, name: str) -> None:
    assert objective_of(task, metric).name == name


def test_the_loss_is_the_metric_of_the_objective() -> None:
    truth, chances = np.array([0.0, 1.0]), np.array([[0.8, 0.2], [0.4, 0.6]])
    assert loss(Objective("log_loss"), truth, chances) == value("log_loss", "binary", truth, chances)
    scores = (NUMBERS + WEIGHT)[:, None]
    for objective, metric in (
        (Objective("squared_error"), "rmse"),
        (Objective("absolute_error"), "mae"),
        (Objective("quantile", 0.2), "pinball_0.2"),
    ):
        expected = value(metric, "regression", NUMBERS, scores, WEIGHT)
        assert loss(objective, NUMBERS, scores, WEIGHT) == expected


@pytest.mark.parametrize("metric", ["rmse", "mae", "pinball_0.05", "pinball_0.9"])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["alike", "weighted"])
def test_no_other_constant_is_better(metric: str, weight: np.ndarray | None) -> None:
    objective = objective_of("regression", metric)
    best = best_constant(objective, NUMBERS, weight)

    def at(constant: float) -> float:
        return loss(objective, NUMBERS, np.full((NUMBERS.size, 1), constant), weight)

    assert all(at(best) <= at(best + step) for step in (-5.0, -0.1, 0.1, 5.0))
