"""A fit ends in time for what follows it, by a clock that moves as the work says."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import numpy as np
import pytest

from fivefold.core.clock import Deadline
from fivefold.core.objective import Objective
from fivefold.core.protocols import Feature, Problem, Sample
from fivefold.testing.families import member_of
from fivefold.training.families.closing import Closing
from fivefold.training.families.lightgbm import LightGBM

CLASSES = 40


@dataclass
class Work:
    """Rounds of one second, and a closing of so many seconds beside so many for every round."""

    each: float
    always: float = 0.0
    now: float = 0.0
    rehearsed: list[int] = field(default_factory=list)

    def close(self, rounds: int) -> None:
        self.rehearsed.append(rounds)
        self.now += self.always + self.each * rounds

    def fit(self, seconds: float) -> int:
        """Fit until it must end, and close what there is; return the rounds."""
        closing = Closing(Deadline(seconds, lambda: self.now), self.close)
        rounds, due = 0, False
        while not due:
            rounds, self.now = rounds + 1, self.now + 1.0
            due = closing.due(rounds)
        self.close(rounds)
        return rounds


@pytest.mark.parametrize("each", [0.0, 0.1, 1.0, 5.0])
def test_what_follows_the_rounds_is_over_in_time(each: float) -> None:
    work = Work(each)
    assert work.fit(200.0) > 1
    assert work.now <= 200.0


def test_little_is_given_away() -> None:
    work = Work(each=0.5, always=0.1)
    work.fit(300.0)
    assert 270.0 < work.now <= 300.0
    assert work.rehearsed[:-1] == [1, 2, 4, 8]  # after 1, 4, 16 and 64 rounds


def test_a_round_that_would_end_too_late_is_not_begun() -> None:
    moments = iter([0.0, 8.0, 8.0, 16.0, 16.0])
    closing = Closing(Deadline(20.0, lambda: next(moments)))
    assert not closing.due(1)  # nobody knows as yet how long a round takes
    assert closing.due(2)


def test_a_counted_deadline_is_looked_at_once_a_round() -> None:
    work, looks = Work(each=5.0), iter(range(100))
    closing = Closing(Deadline(3.0, lambda: float(next(looks)), counted=True), work.close)
    assert [closing.due(done) for done in (1, 2, 3, 4)] == [False, False, False, True]
    assert not work.rehearsed


def test_lightgbm_ends_earlier_by_what_its_rehearsals_took() -> None:
    """Every look at the clock is a second, whatever the machine: a round takes two of them, a rehearsal one."""
    rng = np.random.default_rng(0)
    features = (Feature("x", "x", "number"), Feature("z", "z", "number"))
    target = np.arange(400.0) % CLASSES
    values = (rng.normal(size=(400, 2)) + target[:, None]).astype(np.float32)
    rows = Sample(values, features, target)
    problem = Problem("multiclass", CLASSES, 400, features, 60.0, 0, Objective("log_loss"))
    candidate = LightGBM().candidates(problem)[0]
    looks = count()
    fitted = LightGBM().fit(candidate, problem, rows, rows, Deadline(100.0, lambda: float(next(looks))), 0)
    left = 100 - next(looks)
    assert fitted.stopped
    assert fitted.tried > 16
    assert (
        0.25 * fitted.tried < left < 0.25 * fitted.tried + 6
    )  # after 16 rounds the latest 4 were closed in a second
    assert member_of(fitted).predict(values).shape == (400, CLASSES)


def test_a_refit_that_did_all_its_rounds_was_not_stopped() -> None:
    problem = Problem("binary", 2, 400, (Feature("x", "x", "number"),), 60.0, 0, Objective("log_loss"))
    target = np.arange(400.0) % 2
    rows = Sample(target[:, None].astype(np.float32), problem.features, target)
    candidate, looks = LightGBM().candidates(problem)[0], count()
    fitted = LightGBM().fit(candidate, problem, rows, None, Deadline(1.0, lambda: float(next(looks))), 1)
    assert not fitted.stopped
