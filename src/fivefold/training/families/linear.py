"""Linear models: ridge, quantile and regularised logistic regression, fitted by L-BFGS so that time can end a fit."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.protocols import Candidate, Fitted
from fivefold.measure.objectives import best_constant, loss
from fivefold.runtime.members.linear import LinearMember, LinearSpec
from fivefold.training.families.design import Design
from fivefold.training.families.footprint import Footprint
from fivefold.training.families.losses import LINKS, row_losses, scale_of, scaled
from fivefold.training.families.pace import outputs_of
from fivefold.training.families.samples import drawn, taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Floats, Problem, Sample

__all__ = ["Linear"]

_ROWS, _CELLS = 50_000, 20_000_000
"""Most rows, and most values, to learn from: others stay out, at random."""
_STRENGTHS = (0.1, 0.01, 0.001)
"""Weights of the penalty at 1,000 rows, strongest first; they shrink with the root of the rows."""
_STEPS = 200
_STEP, _VALUE = 3e-4, 1e-8
"""Nominal seconds of a step, and besides for every value."""
_BYTES = Footprint(free=10e6, value=36, score=44, part=200)
"""Values: doubles, filled, scaled and squared, and the rows that are drawn. Parts: of each weight L-BFGS keeps ten pairs."""


class Linear:
    """A weighted sum over standardised numbers, rates, text components and one indicator per category."""

    learns_quantiles = True

    def candidates(self, problem: Problem) -> Sequence[Candidate]:
        """Return one candidate; it is cheap and errs unlike the trees."""
        if not problem.features:
            return ()
        return (Candidate("linear", "linear", {}, rank=1.0),)

    def prepare(self) -> None:
        """Load SciPy's optimisers."""
        importlib.import_module("scipy.optimize")

    def pace(self, candidate: Candidate, problem: Problem, rows: int) -> float:
        """Return the nominal seconds of a step of the optimiser."""
        del candidate
        rows, outputs = min(rows, _ROWS), outputs_of(problem)
        return _STEP + rows * (len(problem.features) + outputs) * outputs * _VALUE

    def memory(self, candidate: Candidate, problem: Problem, rows: int, rounds: int) -> int:
        """Return the bytes of a fit on the rows that it draws."""
        del candidate, rounds
        weights = sum(2 + feature.levels for feature in problem.features)
        return _BYTES.of(problem, min(rows, _ROWS, _CELLS // len(problem.features)), parts=weights)

    def fit(
        self,
        candidate: Candidate,
        problem: Problem,
        train: Sample,
        valid: Sample | None,
        until: Deadline,
        rounds: int,
    ) -> Fitted:
        """Walk down a path of penalties, keep the one with the lowest validation loss.

        Without ``valid`` a fifth of the rows chooses the penalty, and all rows are fitted with it.
        """
        del candidate, rounds
        train = drawn(train, min(_ROWS, _CELLS // len(train.features)), problem.seed)
        if valid is not None:
            path = _Path(train, problem, until)
            chosen, _ = path.choose(valid)
            return Fitted("linear", chosen.payload(), stopped=path.stopped)
        order = np.random.default_rng(problem.seed).permutation(len(train.target))
        fifth = len(order) // 5
        path = _Path(taken(train, order[fifth:]), problem, until)
        _, strength = path.choose(taken(train, order[:fifth]))
        final = _Path(train, problem, until)
        return Fitted("linear", final.fit(strength).payload(), stopped=path.stopped or final.stopped)


class _Path:
    """Fits over falling penalties; each starts where the one before ended."""

    def __init__(self, train: Sample, problem: Problem, until: Deadline) -> None:
        self.problem, self.until, self.stopped = problem, until, False
        self.link = LINKS[problem.task]
        self.design = Design(train.values, train.features, train.weight)
        self.columns = self.design.columns(train.values)
        self.weight = np.ones(len(train.target)) if train.weight is None else train.weight
        self.total = float(self.weight.sum())
        self.shift, self.unit = scale_of(problem, train.target, self.weight)
        self.target = scaled(problem, train.target, self.shift, self.unit)
        self.losses = row_losses(self.link, problem.objective)
        self.solution = np.zeros((self.design.width + 1, self.target.shape[1]))

    def choose(self, valid: Sample) -> tuple[LinearSpec, float]:
        """Return the best model of the path and its strength."""
        found: list[tuple[float, float, LinearSpec]] = []
        for strength in _STRENGTHS:
            spec = self.fit(strength)
            scores = LinearMember.load(spec.payload()).predict(valid.values)
            found.append((loss(self.problem.objective, valid.target, scores, valid.weight), strength, spec))
            if self.stopped:
                break
        _, strength, spec = min(found, key=lambda entry: entry[0])
        return spec, strength

    def fit(self, strength: float) -> LinearSpec:
        """Minimise the mean loss plus the penalty; the intercept goes free."""
        from scipy.optimize import minimize

        penalty = strength * (1_000 / self.total) ** 0.5
        shape = self.solution.shape

        def value(flat: Floats) -> tuple[float, Floats]:
            solution = flat.reshape(shape)
            losses, residuals = self.losses(self.columns.scores(solution[1:]) + solution[0], self.target)
            residuals *= self.weight[:, None] / self.total
            gradient = np.concatenate([residuals.sum(axis=0)[None], self.columns.gradient(residuals)])
            gradient[1:] += penalty * solution[1:]
            total = float(losses @ self.weight) / self.total
            return total + penalty / 2 * float((solution[1:] ** 2).sum()), gradient.ravel()

        def watch(intermediate_result: object) -> None:
            del intermediate_result
            self.stopped = self.stopped or self.until.passed()
            if self.stopped:
                raise StopIteration

        start, options = self.solution.ravel(), {"maxiter": _STEPS, "ftol": 1e-7}
        found = minimize(value, start, jac=True, method="L-BFGS-B", callback=watch, options=options)
        self.solution = found.x.reshape(shape)
        terms = self.solution * self.unit
        if self.problem.objective.quantile is not None:
            # The loss is rounded off, so the intercept is put where as many rows as asked for are really below.
            errors = self.target - self.columns.scores(self.solution[1:])
            terms[0] = self.unit * best_constant(self.problem.objective, errors[:, 0], self.weight)
        return LinearSpec(self.link, tuple((terms[0] + self.shift).tolist()), self.design.terms(terms[1:]))
