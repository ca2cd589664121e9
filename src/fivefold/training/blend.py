"""Which candidates to blend, and how much of each: greedy selection on out-of-fold scores.

Members are added one at a time, with replacement, each time the one that makes the blend's loss smallest (Caruana et al.,
"Ensemble selection from libraries of models", 2004); the best prefix of that walk is kept.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from fivefold.measure.objectives import loss

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fivefold.core.objective import Objective
    from fivefold.core.protocols import Floats

__all__ = ["select"]

_STEPS = 25
_ROWS = 50_000
_GAIN = 1e-4
"""Relative gain in loss below which a blend is not worth its members."""


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


def _thinned(
    truth: Floats, scores: Mapping[int, Floats], weight: Floats | None
) -> tuple[Floats, dict[int, Floats], Floats | None]:
    """Every so many rows of very many: the choice does not need them all."""
    step = -(-truth.size // _ROWS)
    kept = {number: each[::step] for number, each in scores.items()}
    return truth[::step], kept, None if weight is None else weight[::step]
