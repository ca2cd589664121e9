"""Which candidates to blend, and how much of each: greedy selection on out-of-fold scores.

Members are added one at a time, with replacement, each time the one that makes the blend's loss smallest (Caruana et al.,
"Ensemble selection from libraries of models", 2004); the best prefix of that walk is kept. With few rows these weights follow
chance, so they are drawn towards the plain mean of all candidates that the rows cannot tell from the best one.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from fivefold.measure.metrics import loss, losses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fivefold.core.artefacts import Task
    from fivefold.core.protocols import Floats

__all__ = ["select"]

_STEPS = 25
_ROWS = 50_000
_GAIN = 1e-4
"""Relative gain in loss below which a blend is not worth its members."""
_HALF = 2_000
"""Rows at which the walk and the plain mean count the same."""
_LEAST_WEIGHT = 0.03
_UNSURE = 2.0
"""Standard errors of their difference up to which a candidate may be as good as the best one."""


def select(
    task: Task,
    truth: Floats,
    scores: Mapping[int, Floats],
    *,
    most: int,
    affordable: Callable[[frozenset[int]], bool],
) -> dict[int, float]:
    """Choose members and weights.

    Parameters
    ----------
    task : Task
    truth : array, shape (rows,)
    scores : mapping of int to array of shape (rows, outputs)
        Out-of-fold scores by candidate; at least one.
    most : int
        Different members at most.
    affordable : callable
        Whether these members together stay inside the means (latency, size).

    Returns
    -------
    dict of int to float
        Weights by candidate, summing to 1, the heaviest first; the best single one alone when no blend is better.

    Examples
    --------
    >>> truth = np.array([0.0, 2.0])
    >>> scores = {0: np.array([[1.0], [2.0]]), 1: np.array([[-1.0], [2.0]])}
    >>> select("regression", truth, scores, most=2, affordable=lambda members: True)
    {0: 0.5, 1: 0.5}
    """
    rows = truth.size
    truth, scores = _thinned(truth, scores)
    allowed = [number for number in scores if affordable(frozenset({number}))] or list(scores)
    allowed.sort(key=lambda number: (loss(task, truth, scores[number]), number))
    walked = _walk(task, truth, scores, allowed, most=most, affordable=affordable)
    equals = _equals(task, truth, scores, allowed[:most])
    weights = _mixed(walked, equals, rows / (rows + _HALF), most)
    better = _loss(task, truth, scores, weights) < _loss(task, truth, scores, {allowed[0]: 1.0}) * (1 - _GAIN)
    return weights if better and affordable(frozenset(weights)) else walked


def _walk(
    task: Task,
    truth: Floats,
    scores: Mapping[int, Floats],
    allowed: Sequence[int],
    *,
    most: int,
    affordable: Callable[[frozenset[int]], bool],
) -> dict[int, float]:
    """Add members while that helps; the best candidate, which stands first, stays alone when no blend is better."""
    first = allowed[0]
    walk, total = [first], scores[first].copy()
    losses = [loss(task, truth, total)]
    for _ in range(_STEPS - 1):
        members = frozenset(walk)
        open_to = [n for n in allowed if n in members or (len(members) < most and affordable(members | {n}))]
        # Ties go to those that are members already.
        found = [
            (loss(task, truth, (total + scores[n]) / (len(walk) + 1)), n not in members, n) for n in open_to
        ]
        best, _, number = min(found)
        walk.append(number)
        losses.append(best)
        total += scores[number]
    length = int(np.argmin(losses)) + 1
    if losses[length - 1] > losses[0] * (1 - _GAIN):
        return {first: 1.0}
    return {number: count / length for number, count in Counter(walk[:length]).most_common()}


def _equals(
    task: Task, truth: Floats, scores: Mapping[int, Floats], candidates: Sequence[int]
) -> dict[int, float]:
    """Give the same weight to the best candidate, which stands first, and to those that may be as good."""
    best = losses(task, truth, scores[candidates[0]])
    kept = [candidates[0]]
    for number in candidates[1:]:
        worse = losses(task, truth, scores[number]) - best
        if worse.mean() <= _UNSURE * worse.std() / np.sqrt(worse.size):
            kept.append(number)
    return dict.fromkeys(kept, 1 / len(kept))


def _mixed(
    first: Mapping[int, float], second: Mapping[int, float], share: float, most: int
) -> dict[int, float]:
    """Mix weights, and keep the heaviest members that are worth being fitted again."""
    both = {n: share * first.get(n, 0.0) + (1 - share) * second.get(n, 0.0) for n in {*first, *second}}
    kept = sorted(both, key=lambda number: (-both[number], number))[:most]
    kept = [number for number in kept if both[number] >= _LEAST_WEIGHT] or kept[:1]
    whole = sum(both[number] for number in kept)
    return {number: both[number] / whole for number in kept}


def _loss(task: Task, truth: Floats, scores: Mapping[int, Floats], weights: Mapping[int, float]) -> float:
    """Loss of a blend."""
    blended: Floats = sum(
        (scores[number] * weight for number, weight in weights.items()),
        start=np.zeros_like(scores[min(scores)]),
    )
    return loss(task, truth, blended)


def _thinned(truth: Floats, scores: Mapping[int, Floats]) -> tuple[Floats, dict[int, Floats]]:
    """Every so many rows of very many: the choice does not need them all."""
    step = -(-truth.size // _ROWS)
    return truth[::step], {number: each[::step] for number, each in scores.items()}
