"""The nets' view of numbers: steps between quantiles make a target that jumps easy to learn."""

from __future__ import annotations

import numpy as np
import pytest

from fivefold.core.clock import Deadline
from fivefold.core.protocols import Feature, Problem, Sample
from fivefold.measure.objectives import objective_of
from fivefold.testing.families import member_of
from fivefold.training.families.mlp import MLP


def _sample(seed: int) -> Sample:
    """An hour of the day, whose demand jumps up and down; a flag; a column without any value."""
    rng = np.random.default_rng(seed)
    hour, flag = rng.uniform(0, 24, 1_500), rng.integers(0, 2, 1_500)
    target = np.select([hour < 6, hour < 9, hour < 16, hour < 19], [0.0, 90.0, 20.0, 110.0], 10.0)
    values = np.column_stack([hour, flag, np.full(1_500, np.nan)]).astype(np.float32)
    return Sample(values, _FEATURES, target)


_FEATURES = tuple(Feature(name, name, "number") for name in ("hour", "flag", "empty"))


def _problem(rows: int) -> Problem:
    objective = objective_of("regression", "")
    return Problem("regression", 0, rows, _FEATURES, seconds=60.0, seed=0, objective=objective)


@pytest.mark.slow
def test_jumps_are_learned_with_steps_and_hardly_without() -> None:
    train, unseen = _sample(0), _sample(1)
    candidate = MLP().candidates(_problem(1_500))[0]
    errors = []
    for steps in (candidate.settings["steps"], 0):
        candidate.settings["steps"] = steps
        fitted = MLP().fit(candidate, _problem(1_500), train, unseen, Deadline.after(60.0), 0)
        answer = member_of(fitted).predict(unseen.values)[:, 0]
        errors.append(float(np.sqrt(np.mean((answer - unseen.target) ** 2))))
    assert errors[0] < 0.8 * errors[1]


def test_many_rows_have_fewer_steps_so_that_they_fit_into_memory() -> None:
    few, many = (MLP().candidates(_problem(rows))[0].settings["steps"] for rows in (1_000, 50_000))
    assert few == many == 8
    wide = tuple(Feature(f"x{place}", f"x{place}", "number") for place in range(300))
    problem = Problem("binary", 2, 50_000, wide, seconds=60.0, seed=0, objective=objective_of("binary", ""))
    assert MLP().candidates(problem)[0].settings["steps"] == 1
