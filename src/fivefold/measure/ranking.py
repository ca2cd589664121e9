"""How well scores put rows in order: the area under the ROC curve, and average precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats
    from fivefold.measure.weighted import Statistic

__all__ = ["average_precision", "roc_auc"]


def roc_auc(truth: Floats, scores: Floats) -> Statistic:
    """Area under the ROC curve; for several classes the mean of one-against-the-rest areas.

    Classes without both kinds of row are left out; with none left the figure is undefined.
    """
    return _one_against_the_rest(_area, truth, scores)


def average_precision(truth: Floats, scores: Floats) -> Statistic:
    """Mean precision over the recalls, by steps; for several classes the mean of one-against-the-rest figures.

    Classes without a row are left out; with none left the figure is undefined.
    """
    return _one_against_the_rest(_steps, truth, scores)


def _one_against_the_rest(
    figure: Callable[[NDArray[np.bool_], Floats], Statistic], truth: Floats, scores: Floats
) -> Statistic:
    """The figure of the second of two classes, or the mean of all classes' own."""
    classes = scores.shape[1]
    if classes == 2:
        return figure(truth == 1, scores[:, 1])
    own = [figure(truth == label, scores[:, label]) for label in range(classes) if (truth == label).any()]

    def statistic(weights: Floats) -> Floats:
        each = np.stack([one(weights) for one in own])
        defined = np.isfinite(each)
        number = defined.sum(axis=0)
        total = np.where(defined, each, 0.0).sum(axis=0)
        return np.where(number > 0, total / np.maximum(number, 1), np.nan)

    return statistic


def _steps(positive: NDArray[np.bool_], score: Floats) -> Statistic:
    """Sum over thresholds of the recall that each adds, times its precision; equal scores are one threshold."""
    order = np.argsort(-score, kind="stable")
    ranked, positives = score[order], positive[order].astype(np.float64)
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))

    def statistic(weights: Floats) -> Floats:
        sorted_weights = weights[:, order]
        found = np.cumsum(sorted_weights * positives, axis=1)[:, ends]
        taken = np.cumsum(sorted_weights, axis=1)[:, ends]
        added = np.diff(found, axis=1, prepend=0.0)
        total = found[:, -1]
        won = (added * found / np.where(taken > 0, taken, 1.0)).sum(axis=1)
        return np.where(total > 0, won / np.where(total > 0, total, 1.0), np.nan)

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
