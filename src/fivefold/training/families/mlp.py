"""Small neural nets on scaled numbers, a few at once and averaged: smooth where trees are steps."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.protocols import Candidate, Fitted, Sample
from fivefold.measure.objectives import loss
from fivefold.runtime.members.inputs import Inputs
from fivefold.runtime.members.mlp import MLPMember
from fivefold.runtime.members.packed import pack
from fivefold.training.families.footprint import Footprint
from fivefold.training.families.inputs import learn_inputs, most_inputs, plain_numbers
from fivefold.training.families.losses import LINKS, row_losses, scale_of, scaled
from fivefold.training.families.nets import Nets
from fivefold.training.families.pace import FEW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Problem

__all__ = ["MLP"]

_ROWS, _WIDTH, _LEVELS = 50_000, 400, 40
"""Most rows, most inputs, and most levels of a category that gets indicators; wider ones are seen as rates."""
_STEPS, _CELLS = 8, 25_000_000
"""Steps of each number, and the most of them over all rows: they are held in memory."""
_EPOCHS, _PATIENCE = 120, 12
_STEP, _WEIGHT = 4e-4, 5e-10
"""Nominal seconds of a step, and besides for every row and weight."""
_BYTES, _INPUT, _STEPPED, _STATE = Footprint(free=5e6, row=500, score=8), 4, 20, 32
"""Bytes; for every row and input; for every row and step while it is made; for every weight, its moments, its mean and gradients."""


class MLP:
    """The mean of small nets that differ in their first weights."""

    learns_quantiles = True

    def candidates(self, problem: Problem) -> Sequence[Candidate]:
        """Return one candidate, with many rows only for when time is left; on numbers it often errs unlike any tree."""
        if not problem.features or problem.rows > _ROWS or len(problem.features) > _WIDTH:
            return ()
        steps = min(_STEPS, _CELLS // max(1, plain_numbers(problem.features) * problem.rows))
        rank = 3.5 if problem.rows <= FEW else 6.0
        return (Candidate("mlp", "mlp", {"nets": 4, "hidden": 96, "steps": steps}, rank),)

    def prepare(self) -> None:
        """Load nothing."""

    def pace(self, candidate: Candidate, problem: Problem, rows: int) -> float:
        """Return the nominal seconds of a step on a few rows."""
        return _STEP + _few(rows) * _weights(candidate, problem, len(problem.features)) * _WEIGHT

    def memory(self, candidate: Candidate, problem: Problem, rows: int, rounds: int) -> int:
        """Return the bytes of a fit: all rows as the nets see them, and the nets."""
        del rounds
        inputs, steps = most_inputs(problem.features, _LEVELS), _steps(candidate, problem)
        seen = rows * (inputs * _INPUT + steps * _STEPPED)
        return _BYTES.of(problem, rows) + seen + _weights(candidate, problem, inputs) * _STATE

    def fit(
        self,
        candidate: Candidate,
        problem: Problem,
        train: Sample,
        valid: Sample | None,
        until: Deadline,
        rounds: int,
    ) -> Fitted:
        """Go over the rows until the validation loss has not fallen for a while; a round is one pass."""
        fit = _Fit(candidate, problem, train)
        best, kept, best_round, done = inf, fit.payload(), 0, 0
        most = _EPOCHS if valid is not None else max(1, rounds)
        stopped = False
        while done < most and done - best_round < (_PATIENCE if valid is not None else most):
            stopped = not fit.run_through(until)
            if stopped and best_round:
                break
            done += 1
            payload = fit.payload()
            if valid is None:
                kept, best_round = payload, done
            else:
                scores = MLPMember.load(payload).predict(valid.values)
                score = loss(problem.objective, valid.target, scores, valid.weight)
                if score < best or not best_round:
                    best, kept, best_round = score, payload, done
            if stopped:
                break
        return Fitted("mlp", kept, best_round, stopped, done)


class _Fit:
    """Nets and the rows that they learn from."""

    def __init__(self, candidate: Candidate, problem: Problem, train: Sample) -> None:
        self.problem, self.rng = problem, np.random.default_rng(problem.seed)
        self.shift, self.unit = scale_of(problem, train.target)
        self.inputs = learn_inputs(train, _LEVELS, int(candidate.settings["steps"] or 0))
        self.columns = self.inputs.columns(train.values)
        self.target = scaled(problem, train.target, self.shift, self.unit)
        self.weight = np.ones(len(train.target)) if train.weight is None else train.weight
        shape = int(candidate.settings["nets"] or 1), int(candidate.settings["hidden"] or 1)
        link, width = LINKS[problem.task], self.inputs.width
        losses = row_losses(link, problem.objective)
        self.nets = Nets(width, self.target.shape[1], losses, shape, self.rng)

    def run_through(self, until: Deadline) -> bool:
        """Learn from all rows once, in random order; return whether there was time for all."""
        order = self.rng.permutation(len(self.columns))
        size = _few(order.size)
        for start in range(0, order.size, size):
            if until.passed():
                return False
            rows = order[start : start + size]
            self.nets.learn(self.columns[rows], self.target[rows], self.weight[rows])
        return True

    def payload(self) -> bytes:
        """Return what the member reads."""
        head: dict[str, object] = {"link": LINKS[self.problem.task], "features": len(self.problem.features)}
        head |= {"shift": self.shift, "unit": self.unit}
        inputs = {name: getattr(self.inputs, name) for name in Inputs.__slots__}
        return pack(head, inputs | self.nets.weights())


def _steps(candidate: Candidate, problem: Problem) -> int:
    """How many steps all plain numbers have together."""
    return int(candidate.settings["steps"] or 0) * plain_numbers(problem.features)


def _weights(candidate: Candidate, problem: Problem, inputs: int) -> int:
    """Weights of all nets, which see so many inputs and the steps."""
    nets, hidden = int(candidate.settings["nets"] or 1), int(candidate.settings["hidden"] or 1)
    return nets * hidden * (inputs + _steps(candidate, problem) + hidden + max(1, problem.classes))


def _few(rows: int) -> int:
    """Rows of a step."""
    return min(256, max(32, rows // 50))
