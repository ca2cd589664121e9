"""Metrics of weighted rows: one implementation serves the plain figure (all weights 1) and the bootstrap (counts)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

    Labels: TypeAlias = NDArray[np.intp]

__all__ = ["STATISTICS", "Statistic"]

_SMALLEST = float(np.finfo(np.float64).eps)
"""Probabilities are kept this far from 0 and 1 before a logarithm is taken."""


class Statistic(Protocol):
    """A metric of fixed predictions, ready to be asked for many weightings of the rows."""

    def __call__(self, weights: Floats) -> Floats:
        """Return one figure per row of ``weights``, whose shape is (weightings, rows); NaN where it is undefined."""


def _mean(values: Floats) -> Statistic:
    """The weighted mean of one value per row."""

    def statistic(weights: Floats) -> Floats:
        means: Floats = (weights @ values) / weights.sum(axis=1)
        return means

    return statistic


def _accuracy(truth: Floats, scores: Floats) -> Statistic:
    """Share of rows whose most probable class is the true one."""
    return _mean((scores.argmax(axis=1) == truth).astype(np.float64))


def _log_loss(truth: Floats, scores: Floats) -> Statistic:
    """Mean negative logarithm of the true class's probability."""
    given = scores[np.arange(truth.size), truth.astype(np.intp)]
    return _mean(-np.log(np.clip(given, _SMALLEST, 1.0 - _SMALLEST)))


def _mae(truth: Floats, scores: Floats) -> Statistic:
    """Mean absolute error."""
    return _mean(np.abs(scores[:, 0] - truth))


def _rmse(truth: Floats, scores: Floats) -> Statistic:
    """Root of the mean squared error."""
    mean = _mean((scores[:, 0] - truth) ** 2)
    return lambda weights: np.sqrt(mean(weights))


def _r2(truth: Floats, scores: Floats) -> Statistic:
    """Share of the truth's variance that is explained; undefined when the truth does not vary."""
    centred = truth - truth.mean()
    error, first, second = _mean((scores[:, 0] - truth) ** 2), _mean(centred), _mean(centred**2)
    least = 1e-12 * float((centred**2).mean())

    def statistic(weights: Floats) -> Floats:
        variance = second(weights) - first(weights) ** 2
        varies = variance > least
        return np.where(varies, 1.0 - error(weights) / np.where(varies, variance, 1.0), np.nan)

    return statistic


def _f1(truth: Floats, scores: Floats) -> Statistic:
    """F1 of the second of two classes, or the mean of all classes' F1.

    Classes that are neither true nor predicted anywhere do not count.
    """
    classes = scores.shape[1]
    actual, predicted = truth.astype(np.intp), scores.argmax(axis=1).astype(np.intp)
    hit = np.flatnonzero(actual == predicted)

    def counts(labels: Labels, row: Floats) -> Floats:
        return np.bincount(labels, weights=row, minlength=classes).astype(np.float64)

    def one(row: Floats) -> float:
        both = counts(actual, row) + counts(predicted, row)
        right = counts(actual[hit], row[hit])
        scored = 2.0 * right / np.where(both > 0, both, 1.0)
        return float(scored[1]) if classes == 2 else float(scored[both > 0].mean())

    return lambda weights: np.array([one(row) for row in weights])


def _roc_auc(truth: Floats, scores: Floats) -> Statistic:
    """Area under the ROC curve; for several classes the mean of one-against-the-rest areas.

    Classes without both kinds of row are left out; with none left the figure is undefined.
    """
    classes = scores.shape[1]
    if classes == 2:
        return _area(truth == 1, scores[:, 1])
    areas = [_area(truth == label, scores[:, label]) for label in range(classes) if (truth == label).any()]

    def statistic(weights: Floats) -> Floats:
        each = np.stack([area(weights) for area in areas])
        defined = np.isfinite(each)
        number = defined.sum(axis=0)
        total = np.where(defined, each, 0.0).sum(axis=0)
        return np.where(number > 0, total / np.maximum(number, 1), np.nan)

    return statistic


def _area(positive: NDArray[np.bool_], score: Floats) -> Statistic:
    """Share of pairs of a positive and a negative row that the score puts in order; ties count half."""
    order = np.argsort(score, kind="stable")
    ranked, positives = score[order], positive[order].astype(np.float64)
    starts = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
    tied = starts.size < ranked.size

    def statistic(weights: Floats) -> Floats:
        sorted_weights = weights[:, order]
        above = sorted_weights * positives
        below = sorted_weights - above
        if tied:
            above = np.add.reduceat(above, starts, axis=1)
            below = np.add.reduceat(below, starts, axis=1)
        pairs = above.sum(axis=1) * below.sum(axis=1)
        ordered = np.cumsum(below, axis=1)
        ordered -= below / 2.0
        won = np.einsum("ij,ij->i", above, ordered)
        return np.where(pairs > 0, won / np.where(pairs > 0, pairs, 1.0), np.nan)

    return statistic


STATISTICS: dict[str, Callable[[Floats, Floats], Statistic]] = {
    "accuracy": _accuracy,
    "roc_auc": _roc_auc,
    "log_loss": _log_loss,
    "f1": _f1,
    "rmse": _rmse,
    "mae": _mae,
    "r2": _r2,
}
"""Each takes truth (rows,) and scores (rows, outputs) and returns the metric of those predictions."""
