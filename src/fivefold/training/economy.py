"""The economy of a blend: who costs more than they bring is left out.

Greedy selection takes whoever makes the loss smaller, be it by a hundredth of a percent, and a member of little weight can have most of
the trees: on one table one of weight 0.04 took four fifths of the time that ten thousand answers need. What it costs is counted in
bytes: they grow as the trees do that must be walked, and do not depend on how busy the machine is. What it saves and what is lost is
in decision 28.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.training.blend import mixed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fivefold.core.protocols import Floats
    from fivefold.training.judged import Judged

__all__ = ["spare"]

_PRICE = 0.002
"""Relative loss that all of the bytes may cost; half of them may cost half of it."""
_NOTHING = 1e-300
"""Beside which every loss is infinitely worse: a blend without any error stays as it is."""
_ERRORS = 0.5
"""Standard errors of the paired difference that a blend with fewer members may be behind: far from what could be told from luck."""


def spare(
    judged: Judged,
    scores: Mapping[int, Floats],
    weights: Mapping[int, float],
    cost: Callable[[Mapping[int, float]], float],
) -> dict[int, float]:
    """Leave members out, one at a time, as long as what is lost is small beside what is saved; the others take over their weight.

    Parameters
    ----------
    judged : Judged
        The rows that candidates are compared on.
    scores : mapping of int to array of shape (rows, outputs)
        Out-of-fold scores by candidate.
    weights : mapping of int to float
        The blend.
    cost : callable
        What such a blend costs, more than nothing.

    Returns
    -------
    dict of int to float
        Weights by candidate, summing to 1, the heaviest first.

    Examples
    --------
    Two that err alike, one of them large: nothing is lost without it.

    >>> import numpy as np
    >>> from fivefold.core.objective import Objective
    >>> from fivefold.training.judged import Judged
    >>> truth, sizes = np.array([0.0, 2.0, 4.0]), {0: 100, 1: 10_000}
    >>> scores = {0: truth[:, None] + [[1.0], [-1.0], [1.0]], 1: truth[:, None] + [[1.0], [-1.0], [1.0]]}
    >>> cost = lambda weights: sum(sizes[number] for number in weights)
    >>> spare(Judged(Objective("squared_error"), truth), scores, {0: 0.5, 1: 0.5}, cost)
    {0: 1.0}
    """
    whole = mixed(scores, weights)
    margin, best, full = judged.margin(whole), judged.loss(whole), cost(weights)
    kept = dict(weights)
    while len(kept) > 1:
        found = []
        for number in kept:
            rest = _without(kept, number)
            blended = mixed(scores, rest)
            lost = judged.loss(blended) / max(best, _NOTHING) - 1
            worth = lost - _PRICE * (1 - cost(rest) / full)
            if worth <= 0 and margin.near(blended, _ERRORS):
                found.append((worth, number))
        if not found:
            break
        kept = _without(kept, min(found)[1])
    return kept


def _without(weights: Mapping[int, float], number: int) -> dict[int, float]:
    """The blend without one member."""
    left = 1.0 - weights[number]
    return {other: share / left for other, share in weights.items() if other != number}
