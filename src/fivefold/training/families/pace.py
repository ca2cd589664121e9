"""How fast a boosted model may learn and how long it may wait for progress, by the size of the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivefold.core.protocols import Problem

__all__ = ["FEW", "learning_rate", "patience", "round_seconds"]

FEW = 20_000
"""Rows up to which nets come early; with more of them they take too long for what they bring."""
_FITS = 5
"""Into so many fits one core's time is thought to be divided: some candidates, each on a fold and again on all rows."""
_JOURNEY = 12.0
"""Learning rate times rounds below which a boosted model has not gone far enough."""
_FASTEST = 0.3
_TREE, _LEAVES = 8e-4, 31
"""Nominal seconds of a tree of so many leaves on a handful of rows."""


def patience(rows: int, best: int) -> int:
    """Rounds without progress after which boosting ends (AutoGluon's adaptive rule, with half its base).

    Parameters
    ----------
    rows : int
        Training rows.
    best : int
        The best round so far.

    Examples
    --------
    >>> patience(2_000, 40), patience(200_000, 40), patience(200_000, 1_000)
    (150, 32, 320)
    """
    base = max(20, round(150 * min(1.0, 10_000 / max(1, rows))))
    return max(base, round(0.3 * best) + 20)


def learning_rate(problem: Problem, base: float, *, speed: float) -> float:
    """Return the base rate, or two or four times as much where the time buys too few rounds for it.

    The steps are coarse on purpose: with time enough the rate is always the base, and the same seed gives the same model.

    Parameters
    ----------
    problem : Problem
    base : float
        What the settings ask for.
    speed : float
        Values (rows x features x outputs) that one round can work through in a second on one core.
    """
    outputs = problem.classes if problem.task == "multiclass" else 1
    size = max(1, problem.rows) * max(1, len(problem.features)) * outputs
    rounds = problem.seconds / _FITS * speed / size
    for factor in (1, 2, 4):
        if rounds * base * factor >= _JOURNEY:
            break
    return min(base * factor, _FASTEST)


def round_seconds(problem: Problem, rows: int, *, speed: float, leaves: int = _LEAVES) -> float:
    """Nominal seconds of a round on so many rows, on one core of a slow machine.

    Parameters
    ----------
    problem : Problem
    rows : int
    speed : float
        Values that one round can work through in a second.
    leaves : int
        Leaves of a tree.
    """
    outputs = problem.classes if problem.task == "multiclass" else 1
    return outputs * (_TREE * leaves / _LEAVES + rows * len(problem.features) / speed)
