"""The metrics that Fivefold speaks of: their names, what they fit, which direction is better, and their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.errors import InputError, MisuseError, PartError
from fivefold.measure.weighted import STATISTICS

if TYPE_CHECKING:
    from fivefold.core.artefacts import Task
    from fivefold.core.protocols import Floats
    from fivefold.measure.weighted import Statistic

__all__ = ["LABELLED", "METRICS", "Metric", "metrics_for", "statistic", "value"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of merit.

    Attributes
    ----------
    name : str
    tasks : tuple of Task
        Tasks that it can judge.
    greater_is_better : bool
    label : str
        What a person reads.
    lowest, highest : float or None
        Ends of its range; None where there is no end.
    undefined : float
        What :func:`value` gives where the data leave it undefined: the figure of a model that knows nothing.
    """

    name: str
    tasks: tuple[Task, ...]
    greater_is_better: bool
    label: str
    lowest: float | None
    highest: float | None
    undefined: float = 0.0


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("accuracy", ("binary", "multiclass"), True, "accuracy", 0.0, 1.0),
        Metric("roc_auc", ("binary", "multiclass"), True, "ROC AUC", 0.0, 1.0, undefined=0.5),
        Metric("log_loss", ("binary", "multiclass"), False, "log loss", 0.0, None),
        Metric("f1", ("binary", "multiclass"), True, "F1", 0.0, 1.0),
        Metric("rmse", ("regression",), False, "RMSE", 0.0, None),
        Metric("mae", ("regression",), False, "MAE", 0.0, None),
        Metric("r2", ("regression",), True, "R²", None, 1.0),
    )
}
"""Every metric by its name."""
LABELLED = frozenset({"accuracy", "f1"})
"""Metrics that judge labels, so that it matters where they are cut."""


def metrics_for(task: Task) -> tuple[str, ...]:
    """Names of the metrics that can judge a task.

    Examples
    --------
    >>> metrics_for("regression")
    ('rmse', 'mae', 'r2')
    """
    return tuple(name for name, metric in METRICS.items() if task in metric.tasks)


def value(metric: str, task: Task, truth: Floats, scores: Floats, weight: Floats | None = None) -> float:
    """Return a metric's value.

    Several classes: ``roc_auc`` is the mean of one-against-the-rest areas, ``f1`` the mean over classes. Where the data
    leave a metric undefined (one class only for ``roc_auc``, a truth that does not vary for ``r2``), the figure of a model
    that knows nothing is given: 0.5 and 0.

    Parameters
    ----------
    metric : str
    task : Task
    truth : array, shape (rows,)
        Class positions from 0, or numbers.
    scores : array, shape (rows, outputs)
        Probabilities of the classes (two columns for binary), or one column with the number.
    weight : array, shape (rows,), optional
        How much each row counts.

    Raises
    ------
    MisuseError
        When the metric is unknown or does not fit the task.
    InputError
        When there are no rows, or shapes do not fit together.
    PartError
        When a score is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> value("roc_auc", "binary", np.array([0.0, 1.0, 1.0]), np.array([[0.8, 0.2], [0.4, 0.6], [0.8, 0.2]]))
    0.75
    """
    weights = np.ones((1, truth.size)) if weight is None else weight[None]
    found = float(statistic(metric, task, truth, scores)(weights)[0])
    return found if np.isfinite(found) else METRICS[metric].undefined


def statistic(metric: str, task: Task, truth: Floats, scores: Floats) -> Statistic:
    """Return a metric of these predictions, ready for any weights of the rows; the checks are those of :func:`value`."""
    if metric not in metrics_for(task):
        raise MisuseError(
            f"The metric '{metric}' cannot judge a {task} task",
            seen=repr(metric),
            expected=", ".join(metrics_for(task)),
            todo="choose one of these metrics",
            code="wrong_metric",
        )
    _check_shapes(task, truth, scores)
    return STATISTICS[metric](truth, scores)


def _check_shapes(task: Task, truth: Floats, scores: Floats) -> None:
    """Refuse what would give a figure without a meaning."""
    if truth.size == 0:
        raise InputError("There are no rows to judge", expected="at least one row with a known outcome")
    least = 1 if task == "regression" else 2
    if truth.ndim != 1 or scores.ndim != 2 or len(scores) != len(truth) or scores.shape[1] < least:
        raise InputError(
            "Truth and scores do not fit together",
            seen=f"shapes {truth.shape} and {scores.shape}",
            expected=f"(rows,) and (rows, outputs) with at least {least} outputs",
        )
    if task != "regression" and not 0 <= truth.min() <= truth.max() < scores.shape[1]:
        raise InputError(
            "A true class has no column of scores",
            seen=f"class positions {truth.min():g} to {truth.max():g}",
            expected=f"0 to {scores.shape[1] - 1}",
        )
    if not np.isfinite(scores).all():
        raise PartError(
            "A model gave scores that are no numbers",
            seen=f"{int((~np.isfinite(scores)).any(axis=1).sum())} of {len(scores)} rows",
            expected="finite scores for every row",
        )
