"""The metrics that Fivefold speaks of: their names, what they fit, which direction is better, and their values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.errors import InputError, MisuseError, PartError
from fivefold.core.objective import level_of
from fivefold.measure import deviations, labels, probabilities, ranking, steps

if TYPE_CHECKING:
    from fivefold.core.artefacts import Task
    from fivefold.core.protocols import Floats
    from fivefold.measure.weighted import Figure, Statistic

__all__ = [
    "LABELLED",
    "METRICS",
    "TUNED",
    "Metric",
    "metric_of",
    "metrics_for",
    "reported",
    "statistic",
    "value",
]


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
    figure : callable
        Takes truth and scores, and returns their figure, ready for any weights of the rows.
    usual : bool
        Whether it is told without being asked for.
    undefined : float
        What :func:`value` gives where the data leave it undefined: the figure of a model that knows nothing.
    ordered : bool
        Whether it means anything only where classes stand in an order; there it is told without being asked for.
    """

    name: str
    tasks: tuple[Task, ...]
    greater_is_better: bool
    label: str
    lowest: float | None
    highest: float | None
    figure: Figure
    usual: bool = False
    undefined: float = 0.0
    ordered: bool = False


_CLASSES: tuple[Task, ...] = ("binary", "multiclass")
_SEVERAL: tuple[Task, ...] = ("multiclass",)
_NUMBERS: tuple[Task, ...] = ("regression",)


def _class_metric(
    name: str, label: str, figure: Figure, *, lowest: float = 0.0, usual: bool = False, undefined: float = 0.0
) -> Metric:
    """A metric of classes that is 1 at best."""
    return Metric(name, _CLASSES, True, label, lowest, 1.0, figure, usual, undefined)


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        _class_metric("accuracy", "accuracy", labels.accuracy, usual=True),
        _class_metric("balanced_accuracy", "balanced accuracy", labels.balanced_accuracy),
        _class_metric("roc_auc", "ROC AUC", ranking.roc_auc, usual=True, undefined=0.5),
        _class_metric("average_precision", "average precision", ranking.average_precision),
        Metric("log_loss", _CLASSES, False, "log loss", 0.0, None, probabilities.log_loss, usual=True),
        Metric("brier", _CLASSES, False, "Brier score", 0.0, 2.0, probabilities.brier),
        _class_metric("f1", "F1", labels.f1, usual=True),
        _class_metric("precision", "precision", labels.precision),
        _class_metric("recall", "recall", labels.recall),
        _class_metric("matthews_corrcoef", "Matthews correlation", labels.matthews_corrcoef, lowest=-1.0),
        Metric(
            "quadratic_weighted_kappa",
            _SEVERAL,
            True,
            "quadratic weighted kappa",
            -1.0,
            1.0,
            steps.quadratic_weighted_kappa,
            ordered=True,
        ),
        Metric("mae_in_steps", _SEVERAL, False, "MAE in steps", 0.0, None, steps.mae_in_steps, ordered=True),
        Metric("rmse", _NUMBERS, False, "RMSE", 0.0, None, deviations.rmse, usual=True),
        Metric("mae", _NUMBERS, False, "MAE", 0.0, None, deviations.mae, usual=True),
        Metric(
            "median_absolute_error",
            _NUMBERS,
            False,
            "median absolute error",
            0.0,
            None,
            deviations.median_absolute_error,
        ),
        Metric("mape", _NUMBERS, False, "MAPE", 0.0, None, deviations.mape),
        Metric("r2", _NUMBERS, True, "R²", None, 1.0, deviations.r2, usual=True),
    )
}
"""Every metric by its name."""
TUNED = frozenset({"accuracy", "balanced_accuracy", "f1", "matthews_corrcoef"})
"""Metrics by which a threshold can be tuned: each weighs both kinds of mistake."""
LABELLED = TUNED | {"precision", "recall", "quadratic_weighted_kappa", "mae_in_steps"}
"""Metrics that judge labels, so that it matters where they are cut."""


def metrics_for(task: Task) -> tuple[str, ...]:
    """Names of the metrics that can judge a task.

    Examples
    --------
    >>> metrics_for("regression")
    ('rmse', 'mae', 'median_absolute_error', 'mape', 'r2')
    """
    return tuple(name for name, metric in METRICS.items() if task in metric.tasks)


