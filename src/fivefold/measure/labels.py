"""How often labels are right. Each figure follows from how much every class is true, is said, and is both."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from fivefold.measure.weighted import weighted_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.protocols import Floats
    from fivefold.measure.weighted import Statistic

    Counted: TypeAlias = Callable[[Floats, Floats, Floats], float]
    """Takes what each class is right in, what it is true in and what it is said in, shape (classes,)."""

__all__ = ["accuracy", "balanced_accuracy", "f1", "matthews_corrcoef", "precision", "recall"]


def accuracy(truth: Floats, scores: Floats) -> Statistic:
    """Share of rows whose most probable class is the true one."""
    return weighted_mean((scores.argmax(axis=1) == truth).astype(np.float64))


def balanced_accuracy(truth: Floats, scores: Floats) -> Statistic:
    """Mean over the true classes of the share that is right."""

    def figure(right: Floats, true: Floats, _: Floats) -> float:
        return float(_shares(right, true)[true > 0].mean())

    return _counted(truth, scores, figure)


def matthews_corrcoef(truth: Floats, scores: Floats) -> Statistic:
    """Correlation of truth and label; 0 where either is always the same."""

    def figure(right: Floats, true: Floats, said: Floats) -> float:
        total = float(true.sum())
        together = float(right.sum()) * total - float(true @ said)
        apart = (total**2 - float(true @ true)) * (total**2 - float(said @ said))
        return together / float(np.sqrt(apart)) if apart > 0 else 0.0

    return _counted(truth, scores, figure)


def f1(truth: Floats, scores: Floats) -> Statistic:
    """F1 of the second of two classes, or the mean of all classes' own."""
    return _of_classes(truth, scores, lambda right, true, said: _shares(2.0 * right, true + said))


def precision(truth: Floats, scores: Floats) -> Statistic:
    """Share of what is said to be the second of two classes that is so, or the mean of all classes' own."""
    return _of_classes(truth, scores, lambda right, _, said: _shares(right, said))


def recall(truth: Floats, scores: Floats) -> Statistic:
    """Share of the second of two classes that is found, or the mean of all classes' own."""
    return _of_classes(truth, scores, lambda right, true, _: _shares(right, true))


def _of_classes(truth: Floats, scores: Floats, each: Callable[[Floats, Floats, Floats], Floats]) -> Statistic:
    """The figure of the second of two classes, or the mean over classes that are true or said anywhere."""

    def figure(right: Floats, true: Floats, said: Floats) -> float:
        figures = each(right, true, said)
        return float(figures[1]) if figures.size == 2 else float(figures[true + said > 0].mean())

    return _counted(truth, scores, figure)


def _counted(truth: Floats, scores: Floats, figure: Counted) -> Statistic:
    """A figure of weighted counts."""
    classes = scores.shape[1]
    true, said = truth.astype(np.intp), scores.argmax(axis=1).astype(np.intp)
    right = np.flatnonzero(true == said)

    def one(row: Floats) -> float:
        counts = (
            np.bincount(labels, weights=own, minlength=classes).astype(np.float64)
            for labels, own in ((true[right], row[right]), (true, row), (said, row))
        )
        return figure(*counts)

    return lambda weights: np.array([one(row) for row in weights])


def _shares(part: Floats, whole: Floats) -> Floats:
    """Part of whole; 0 where there is nothing."""
    shares: Floats = part / np.where(whole > 0, whole, 1.0)
    return shares
