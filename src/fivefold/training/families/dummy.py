"""The baseline: class shares or the mean or median, whatever the row says. Every other family has to beat it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.protocols import Candidate, Fitted
from fivefold.measure.objectives import best_constant
from fivefold.training.families.footprint import Footprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Problem, Sample

__all__ = ["Dummy"]


_BYTES = Footprint(free=0.5e6, row=24)


class Dummy:
    """Answers with what is most likely when nothing is known of the row."""

    def candidates(self, problem: Problem) -> Sequence[Candidate]:
        """Return its one candidate; it comes before all others."""
        del problem
        return (Candidate("dummy", "dummy", {}, rank=0.0),)

    def prepare(self) -> None:
        """Load nothing."""

    def memory(self, candidate: Candidate, problem: Problem, rows: int, rounds: int) -> int:
        """Return the bytes of counting."""
        del candidate, rounds
        return _BYTES.of(problem, rows)

    def fit(
        self,
        candidate: Candidate,
        problem: Problem,
        train: Sample,
        valid: Sample | None,
        until: Deadline,
        rounds: int,
    ) -> Fitted:
        """Count; there is nothing to stop."""
        del candidate, valid, until, rounds
        if problem.task == "regression":
            scores = np.array([best_constant(problem.objective, train.target, train.weight)])
        else:
            places = train.target.astype(np.intp)
            counts = np.bincount(places, weights=train.weight, minlength=problem.classes)
            scores = counts / counts.sum()
        return Fitted("constant", json.dumps({"scores": scores.tolist()}).encode())
