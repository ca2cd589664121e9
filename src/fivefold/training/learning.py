"""The learning curve: one candidate on a quarter and on half of the first fold's rows, beside its fit on all of them.

The two fits more are judged on the same rows as the one that is there, and nothing is chosen by them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from fivefold.core.artefacts import LearningCurve, LearningPoint
from fivefold.core.tasks import EncodeTask
from fivefold.measure.intervals import paired_gains, seconds_to_pair
from fivefold.measure.metrics import metric_of
from fivefold.training.rows import HALF, QUARTER

if TYPE_CHECKING:
    from fivefold.core.artefacts import Score
    from fivefold.core.clock import Deadline
    from fivefold.training.search import Search

__all__ = ["learn_from_fewer", "learning_curve"]

_SHARE = 0.1
"""Share of the step's time that the fits may cost."""
_HALF_LEFT = 0.5
"""Share of the time left that they may cost while candidates still wait for it."""
_LEAST = 50
"""Rows of the quarter at least: what is learned from fewer says nothing of what more would give."""
_MOST = 0.75
"""Share of the rows that half of them may be, where groups are large and must stay whole."""
_SLACK = 1.15
"""How much longer the two fits may take than that on all rows says."""
_ROWS = 10_000
"""Rows that are judged at most."""
_CAUTION = 1.5
"""How much longer resampling may take than was measured."""
_HARDLY = 0.05
"""Share of what is missing to a perfect figure below which a gain is as good as none."""


def learn_from_fewer(search: Search, *, before_race: bool) -> None:
    """Fit the quickest of the good candidates on a quarter and on half of the first fold's rows, if that is cheap enough.

    Parameters
    ----------
    search : Search
        After its folds; what the fits on all rows need is left alone.
    before_race : bool
        Whether later candidates still wait for the time that is left: then half of it stays theirs.
    """
    rows, number = search.workshop.rows, search.spokesman
    if number is None or HALF in search.encoded or search.schedule.interruption.asked or rows.terms.large:
        return
    quarter, half, whole = (rows.learned(fold).size for fold in (QUARTER, HALF, search.folds[0]))
    if quarter < _LEAST or half > _MOST * whole:
        return
    answer, judged = search.fits[number, search.folds[0]], rows.judged(search.folds[0]).size
    each = min(search.encoded.values()) + answer.seconds + answer.predict_seconds
    took = [each * (part + judged) / (whole + judged) for part in (quarter, half)]
    seconds = _SLACK * search.schedule.wall(took)
    left = search.until.earlier(search.refit_seconds()).remaining()
    most = min(_SHARE * rows.terms.seconds, left * (_HALF_LEFT if before_race else 1.0))
    if seconds > most:
        return
    until = search.until.within(most)
    search.work([EncodeTask(HALF), EncodeTask(QUARTER)], until)
    if {HALF, QUARTER} <= search.encoded.keys():
        search.fit([number], [HALF, QUARTER], until)


def learning_curve(search: Search, metric: str, until: Deadline) -> LearningCurve | None:
    """Judge the fits on fewer rows and the one on all, in the same resamples.

    Parameters
    ----------
    search : Search
        After its run.
    metric : str
        The headline metric.
    until : Deadline

    Returns
    -------
    LearningCurve or None
        None where the fits were not made, or there is no time to resample.
    """
    number = next((number for number, fold in search.fits if fold == QUARTER), None)
    if number is None or (number, HALF) not in search.fits:
        return None
    rows, folds = search.workshop.rows, (QUARTER, HALF, search.folds[0])
    task, judged = rows.terms.contract.task, rows.judged(search.folds[0])
    every = slice(None, None, -(-judged.size // _ROWS))
    judged, groups = judged[every], rows.groups
    scores = [search.scores_on(number, [fold])[every] for fold in folds]
    truth = rows.target[judged]
    seconds = (len(scores) + 1) * seconds_to_pair(metric, task, truth, scores[-1], truth.size)
    if _CAUTION * seconds > until.remaining():
        return None
    own = None if groups is None else groups[judged]
    found = paired_gains(
        metric,
        task,
        truth,
        scores[-1],
        scores,
        seed=rows.terms.seed,
        groups=own,
        weight=rows.weights_at(judged),
    )
    gain = found[folds.index(HALF)][1]
    if not math.isfinite(gain.value):
        return None
    points = tuple(
        LearningPoint(rows.learned(fold).size, score) for fold, (score, _) in zip(folds, found, strict=True)
    )
    verdict = _verdict(gain, points[-1].score)
    return LearningCurve(search.candidates[number].name, truth.size, points, gain, verdict)


def _verdict(gain: Score, whole: Score) -> Literal["helps", "hardly", "unclear"]:
    """What the gain from half of the rows to all of them says of still more."""
    missing = 1 - whole.value if metric_of(whole.metric).greater_is_better else whole.value
    if gain.high <= _HARDLY * missing:
        return "hardly"
    return "helps" if gain.low > 0 else "unclear"
