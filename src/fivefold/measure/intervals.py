"""Intervals by the bootstrap: how far a figure would move if other rows had been drawn.

The percentile bootstrap of Efron (1979); which rows are drawn is said in ``resampling``.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Score
from fivefold.measure.metrics import LABELLED, metric_of, reported, statistic, value
from fivefold.measure.resampling import LEAST_REPEATS, Resampling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Task
    from fivefold.core.protocols import Floats

__all__ = ["mean_interval", "paired_gain", "paired_gains", "scored", "seconds_to_pair", "share_interval"]

_TAIL = 0.025
"""Share of the resamples that lies beyond each end of the interval."""
_REPEATS = 500
_PROBED = 1_000
"""Rows that are resampled to see how long it takes."""
_LEAST = 20
"""Resamples in which a metric must be defined before its spread is believed."""


def scored(  # noqa: PLR0913 - rows may belong together, and count more or less
    task: Task,
    truth: Floats,
    scores: Floats,
    *,
    seed: int,
    groups: NDArray[np.generic] | None = None,
    repeats: int = 500,
    decided: Floats | None = None,
    weight: Floats | None = None,
    headline: str = "",
    ordered: bool = False,
) -> tuple[Score, ...]:
    """Return the usual metrics of the task, and the headline's, with their 95 % bootstrap intervals.

    A perfect figure gets an interval without width: resampling cannot show errors that the rows do not hold.

    Parameters
    ----------
    task : Task
    truth : array, shape (rows,)
    scores : array, shape (rows, outputs)
        As for :func:`fivefold.measure.metrics.value`.
    seed : int
    groups : array, shape (rows,), optional
        Rows with one value are drawn together, as they would arrive together.
    repeats : int
        Number of resamples.
    decided : array, shape (rows, outputs), optional
        What metrics of labels judge instead, where the most probable class is not the label.
    weight : array, shape (rows,), optional
        How much each row counts, however often it is drawn.
    headline : str
        A metric that must be among them.
    ordered : bool
        Whether the classes stand in an order.

    Returns
    -------
    tuple of Score
        Those of :func:`fivefold.measure.metrics.reported`.

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.array([0.0, 1.0] * 50)
    >>> accuracy = scored("binary", truth, np.full((100, 2), 0.5), seed=0)[0]
    >>> accuracy.value, accuracy.low < 0.5 < accuracy.high
    (0.5, True)
    """
    names = reported(task, headline, ordered=ordered)
    plan = Resampling.of(len(truth), groups, scores.shape[1], repeats, seed, weight)
    judged = {name: scores if decided is None or name not in LABELLED else decided for name in names}

    def figures(kept: NDArray[np.intp]) -> Callable[[Floats], Floats]:
        ready = [statistic(name, task, truth[kept], judged[name][kept]) for name in names]
        return lambda weights: np.stack([figure(weights) for figure in ready], axis=1)

    spread = plan.spread(figures)
    return tuple(
        _score(name, value(name, task, truth, judged[name], weight), spread[:, position])
        for position, name in enumerate(names)
    )


def paired_gain(  # noqa: PLR0913 - rows may belong together, and count more or less
    metric: str,
    task: Task,
    truth: Floats,
    scores: Floats,
    baseline: Floats,
    *,
    seed: int,
    groups: NDArray[np.generic] | None = None,
    weight: Floats | None = None,
) -> Score:
    """Return how much better one set of predictions is than another on the same rows, with its interval.

    Both are judged on the same resamples, so what is common to them cancels.

    Parameters
    ----------
    metric : str
    task : Task
    truth : array, shape (rows,)
    scores, baseline : array, shape (rows, outputs)
    seed : int
    groups : array, shape (rows,), optional
    weight : array, shape (rows,), optional

    Returns
    -------
    Score
        Positive means that ``scores`` are better, whatever the metric's direction.

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.arange(100.0)
    >>> gain = paired_gain("mae", "regression", truth, truth[:, None] + 1, truth[:, None] + 3, seed=0)
    >>> gain.value, gain.low, gain.high
    (2.0, 2.0, 2.0)
    """
    ((_, gain),) = paired_gains(
        metric, task, truth, scores, [baseline], seed=seed, groups=groups, weight=weight
    )
    return gain


def paired_gains(  # noqa: PLR0913 - rows may belong together, and count more or less
    metric: str,
    task: Task,
    truth: Floats,
    scores: Floats,
    others: Sequence[Floats],
    *,
    seed: int,
    groups: NDArray[np.generic] | None = None,
    weight: Floats | None = None,
) -> tuple[tuple[Score, Score], ...]:
    """Return, for each of some other predictions of the same rows, its own figure and how much better the first ones are.

    Parameters
    ----------
    metric : str
    task : Task
    truth : array, shape (rows,)
    scores : array, shape (rows, outputs)
    others : sequence of array, shape (rows, outputs)
        All are judged on the same resamples.
    seed : int
    groups : array, shape (rows,), optional
    weight : array, shape (rows,), optional

    Returns
    -------
    tuple of (Score, Score)
        The metric of the other ones with its interval, and the gain as of :func:`paired_gain`.

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.arange(100.0)
    >>> ((theirs, gain),) = paired_gains("mae", "regression", truth, truth[:, None], [truth[:, None] + 2], seed=0)
    >>> theirs.value, gain.value
    (2.0, 2.0)
    """
    sign = 1.0 if metric_of(metric).greater_is_better else -1.0
    every = (scores, *others)
    plan = Resampling.of(len(truth), groups, scores.shape[1], _REPEATS, seed, weight)
    drawn = plan.spread(_figures(metric, task, truth, every))
    found = [value(metric, task, truth, each, weight) for each in every]

    def pair(place: int) -> tuple[Score, Score]:
        gain = sign * (found[0] - found[place])
        ends = _ends(gain, sign * (drawn[:, 0] - drawn[:, place]), None)
        own = _score(metric, found[place], drawn[:, place])
        return own, Score(metric, gain, *ends, greater_is_better=True)

    return tuple(pair(place) for place in range(1, len(every)))


def seconds_to_pair(metric: str, task: Task, truth: Floats, scores: Floats, rows: int) -> float:
    """Time that :func:`paired_gains` takes on so many rows for each of the predictions, by resampling a few of these.

    Parameters
    ----------
    metric : str
    task : Task
    truth : array, shape (few,)
    scores : array, shape (few, outputs)
    rows : int
    """
    truth, scores = truth[:_PROBED], scores[:_PROBED]
    whole = Resampling.of(rows, None, scores.shape[1], _REPEATS, 0)
    probe = Resampling.of(len(truth), None, scores.shape[1], LEAST_REPEATS, 0)
    began = time.monotonic()
    probe.spread(_figures(metric, task, truth, [scores]))
    took = time.monotonic() - began
    return took * whole.kept.size * whole.repeats / (probe.kept.size * probe.repeats)


def _figures(
    metric: str, task: Task, truth: Floats, every: Sequence[Floats]
) -> Callable[[NDArray[np.intp]], Callable[[Floats], Floats]]:
    """A metric of several predictions, as :meth:`Resampling.spread` wants it."""

    def figures(kept: NDArray[np.intp]) -> Callable[[Floats], Floats]:
        ready = [statistic(metric, task, truth[kept], each[kept]) for each in every]
        return lambda weights: np.stack([figure(weights) for figure in ready], axis=1)

    return figures


def share_interval(
    flags: NDArray[np.bool_], *, seed: int, groups: NDArray[np.generic] | None = None
) -> tuple[float, float]:
    """Ends of the 95 % bootstrap interval of a share of rows.

    Parameters
    ----------
    flags : array of bool, shape (rows,)
    seed : int
    groups : array, shape (rows,), optional

    Examples
    --------
    >>> low, high = share_interval(np.arange(1000) % 10 > 0, seed=0)
    >>> round(low, 1), round(high, 1)
    (0.9, 0.9)
    """
    return mean_interval(flags.astype(np.float64), seed=seed, groups=groups, limits=(0.0, 1.0))


def mean_interval(
    values: Floats,
    *,
    seed: int,
    groups: NDArray[np.generic] | None = None,
    limits: tuple[float | None, float | None] = (None, None),
    weight: Floats | None = None,
) -> tuple[float, float]:
    """Ends of the 95 % bootstrap interval of the mean of a value per row.

    Parameters
    ----------
    values : array, shape (rows,)
    seed : int
    groups : array, shape (rows,), optional
    limits : (float or None, float or None)
        Between which the mean must lie.
    weight : array, shape (rows,), optional

    Examples
    --------
    >>> low, high = mean_interval(np.arange(1000) % 10.0, seed=0)
    >>> 4.2 < low < 4.5 < high < 4.8
    True
    """
    plan = Resampling.of(values.size, groups, 1, _REPEATS, seed, weight)

    def figures(kept: NDArray[np.intp]) -> Callable[[Floats], Floats]:
        return lambda weights: ((weights @ values[kept]) / weights.sum(axis=1))[:, None]

    return _ends(float(np.average(values, weights=weight)), plan.spread(figures)[:, 0], limits)


def _score(metric: str, found: float, spread: Floats) -> Score:
    """Make the record of one metric."""
    known = metric_of(metric)
    low, high = _ends(found, spread, (known.lowest, known.highest))
    return Score(metric, found, low, high, greater_is_better=known.greater_is_better)


def _ends(
    found: float, spread: Floats, limits: tuple[float | None, float | None] | None
) -> tuple[float, float]:
    """Ends of the interval, inside the metric's range; the whole range where too few resamples define the metric."""
    lowest, highest = limits or (None, None)
    defined = spread[np.isfinite(spread)]
    if defined.size < min(_LEAST, spread.size):
        return (found if lowest is None else lowest), (found if highest is None else highest)
    low, high = (found + float(end) for end in np.quantile(defined, (_TAIL, 1.0 - _TAIL)))
    low = low if lowest is None else max(lowest, low)
    high = high if highest is None else min(highest, high)
    return min(low, found), max(high, found)
