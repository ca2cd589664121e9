"""The race: later candidates, one or two at a time, as long as time is left.

A candidate that is not promising on the first fold is fitted on no other (early stopping of cross-validation; Bergman et al.,
"Don't waste your time", 2024). Those that are promising are fitted on all folds that the others were compared on; only then
do they count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.measure.objectives import loss
from fivefold.training.blend import select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import Floats
    from fivefold.training.search import Search

__all__ = ["race"]

_NEAR = 1.01
"""Loss beside the best one's up to which a candidate is promising by itself."""
_GAIN = 1e-3
"""What a candidate must take, relatively, from the loss of the blend so far to be promising."""
_SHARES = (0.25, 0.5)
_UNKNOWN = 1.5
"""How much longer than others of its family a candidate may take that was never fitted."""
_LATE = 2.0
"""How much longer than expected its fits may take before they are cut off."""
_SPARE = 0.1
"""Share of the time left that they may take besides: while there is plenty, a busy minute must not decide who is cut off."""
_FEW = ((500, 3), (2_000, 8))
"""Rows up to which only so many more candidates are raced: with few rows, the luckiest of many is not the best."""


def race(search: Search) -> None:
    """Fit what the search put off, in order, while time is left for it besides the fits on all rows."""
    rows = search.workshop.rows.folds.size
    most = next((count for limit, count in _FEW if rows <= limit), len(search.later))
    del search.later[most:]
    while search.later and search.running and not search.schedule.interruption.asked:
        together = min(len(search.later), search.schedule.together)
        took = [_expected(search, candidate.family) for candidate in search.later[:together]]
        expected = search.schedule.wall(took)
        left = search.until.remaining() - search.refit_seconds()
        if expected * len(search.shared) > left:
            return
        numbers = search.take(together)
        _fit(search, numbers, search.shared[:1], expected)
        promising = [number for number in numbers if _promising(search, number)]
        others = search.shared[1:]
        if promising and others:
            _fit(search, promising, others, expected * len(others))
        search.admit(promising)


def _fit(search: Search, numbers: Sequence[int], folds: Sequence[int], expected: float) -> None:
    """Fit candidates on folds, and cut them off when they take much longer than expected."""
    until = search.until.earlier(search.refit_seconds())
    late = max(1.0, _SPARE * until.remaining())
    search.fit(numbers, folds, until.sooner(until.within(_LATE * expected + late)))


def _expected(search: Search, family: str) -> float:
    """Seconds of an unknown candidate on one fold, by others of its family, or by the slowest of all."""
    kin = [number for number in search.running if search.candidates[number].family == family]
    return _UNKNOWN * max(search.seconds([number]) for number in kin or search.running)


def _promising(search: Search, number: int) -> bool:
    """Whether a candidate does well on the first fold, or does what the blend so far does not."""
    first = search.folds[0]
    answer = search.fits.get((number, first))
    if answer is None or answer.stopped:
        return False
    rows = search.workshop.rows
    objective, truth = rows.terms.objective, rows.target[rows.judged(first)]
    count = rows.compared_at(rows.judged(first))
    scores = {each: search.scores_on(each, [first]) for each in search.running}
    losses = {each: loss(objective, truth, values, count) for each, values in scores.items()}
    own = search.scores_on(number, [first])
    if loss(objective, truth, own, count) <= _NEAR * min(losses.values()):
        return True
    most = search.most_members
    weights = select(objective, truth, scores, most=most, affordable=lambda _: True, weight=count)
    blended: Floats = sum((scores[each] * weight for each, weight in weights.items()), start=0.0 * own)
    mixed = min(loss(objective, truth, (1 - share) * blended + share * own, count) for share in _SHARES)
    return mixed < (1 - _GAIN) * loss(objective, truth, blended, count)
