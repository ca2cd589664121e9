"""Certainty: intervals around numbers and sets of classes, fitted on out-of-fold predictions so that they hold what they say.

Numbers: the ends of an interval are quantiles of the residuals of rows with a like prediction (Mondrian conformal
prediction; Vovk et al., 2005), interpolated in between, and then widened or narrowed as a whole by what rows that had no
part in those quantiles say (cross-conformal, the score of Romano, Patterson and Candès, 2019). The residuals are those of
models that did not learn from the row; the model that is served learned from a few more rows, which errs on the safe side.

Where folds are periods, rows of one period err together: a model that said too little in one season says too much in
another. The mean error of a period is taken out of its residuals, and those of all periods are added again with either
sign, since nobody knows how the next period will differ from those before it.

Classes: a class is in the set when its probability reaches what so many of a hundred rows of that class get (label-wise
thresholds; Sadinle, Lei and Wasserman, 2019), so that the rare class is covered as well as the frequent one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.certainty import COVERAGE, IntervalTable, SetTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

    Ends = tuple[Floats, Floats, Floats]

__all__ = ["LEVELS", "fit_intervals", "fit_sets", "latest_rows"]

LEVELS = (0.5, 0.8, COVERAGE, 0.95)
"""Coverages that a bundle offers."""

_LIKE = 100
"""Rows of a like prediction that quantiles are taken of, at least."""
_CENTRES = 15
_PARTS = 5
_LEAST_ROWS = 20
"""Rows of a class, below which its threshold is that of all rows."""
_RECENT = 200
_APART = 0.02
"""How far the coverage of the last fold may be off before older residuals are left out."""


def fit_intervals(
    truth: Floats, predicted: Floats, periods: Sequence[int] = (), *, first: int | None = None
) -> IntervalTable:
    """Fit intervals on out-of-fold predictions.

    Parameters
    ----------
    truth, predicted : array, shape (rows,)
    periods : sequence of int
        Rows of each fold where folds are periods that follow one another; empty where chance made them.
    first : int, optional
        How many of the first rows the residuals are taken of; what periods differ by is always taken of all.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> said = rng.uniform(0, 10, 4000)
    >>> low, high = fit_intervals(said + rng.normal(size=4000) * said, said).ends(np.array([1.0, 9.0]), 0.9).round().T
    >>> bool(high[0] - low[0] < 5 < 25 < high[1] - low[1] < 35)
    True
    """
    residuals, shifts = _between(truth - predicted, periods)
    order = np.argsort(predicted[:first], kind="stable")
    residuals, predicted, rows = residuals[order], predicted[order], order.size
    part = np.random.default_rng(0).permutation(rows) % _PARTS
    outside = np.empty((len(LEVELS), rows, shifts.size))
    for number in range(_PARTS if rows > _PARTS else 0):
        held = part == number
        table = _quantiles(residuals[~held], predicted[~held], shifts)
        for place, shift in enumerate(shifts):
            outside[:, held, place] = _outside(table, residuals[held] + shift, predicted[held])
    centres, below, above = _quantiles(residuals, predicted, shifts)
    for place, level in enumerate(LEVELS if rows > _PARTS else ()):
        share = min(1.0, math.ceil((rows + 1) * level) / rows)
        widen = float(np.quantile(outside[place].ravel(), share, method="inverted_cdf"))
        width = above[place] - below[place]
        below[place] -= widen * width
        above[place] += widen * width
    below, above = np.minimum.accumulate(below), np.maximum.accumulate(above)
    lowest = 0.0 if truth.min() >= 0 else None
    return IntervalTable(
        LEVELS, _plain(centres), tuple(map(_plain, below)), tuple(map(_plain, above)), lowest
    )


def fit_sets(truth: Floats, scores: Floats) -> SetTable:
    """Fit sets of classes on out-of-fold probabilities.

    Parameters
    ----------
    truth : array, shape (rows,)
        Positions of the classes.
    scores : array, shape (rows, classes)
    """
    labels = truth.astype(np.intp)
    given = scores[np.arange(labels.size), labels]
    overall = [_reached(given, level) for level in LEVELS]
    least = np.repeat(np.array(overall)[:, None], scores.shape[1], axis=1)
    for label in range(scores.shape[1]):
        own = given[labels == label]
        if own.size >= _LEAST_ROWS:
            least[:, label] = [_reached(own, level) for level in LEVELS]
    return SetTable(LEVELS, tuple(map(_plain, least)))


def latest_rows(truth: Floats, predicted: Floats, sizes: Sequence[int]) -> int:
    """How many of the first rows to fit on, where they are the latest ones and older ones would mislead; else all.

    Parameters
    ----------
    truth, predicted : array, shape (rows,)
        Fold after fold, the latest fold first.
    sizes : sequence of int
        Rows of each fold.
    """
    latest, rows = sizes[0], truth.size
    if latest < _RECENT or rows - latest < _RECENT:
        return rows
    older = fit_intervals(truth[latest:], predicted[latest:], sizes[1:])
    ends = older.ends(predicted[:latest], COVERAGE)
    inside = float(((truth[:latest] >= ends[:, 0]) & (truth[:latest] <= ends[:, 1])).mean())
    chance = math.sqrt(COVERAGE * (1 - COVERAGE) / latest)
    return latest if abs(inside - COVERAGE) > max(_APART, 2 * chance) else rows


def _between(residuals: Floats, periods: Sequence[int]) -> tuple[Floats, Floats]:
    """Residuals within their periods, and what a period may shift them by."""
    if not periods:
        return residuals, np.zeros(1)
    means = np.array([float(part.mean()) for part in np.split(residuals, np.cumsum(periods)[:-1])])
    return residuals - np.repeat(means, periods), np.concatenate([means, -means])


def _quantiles(residuals: Floats, predicted: Floats, shifts: Floats) -> Ends:
    """Centres, and per level and centre the ends of the shifted residuals; predictions are in order."""
    bins = max(1, min(_CENTRES, predicted.size // _LIKE))
    edges = np.unique(np.quantile(predicted, np.arange(1, bins) / bins, method="inverted_cdf"))
    place = np.searchsorted(edges, predicted, side="left")
    filled = np.unique(place)
    centres = np.array([np.median(predicted[place == one]) for one in filled])
    shares = np.array([[(1 - level) / 2, (1 + level) / 2] for level in LEVELS])
    ends = np.stack(
        [np.quantile(np.add.outer(residuals[place == one], shifts), shares) for one in filled], axis=2
    )
    return centres, ends[:, 0, :], ends[:, 1, :]


def _outside(table: Ends, residuals: Floats, predicted: Floats) -> Floats:
    """How far each row lies outside its interval, in widths of it, per level; negative inside."""
    centres, below, above = table
    reached = []
    for low, high in zip(below, above, strict=True):
        left, right = np.interp(predicted, centres, low), np.interp(predicted, centres, high)
        width = np.maximum(right - left, 1e-12 * (1.0 + np.abs(predicted)))
        reached.append(np.maximum(left - residuals, residuals - right) / width)
    return np.stack(reached)


def _reached(given: Floats, level: float) -> float:
    """The probability that so large a share of rows reaches, with a margin for how few they are."""
    place = math.floor((given.size + 1) * (1 - level)) - 1
    return float(np.sort(given)[place]) if place >= 0 else 0.0


def _plain(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Numbers as JSON carries them."""
    return tuple(map(float, values))
