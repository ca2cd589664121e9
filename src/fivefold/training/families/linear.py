"""Linear models: ridge, quantile and regularised logistic regression, fitted by L-BFGS so that time can end a fit."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Literal

import numpy as np

from fivefold.core.protocols import Candidate, Fitted, Sample
from fivefold.measure.objectives import best_constant, loss
from fivefold.runtime.members.linear import LinearMember, LinearSpec
from fivefold.training.families.design import Design
from fivefold.training.families.losses import centre_and_unit, row_losses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Floats, Problem

__all__ = ["Linear"]

_ROWS = 50_000
_CELLS = 20_000_000
_STRENGTHS = (0.1, 0.01, 0.001)
"""Weights of the penalty at 1,000 rows, strongest first; they shrink with the root of the rows."""
_STEPS = 200
_STEP, _VALUE = 3e-4, 1e-8
"""Nominal seconds of a step, and besides for every value."""
_LINKS: dict[str, Literal["logistic", "softmax", "identity"]] = {
    "binary": "logistic",
    "multiclass": "softmax",
    "regression": "identity",
}


class Linear:
    """A weighted sum over standardised numbers, rates, text components and one indicator per category."""

    learns_quantiles = True

    def candidates(self, problem: Problem) -> Sequence[Candidate]:
        """Return one candidate; it is cheap and errs unlike the trees."""
        if not problem.features:
            return ()
        return (Candidate("linear", "linear", {"strengths": len(_STRENGTHS)}, rank=1.0),)

    def prepare(self) -> None:
        """Load SciPy's optimisers."""
        importlib.import_module("scipy.optimize")

    def pace(self, candidate: Candidate, problem: Problem, rows: int) -> float:
        """Return the nominal seconds of a step of the optimiser."""
        del candidate
        rows, outputs = min(rows, _ROWS), problem.classes if problem.task == "multiclass" else 1
        return _STEP + rows * (len(problem.features) + outputs) * outputs * _VALUE

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
        train = _drawn(train, min(_ROWS, _CELLS // len(train.features)), problem.seed)
        if valid is not None:
            path = _Path(train, problem, until)
            chosen, _ = path.choose(valid)
            return Fitted("linear", chosen.payload(), stopped=path.stopped)
        order = np.random.default_rng(problem.seed).permutation(len(train.target))
        fifth = len(order) // 5
        path = _Path(_take(train, order[fifth:]), problem, until)
        _, strength = path.choose(_take(train, order[:fifth]))
        final = _Path(train, problem, until)
        return Fitted("linear", final.fit(strength).payload(), stopped=path.stopped or final.stopped)


class _Path:
    """Fits over falling penalties; each starts where the one before ended."""

    def __init__(self, train: Sample, problem: Problem, until: Deadline) -> None:
        self.problem, self.until, self.stopped = problem, until, False
        self.link = _LINKS[problem.task]
        self.design = Design(train.values, train.features, train.weight)
        self.columns = self.design.columns(train.values)
        self.weight = np.ones(len(train.target)) if train.weight is None else train.weight
        regression = problem.task == "regression"
        self.total = float(self.weight.sum())
        self.shift, self.unit = (
            centre_and_unit(problem.objective, train.target, self.weight) if regression else (0.0, 1.0)
        )
        self.target = (train.target - self.shift) / self.unit
        if self.link == "softmax":
            self.target = np.eye(problem.classes)[train.target.astype(np.intp)]
        self.target = self.target.reshape(len(train.target), -1)
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
        scaled = self.solution * self.unit
        if self.problem.objective.quantile is not None:
            # The loss is rounded off, so the intercept is put where as many rows as asked for are really below.
            errors = self.target - self.columns.scores(self.solution[1:])
            scaled[0] = self.unit * best_constant(self.problem.objective, errors[:, 0], self.weight)
        return LinearSpec(self.link, tuple((scaled[0] + self.shift).tolist()), self.design.terms(scaled[1:]))


def _drawn(sample: Sample, most: int, seed: int) -> Sample:
    """At most so many rows, drawn at random."""
    rows = len(sample.target)
    if rows <= most:
        return sample
    return _take(sample, np.sort(np.random.default_rng(seed).choice(rows, most, replace=False)))


def _take(sample: Sample, rows: NDArray[np.intp]) -> Sample:
    """These rows of a sample."""
    weight = None if sample.weight is None else sample.weight[rows]
    return Sample(sample.values[rows], sample.features, sample.target[rows], weight)
