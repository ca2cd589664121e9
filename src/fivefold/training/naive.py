"""The naive figure: what a split at random would have promised, beside what the honest one says of the same candidate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fivefold.core.artefacts import NaiveFigure
from fivefold.core.tasks import EncodeTask
from fivefold.measure.intervals import scored
from fivefold.training.rows import NAIVE

if TYPE_CHECKING:
    from fivefold.core.artefacts import Score
    from fivefold.training.search import Search

__all__ = ["naive_figure", "try_at_random"]

_AT_RANDOM = 0.1
"""Share of the step's time that the figure may cost."""
_SLACK = 1.15
"""How much longer its fit may take than that on the first fold."""
_SCORING = 0.5
"""Seconds to score that fit afterwards."""
_REPEATS = 100
_ROWS = 10_000
"""Rows that are scored at most: the figure is a warning, and must cost next to nothing."""


def try_at_random(search: Search) -> None:
    """Fit the quickest of the good candidates on rows drawn at random, if time is left and the split is another one.

    What it says is compared with the candidate's first fold, and never chooses anything.
    """
    rows, number = search.workshop.rows, search.spokesman
    if rows.terms.split.by is None or number is None or search.schedule.interruption.asked:
        return
    first = search.folds[0]
    answer = search.fits[number, first]
    seconds = _SCORING + _SLACK * (search.encoded[first] + answer.seconds + answer.predict_seconds)
    most = _AT_RANDOM * rows.terms.seconds
    until = search.until.earlier(search.refit_seconds())
    until = until.sooner(until.within(most))
    if seconds <= min(most, until.remaining()):
        search.work([EncodeTask(NAIVE)], until)
    if NAIVE in search.encoded:
        search.fit([number], [NAIVE], until)


def naive_figure(search: Search, metric: str) -> NaiveFigure | None:
    """Compare the candidate that was fitted on rows drawn at random with its own first fold.

    Parameters
    ----------
    search : Search
        After its run.
    metric : str
        The headline metric.

    Returns
    -------
    NaiveFigure or None
        None where no such fit was made.
    """
    number = next((number for number, fold in search.fits if fold == NAIVE), None)
    if number is None:
        return None
    split = search.workshop.rows.terms.split
    naive, honest = (_score(search, number, fold, metric) for fold in (NAIVE, search.folds[0]))
    by = tuple(name for name in (split.by, split.group) if name)
    return NaiveFigure(search.candidates[number].name, by, naive, honest, _differ(naive, honest))


def _score(search: Search, number: int, fold: int, metric: str) -> Score:
    """Score a candidate on a fold; honest rows are resampled with their groups, naive ones by themselves."""
    rows = search.workshop.rows
    judged, task, seed = rows.judged(fold), rows.terms.contract.task, rows.terms.seed
    every = slice(None, None, -(-judged.size // _ROWS))
    judged, scores = judged[every], search.scores_on(number, [fold])[every]
    groups = None if fold == NAIVE or rows.groups is None else rows.groups[judged]
    found = scored(
        task,
        rows.target[judged],
        scores,
        seed=seed,
        groups=groups,
        repeats=_REPEATS,
        weight=rows.weights_at(judged),
        headline=metric,
    )
    return next(score for score in found if score.metric == metric)


def _differ(one: Score, other: Score) -> bool:
    """Whether two figures from different rows differ by more than both intervals together allow."""
    low, high = sorted((one, other), key=lambda score: score.value)
    return high.value - low.value > math.hypot(low.high - low.value, high.value - high.low)
