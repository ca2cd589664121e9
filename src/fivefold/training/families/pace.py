"""How fast a boosted model may learn, how far it may go and how long it may wait for progress, by the size of the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivefold.core.protocols import Problem

__all__ = [
    "FEW",
    "affordable_rounds",
    "learning_rate",
    "most_rounds",
    "outputs_of",
    "patience",
    "rounds_ahead",
    "round_seconds",
]

FEW = 20_000
"""Rows up to which nets come early; with more of them they take too long for what they bring."""
_FITS = 5
"""Into so many fits one core's time is thought to be divided: some candidates, each on a fold and again on all rows."""
_JOURNEY = 12.0
"""Learning rate times rounds below which a boosted model has not gone far enough."""
_FASTEST = 0.3
_MOST_LEAVES, _LEAST_ROUNDS = 60_000, 400
"""Leaves of a whole model, if all trees were full: about 5 MB of text and a tenth of a millisecond per row; but never fewer
rounds than these."""
_TREE, _LEAVES = 8e-4, 31
"""Nominal seconds of a tree of so many leaves on a handful of rows."""


def outputs_of(problem: Problem) -> int:
    """Scores that a model learns for a row: one for each of several classes, otherwise one."""
    return problem.classes if problem.task == "multiclass" else 1


def most_rounds(leaves: int) -> int:
    """Return the rounds after which a model of so many leaves a round would be too large to ship."""
    return max(_LEAST_ROUNDS, _MOST_LEAVES // leaves)


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
    rounds = affordable_rounds(problem, speed=speed)
    for factor in (1, 2, 4):
        if rounds * base * factor >= _JOURNEY:
            break
    return min(base * factor, _FASTEST)


def affordable_rounds(problem: Problem, *, speed: float) -> float:
    """Rounds that a fit's share of the time buys.

    Parameters
    ----------
    problem : Problem
    speed : float
        As for :func:`learning_rate`.
    """
    size = max(1, problem.rows) * max(1, len(problem.features)) * outputs_of(problem)
    return problem.seconds / _FITS * speed / size


def rounds_ahead(problem: Problem, most: int, seconds: float) -> int:
    """Rounds that a fit will about come to, for an estimate of what its model takes.

    Its share of the time buys so many; and of those that it may do at most, it seldom does more than half.

    Parameters
    ----------
    problem : Problem
    most : int
        Rounds after which it ends in any case.
    seconds : float
        Nominal ones of a round.
    """
    return max(1, min(most // 2, int(problem.seconds / _FITS / seconds)))


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
    return outputs_of(problem) * (_TREE * leaves / _LEAVES + rows * len(problem.features) / speed)
