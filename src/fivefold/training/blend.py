"""Which candidates to blend, and how much of each: greedy selection on out-of-fold scores, bagged.

Members are added one at a time, with replacement, each time the one that makes the blend's loss smallest; the best prefix of that
walk is kept. On few rows it is luck who comes in, so the walk is done on many draws of the rows, and the blend is the mean of
theirs (both from Caruana et al., "Ensemble selection from libraries of models", 2004). What it buys is in decision 28.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from fivefold.measure.objectives import loss
from fivefold.training.judged import Judged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fivefold.core.objective import Objective
    from fivefold.core.protocols import Floats

__all__ = ["mixed", "select", "select_bagged"]

_STEPS = 25
_ROWS = 50_000
_GAIN = 1e-4
"""Relative gain in loss below which a blend is not worth its members."""
_BAGS, _DRAWN = 25, 10_000
"""Draws of the rows, and rows of each at most."""
_LIGHT = 0.03
"""Mean weight below which a member came in by luck."""


def select(
    objective: Objective,
    truth: Floats,
    scores: Mapping[int, Floats],
    *,
    most: int,
    affordable: Callable[[frozenset[int]], bool],
    weight: Floats | None = None,
) -> dict[int, float]:
    """Choose members and weights.

    Parameters
    ----------
    objective : Objective
    truth : array, shape (rows,)
    scores : mapping of int to array of shape (rows, outputs)
        Out-of-fold scores by candidate; at least one.
    most : int
        Different members at most.
    affordable : callable
        Whether these members together stay inside the means (latency, size).
    weight : array, shape (rows,), optional
        How much each row counts.

    Returns
    -------
    dict of int to float
        Weights by candidate, summing to 1, the heaviest first; the best single one alone when no blend is better.

    Examples
    --------
    >>> from fivefold.core.objective import Objective
    >>> truth = np.array([0.0, 2.0])
    >>> scores = {0: np.array([[1.0], [2.0]]), 1: np.array([[-1.0], [2.0]])}
    >>> select(Objective("squared_error"), truth, scores, most=2, affordable=lambda members: True)
    {0: 0.5, 1: 0.5}
    """
    truth, scores, weight = _thinned(truth, scores, weight)
    rows = Judged(objective, truth, weight)
    truth, scores = rows.narrow.truth, {number: rows.narrowed(each) for number, each in scores.items()}
    allowed = [number for number in scores if affordable(frozenset({number}))] or list(scores)
    single = {number: loss(objective, truth, scores[number], weight) for number in allowed}
    first = min(allowed, key=lambda number: single[number])
    walk, total = [first], scores[first].copy()
    losses = [single[first]]
    for _ in range(_STEPS - 1):
        members = frozenset(walk)
        open_to = [n for n in allowed if n in members or (len(members) < most and affordable(members | {n}))]
        # Ties go to those that are members already.
        found = [
            (loss(objective, truth, (total + scores[n]) / (len(walk) + 1), weight), n not in members, n)
            for n in open_to
        ]
        best, _, number = min(found)
        walk.append(number)
        losses.append(best)
        total += scores[number]
    length = int(np.argmin(losses)) + 1
    if losses[length - 1] > losses[0] * (1 - _GAIN):
        return {first: 1.0}
    return {number: count / length for number, count in Counter(walk[:length]).most_common()}


def select_bagged(
    judged: Judged,
    scores: Mapping[int, Floats],
    *,
    most: int,
    affordable: Callable[[frozenset[int]], bool],
    seed: int,
) -> dict[int, float]:
    """Choose members and weights as :func:`select` does, on many draws of the rows, and take the mean of the weights.

    Parameters
    ----------
    judged : Judged
        The rows.
    scores : mapping of int to array of shape (rows, outputs)
        Out-of-fold scores by candidate; at least one.
    most : int
        Different members at most.
    affordable : callable
        Whether these members together stay inside the means (latency, size).
    seed : int
        Of the draws.

    Returns
    -------
    dict of int to float
        Weights by candidate, summing to 1, the heaviest first; the best single one alone when no blend is better.
    """
    objective, truth, weight = judged.objective, judged.truth, judged.weight
    rng, total = np.random.default_rng(seed), dict.fromkeys(scores, 0.0)
    for _ in range(_BAGS):
        rows = judged.draw(_DRAWN, rng)
        part = {number: each[rows] for number, each in scores.items()}
        own = None if weight is None else weight[rows]
        found = select(objective, truth[rows], part, most=most, affordable=affordable, weight=own)
        for number, share in found.items():
            total[number] += share / _BAGS
    heaviest = [number for number in sorted(total, key=lambda n: -total[n]) if total[number] >= _LIGHT][:most]
    heaviest = heaviest or [max(total, key=lambda n: total[n])]
    while len(heaviest) > 1 and not affordable(frozenset(heaviest)):
        heaviest.pop()
    kept = sum(total[number] for number in heaviest)
    weights = {number: total[number] / kept for number in heaviest}
    alone = select(objective, truth, scores, most=1, affordable=affordable, weight=weight)
    best = judged.loss(mixed(scores, alone))
    return weights if judged.loss(mixed(scores, weights)) <= best * (1 - _GAIN) else alone


def mixed(scores: Mapping[int, Floats], weights: Mapping[int, float]) -> Floats:
    """Return the scores of the blend of these members."""
    (first, share), *others = weights.items()
    blended: Floats = scores[first] * share
    for number, weight in others:
        blended += scores[number] * weight
    return blended


def _thinned(
    truth: Floats, scores: Mapping[int, Floats], weight: Floats | None
) -> tuple[Floats, dict[int, Floats], Floats | None]:
    """Every so many rows of very many: the choice does not need them all."""
    step = -(-truth.size // _ROWS)
    kept = {number: each[::step] for number, each in scores.items()}
    return truth[::step], kept, None if weight is None else weight[::step]
