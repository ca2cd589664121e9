"""A fit ends in time for what follows it, by a clock that moves as the work says."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import numpy as np
import pytest

from fivefold.core.clock import Deadline
from fivefold.core.objective import Objective
from fivefold.core.protocols import Feature, Problem, Sample
from fivefold.runtime.members.lightgbm import LightGBMMember
from fivefold.testing.families import member_of
from fivefold.training.families.closing import Closing
from fivefold.training.families.lightgbm import LightGBM

CLASSES = 40
TINY = 1e-9
"""What adding up tenths of a second is wrong by."""


@dataclass
class Work:
    """Rounds of one second, and a closing of so many seconds beside so many for every round; a rehearsal may take longer."""

    each: float
    always: float = 0.0
    busy: tuple[float, ...] = ()
    now: float = 0.0
    rehearsed: list[int] = field(default_factory=list)

    def close(self, rounds: int) -> None:
        self.rehearsed.append(rounds)
        self.now += self.always + self.each * rounds + sum(self.busy[:1])
        self.busy = self.busy[1:]

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
    assert work.now <= 200.0 + TINY


def test_little_is_given_away() -> None:
    work = Work(each=0.5, always=0.1)
    work.fit(300.0)
    assert 270.0 < work.now <= 300.0
    assert work.rehearsed[:-1] == [
        1,
        2,
        4,
        8,
        8,
        8,
    ]  # after 1, 4, 16 and 64 rounds, and again before the fit ends by it


@pytest.mark.parametrize("each", [0.0, 0.01])
def test_what_is_always_the_same_is_not_multiplied_by_the_rounds(each: float) -> None:
    work = Work(each, always=3.0)
    rounds = work.fit(300.0)
    assert rounds > 240
    assert 260.0 < work.now <= 300.0


@pytest.mark.parametrize("place", [1, 2])
def test_a_rehearsal_in_a_busy_moment_is_held_again_before_the_fit_ends_by_it(place: int) -> None:
    """With twenty seconds in a rehearsal of two or four rounds, hundreds of rounds seem to take longer than there is time."""
    work = Work(each=0.5, always=0.1, busy=(0.0,) * place + (20.0,))
    work.fit(300.0)
    assert 250.0 < work.now <= 300.0


@pytest.mark.parametrize("place", range(4))
def test_a_busy_moment_neither_hides_what_grows_nor_ends_the_fit_at_once(place: int) -> None:
    """The rehearsal in this place takes two seconds longer, be it the first one, which loads what it needs, or a later one."""
    work = Work(each=0.5, always=0.1, busy=(0.0,) * place + (2.0,))
    assert work.fit(300.0) > 64
    assert work.now <= 300.0


def test_a_closing_that_seems_to_shrink_is_still_thought_to_grow_a_little() -> None:
    work = Work(each=0.0, always=1.0, busy=(4.0, 2.0, 1.0, 0.5))
    work.fit(300.0)
    assert 240.0 < work.now < 300.0


def test_a_round_that_would_end_too_late_is_not_begun() -> None:
    moments = iter([8.0, 12.0, 16.0])
    closing = Closing(Deadline(20.0, lambda: next(moments)))
    assert not closing.due(1)  # nobody knows as yet how long a round takes
    assert not closing.due(2)
    assert closing.due(3)


def test_a_counted_deadline_is_looked_at_once_a_round() -> None:
    work, looks = Work(each=5.0), iter(range(100))
    closing = Closing(Deadline(3.0, lambda: float(next(looks)), counted=True), work.close)
    assert [closing.due(done) for done in (1, 2, 3, 4)] == [False, False, False, True]
    assert not work.rehearsed


def test_lightgbm_ends_earlier_by_what_its_rehearsals_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock is a second, whatever the machine, and every tree that is read a hundredth."""
    rng = np.random.default_rng(0)
    features = (Feature("x", "x", "number"), Feature("z", "z", "number"))
    target = np.arange(400.0) % CLASSES
    values = (rng.normal(size=(400, 2)) + target[:, None]).astype(np.float32)
    rows = Sample(values, features, target)
    problem = Problem("multiclass", CLASSES, 400, features, 60.0, 0, Objective("log_loss"))
    looks, load, trees = count(), LightGBMMember.load, []

    def read(payload: bytes) -> LightGBMMember:
        trees.append(payload.count(b"\nTree="))
        return load(payload)

    monkeypatch.setattr(LightGBMMember, "load", read)
    until = Deadline(100.0, lambda: next(looks) + 0.01 * sum(trees))
    fitted = LightGBM().fit(LightGBM().candidates(problem)[0], problem, rows, rows, until, 0)
    left = 100 - until.clock()
    closing = 0.01 * CLASSES * fitted.tried
    assert fitted.stopped
    # After 1, 4 and 16 rounds, and twice again before it ends by the last one.
    assert trees == [CLASSES, 2 * CLASSES, 4 * CLASSES, 4 * CLASSES, 4 * CLASSES]
    assert closing < left < closing + 5
    assert member_of(fitted).predict(values).shape == (400, CLASSES)


def test_a_refit_that_did_all_its_rounds_was_not_stopped() -> None:
    problem = Problem("binary", 2, 400, (Feature("x", "x", "number"),), 60.0, 0, Objective("log_loss"))
    target = np.arange(400.0) % 2
    rows = Sample(target[:, None].astype(np.float32), problem.features, target)
    candidate, looks = LightGBM().candidates(problem)[0], count()
    fitted = LightGBM().fit(candidate, problem, rows, None, Deadline(1.0, lambda: float(next(looks))), 1)
    assert not fitted.stopped