@cache
def metric_of(name: str) -> Metric:
    """Return a metric by its name, that of a quantile's level among them.

    Raises
    ------
    MisuseError
        When there is none of this name.

    Examples
    --------
    >>> metric_of("mae").label, metric_of("pinball_0.9").label
    ('MAE', 'pinball loss at 0.9')
    """
    level = level_of(name)
    if level is not None:
        figure = partial(deviations.pinball, level=level)
        return Metric(name, _NUMBERS, False, f"pinball loss at {level:g}", 0.0, None, figure)
    if name not in METRICS:
        raise MisuseError(
            f"There is no metric '{name}'",
            seen=repr(name),
            expected=", ".join((*METRICS, "pinball_0.9")),
            todo="choose one of these metrics",
            code="wrong_metric",
        )
    return METRICS[name]


def reported(task: Task, headline: str = "", *, ordered: bool = False) -> tuple[str, ...]:
    """Names of the metrics that are told of a task: the usual ones, and the headline's.

    Parameters
    ----------
    task : Task
    headline : str
    ordered : bool
        Whether the classes stand in an order.

    Examples
    --------
    >>> reported("regression", "mape")
    ('rmse', 'mae', 'mape', 'r2')
    >>> reported("multiclass", ordered=True)
    ('accuracy', 'roc_auc', 'log_loss', 'f1', 'quadratic_weighted_kappa', 'mae_in_steps')
    """
    known = ((name, METRICS[name]) for name in metrics_for(task))
    names = tuple(
        name for name, metric in known if metric.usual or name == headline or (metric.ordered and ordered)
    )
    return names if headline in {"", *names} else (*names, headline)


def value(metric: str, task: Task, truth: Floats, scores: Floats, weight: Floats | None = None) -> float:
    """Return a metric's value.

    Several classes: ``roc_auc`` and ``average_precision`` are means of one class against the rest, ``f1``, ``precision`` and
    ``recall`` means over classes. Where the data leave a metric undefined (one class only for ``roc_auc``, a truth that does not vary for ``r2``), the figure of a model
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
    return found if np.isfinite(found) else metric_of(metric).undefined


def statistic(metric: str, task: Task, truth: Floats, scores: Floats) -> Statistic:
    """Return a metric of these predictions, ready for any weights of the rows; the checks are those of :func:`value`."""
    if task not in metric_of(metric).tasks:
        raise MisuseError(
            f"The metric '{metric}' cannot judge a {task} task",
            seen=repr(metric),
            expected=", ".join(metrics_for(task)),
            todo="choose one of these metrics",
            code="wrong_metric",
        )
    _check_shapes(task, truth, scores)
    return metric_of(metric).figure(truth, scores)


def _check_shapes(task: Task, truth: Floats, scores: Floats) -> None:
    """Refuse what would give a figure without a meaning."""
    if truth.size == 0:
        raise InputError(
            "There are no rows to judge",
            expected="at least one row with a known outcome",
            todo="hand over rows whose outcome is known",
        )
    least = 1 if task == "regression" else 2
    if truth.ndim != 1 or scores.ndim != 2 or len(scores) != len(truth) or scores.shape[1] < least:
        raise InputError(
            "Truth and scores do not fit together",
            seen=f"shapes {truth.shape} and {scores.shape}",
            expected=f"(rows,) and (rows, outputs) with at least {least} outputs",
            todo="hand over the scores of the same rows, one row of scores for each outcome",
        )
    if task != "regression" and not 0 <= truth.min() <= truth.max() < scores.shape[1]:
        raise InputError(
            "A true class has no column of scores",
            seen=f"class positions {truth.min():g} to {truth.max():g}",
            expected=f"0 to {scores.shape[1] - 1}",
            todo="number the classes in the order of the columns of scores",
        )
    if not np.isfinite(scores).all():
        raise PartError(
            "A model gave scores that are no numbers",
            seen=f"{int((~np.isfinite(scores)).any(axis=1).sum())} of {len(scores)} rows",
            expected="finite scores for every row",
            todo="report it to whoever made the model's family, or take the family out of [train] families",
        )
