"""What every family must hold to, and small problems to try it on.

Subclass :class:`FamilySuite` in a test file, return the family from ``make``, and let pytest collect it::

    class TestMyFamily(FamilySuite):
        def make(self) -> Family:
            return MyFamily()
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, ClassVar, get_args
from unittest import SkipTest

import numpy as np

from fivefold.core.artefacts import Task
from fivefold.core.clock import Deadline
from fivefold.core.objective import pinball
from fivefold.core.protocols import Feature, MemberKind, Problem, Sample, Weighed
from fivefold.core.quantities import format_bytes
from fivefold.core.registry import Registry
from fivefold.measure.objectives import best_constant, loss, objective_of
from fivefold.testing.footprints import FLOOR, Plain, footprint

if TYPE_CHECKING:
    from fivefold.core.objective import Objective
    from fivefold.core.protocols import Candidate, Family, Fitted, Floats, Matrix, Member

__all__ = ["FEATURES", "FamilySuite", "member_of", "problem", "sample"]

FEATURES = (
    Feature("age", "age", "number"),
    Feature("distance", "distance", "number"),
    Feature("city", "city", "code", 6),
    Feature("city (rate)", "city", "rate"),
    Feature("note ~ 1", "note", "text"),
)
_CLASSES: dict[Task, int] = {"binary": 2, "multiclass": 3, "regression": 0}
_TASKS: tuple[Task, ...] = get_args(Task)
_WEIGHED = (
    Plain(rows=30_000, columns=60, classes=0, rounds=2),  # what grows with the table
    Plain(rows=3_000, columns=10, classes=12, rounds=60),  # what grows with the model
)


def problem(task: Task, *, rows: int = 400, seed: int = 0, metric: str = "") -> Problem:
    """Return a problem over :data:`FEATURES`; the headline metric, if one is named, says what is to be made small."""
    objective = objective_of(task, metric)
    return Problem(task, _CLASSES[task], rows, FEATURES, seconds=60.0, seed=seed, objective=objective)


def sample(task: Task, *, rows: int = 400, seed: int = 0) -> Sample:
    """Draw rows whose target follows from two features; a tenth of all values is missing.

    Parameters
    ----------
    task : Task
    rows : int
    seed : int
    """
    rng = np.random.default_rng(seed)
    age, distance, note = rng.normal(50, 12, rows), rng.exponential(5, rows), rng.normal(size=rows)
    city = rng.integers(0, 5, rows)  # the last code, 5, stands for cities that training did not see
    signal = (age - 50) / 12 + np.where(city % 2, 1.5, -1.5)
    values = np.column_stack([age, distance, city, np.where(city % 2, 0.7, 0.3), note]).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    noisy = signal + rng.normal(scale=0.5, size=rows)
    targets = {
        "binary": noisy > 0,
        "multiclass": np.digitize(noisy, (-1.0, 1.0)),
        "regression": 100 + 20 * noisy,
    }
    values.setflags(write=False)  # matrices are mapped from disk and shared
    return Sample(values, FEATURES, targets[task].astype(np.float64))


def _skewed(given: Sample) -> Sample:
    """The same rows with a target of a long tail."""
    return replace(given, target=np.exp((given.target - 100) / 20))


def member_of(fitted: Fitted) -> Member:
    """Load a fitted model as the runtime would."""
    return Registry[MemberKind]("fivefold.members").get(fitted.kind).load(fitted.payload)


class FamilySuite:
    """The rules of the seam ``fivefold.families``; subclass it and override ``make``.

    Attributes
    ----------
    learns : bool
        Whether it beats the mean on an easy problem; only a baseline does not.
    slack : float
        Seconds that a fit may be late.
    """

    learns: ClassVar[bool] = True
    slack: ClassVar[float] = 2.0

    def make(self) -> Family:
        """Return the family under test."""
        raise NotImplementedError

    def test_candidates_have_names_of_their_own_and_plain_settings(self) -> None:
        """They are printed, written and told apart by name."""
        for task in _TASKS:
            candidates = self._candidates(problem(task))
            assert len({candidate.name for candidate in candidates}) == len(candidates) > 0
            assert len({candidate.family for candidate in candidates}) == 1
            assert all(json.loads(json.dumps(one.settings)) == one.settings for one in candidates)
            assert candidates == self._candidates(problem(task))

    def test_it_can_be_prepared_more_than_once(self) -> None:
        """Every worker prepares it, some of them again."""
        family = self.make()
        family.prepare()
        family.prepare()

    def test_it_learns_and_its_payload_answers_in_the_right_shape(self) -> None:
        """The member kind reads the payload; classes get probabilities; the mean is beaten."""
        for task in _TASKS:
            given, unseen = sample(task), sample(task, seed=1)
            for candidate in self._candidates(problem(task)):
                scores = self._scores(self._fit(candidate, task, given, unseen), unseen.values, task)
                if self.learns:
                    aim = objective_of(task)
                    assert loss(aim, unseen.target, scores) < 0.9 * _constant_loss(aim, given, unseen)

    def test_the_median_is_beaten_where_the_absolute_error_counts(self) -> None:
        """A long tail to one side parts the mean from the median."""
        aim = objective_of("regression", "mae")
        given, unseen = (_skewed(sample("regression", seed=seed)) for seed in (0, 1))
        asked = problem("regression", metric="mae")
        for candidate in self._candidates(asked):
            fitted = self.make().fit(candidate, asked, given, unseen, Deadline.after(60.0), 0)
            scores = self._scores(fitted, unseen.values, "regression")
            if self.learns:
                assert loss(aim, unseen.target, scores) < 0.9 * _constant_loss(aim, given, unseen)

    def test_a_quantile_is_learned_by_whoever_says_so(self) -> None:
        """A family with ``learns_quantiles = True`` beats the quantile of all rows, and about so many rows lie below its answers."""
        if not getattr(self.make(), "learns_quantiles", False):
            raise SkipTest("this family does not say that it learns quantiles")
        given, unseen = sample("regression"), sample("regression", seed=1)
        for level in (0.1, 0.9):
            asked = problem("regression", metric=pinball(level))
            for candidate in self._candidates(asked):
                fitted = self.make().fit(candidate, asked, given, unseen, Deadline.after(60.0), 0)
                scores = self._scores(fitted, unseen.values, "regression")
                assert loss(asked.objective, unseen.target, scores) < 0.9 * _constant_loss(
                    asked.objective, given, unseen
                )
                # What they miss it by is taken off the blend; it must be on the right side all the same.
                assert abs(float((unseen.target <= scores[:, 0]).mean()) - level) < 0.2

    def test_the_same_seed_gives_the_same_payload(self) -> None:
        """A resumed run must end as an unbroken one."""
        for task in _TASKS:
            for candidate in self._candidates(problem(task)):
                fits = [self._fit(candidate, task, sample(task), sample(task, seed=1)) for _ in range(2)]
                assert fits[0] == fits[1]

    def test_a_refit_does_the_rounds_that_it_is_told(self) -> None:
        """Without rows to be judged on it fits all the same."""
        for task in _TASKS:
            for candidate in self._candidates(problem(task)):
                fitted = self._fit(candidate, task, sample(task), None, rounds=7)
                assert fitted.rounds in {0, 7}
                assert not fitted.stopped
                self._scores(fitted, sample(task).values, task)

    def test_it_returns_by_its_deadline_with_what_there_is(self) -> None:
        """Time is never overdrawn, and a fit that is cut short can be used."""
        for task in _TASKS:
            large, judged = sample(task, rows=60_000), sample(task, rows=5_000, seed=1)
            for candidate in self._candidates(problem(task, rows=60_000)):
                self._fit(
                    candidate, task, sample(task), None, rounds=1
                )  # libraries are loaded before the clock starts
                began = time.monotonic()
                fitted = self._fit(candidate, task, large, judged, seconds=0.2)
                assert time.monotonic() - began < 0.2 + self.slack
                self._scores(fitted, judged.values, task)

    def test_a_counted_clock_ends_it_where_it_ended_before(self) -> None:
        """In a deterministic run the deadline's own clock moves on by one step whenever it is looked at."""
        for task in _TASKS:
            for candidate in self._candidates(problem(task)):
                fits = [
                    self.make().fit(
                        candidate,
                        problem(task),
                        sample(task),
                        sample(task, seed=1),
                        Deadline(20.5, count().__next__, counted=True),
                        0,
                    )
                    for _ in range(2)
                ]
                assert fits[0] == fits[1]

    def test_missing_values_and_unseen_codes_get_an_answer(self) -> None:
        """A row of nothing but gaps, and a category that training did not see."""
        rows = np.full((2, len(FEATURES)), np.nan, dtype=np.float32)
        rows[1, 2] = FEATURES[2].levels - 1
        for task in _TASKS:
            for candidate in self._candidates(problem(task)):
                self._scores(self._fit(candidate, task, sample(task), sample(task, seed=1)), rows, task)

    def test_a_class_that_training_lacks_still_gets_a_column(self) -> None:
        """Rare classes may be missing from a fold."""
        given = sample("multiclass")
        keep = given.target != 1
        without = Sample(given.values[keep], FEATURES, given.target[keep])
        for candidate in self._candidates(problem("multiclass")):
            fitted = self._fit(candidate, "multiclass", without, sample("multiclass", seed=1))
            self._scores(fitted, given.values, "multiclass")

    def test_tiny_tables_and_weights_are_taken(self) -> None:
        """Thirty rows, one column without any value, rows of different weight."""
        for task in _TASKS:
            given = sample(task, rows=30)
            values = given.values.copy()
            values[:, 1] = np.nan
            weight = np.linspace(0.5, 1.5, 30)
            tiny = replace(given, values=values, weight=weight)
            for candidate in self._candidates(problem(task, rows=30)):
                self._scores(self._fit(candidate, task, tiny, replace(tiny)), values, task)

    def test_rows_that_weigh_next_to_nothing_are_not_listened_to(self) -> None:
        """Half of the rows say the opposite of the others; how much each counts decides who is believed."""
        for task in ("binary", "regression"):
            one, other = sample(task), sample(task, seed=2)
            turned = other.target.max() + other.target.min() - other.target
            mixed = Sample(
                np.concatenate([one.values, other.values]), FEATURES, np.concatenate([one.target, turned])
            )
            unseen = sample(task, seed=1)
            weight = np.repeat([2.0, 2e-6], 400)
            for candidate in self._candidates(problem(task)):
                if self.learns:
                    heard = self._fit(candidate, task, replace(mixed, weight=weight), unseen)
                    aim = objective_of(task)
                    losses = loss(aim, unseen.target, self._scores(heard, unseen.values, task))
                    assert losses < 0.9 * _constant_loss(aim, one, unseen)

    def test_trends_are_kept_by_whoever_says_so(self) -> None:
        """A family with ``keeps_trends = True``: a score that should fall with a column never rises with it, in any row."""
        if not getattr(self.make(), "keeps_trends", False):
            raise SkipTest("this family does not say that it keeps trends")
        rows = np.repeat(sample("binary", rows=20, seed=2).values, 30, axis=0)
        rows[:, 0] = np.tile(np.linspace(0, 100, 30), 20)
        trends = (-1, *(0 for _ in FEATURES[1:]))  # against what the rows say: left alone, the score rises
        metrics = ("", "mae", pinball(0.9))
        asked: list[tuple[Task, str]] = [("binary", ""), *(("regression", metric) for metric in metrics)]
        for task, metric in asked:
            given = replace(problem(task, metric=metric), trends=trends)
            for candidate in self._candidates(given):
                fitted = self.make().fit(
                    candidate, given, sample(task), sample(task, seed=1), Deadline.after(60.0), 0
                )
                scores = self._scores(fitted, rows, task)[:, -1].reshape(20, 30)
                assert np.diff(scores, axis=1).max() <= 1e-6 * np.abs(scores).max()

    def test_a_fit_takes_about_the_memory_that_it_says(self) -> None:
        """A fresh process grows by half to twice of that; less than a few megabytes are all the same."""
        family = self.make()
        if not isinstance(family, Weighed):
            raise SkipTest("this family does not say how much memory a fit takes")
        for table in _WEIGHED:
            said = {
                candidate.name: family.memory(candidate, table.problem, table.rows, table.rounds)
                for candidate in self._candidates(table.problem)
            }
            for candidate in self._candidates(table.problem):
                if said[candidate.name] < max(said.values()):
                    continue  # the neediest speaks for all
                took = footprint(type(self), candidate, table)
                if took is None:
                    raise SkipTest("the system does not tell how much memory a fit takes")
                ratio = max(said[candidate.name], FLOOR) / max(took, FLOOR)
                assert 0.5 <= ratio <= 2.0, (
                    f"{candidate.name} says {format_bytes(said[candidate.name])} and takes {format_bytes(took)} on {table}"
                )

    def _candidates(self, given: Problem) -> list[Candidate]:
        """Ask the family."""
        return list(self.make().candidates(given))

    def _fit(
        self,
        candidate: Candidate,
        task: Task,
        train: Sample,
        valid: Sample | None,
        *,
        rounds: int = 0,
        seconds: float = 60.0,
    ) -> Fitted:
        """Fit a candidate."""
        given = problem(task, rows=len(train.target))
        return self.make().fit(candidate, given, train, valid, Deadline.after(seconds), rounds)

    @staticmethod
    def _scores(fitted: Fitted, values: Matrix, task: Task) -> Floats:
        """Return what the member answers, once it is fit to be an answer."""
        scores = member_of(fitted).predict(values)
        assert scores.shape == (len(values), max(1, _CLASSES[task]))
        assert np.isfinite(scores).all()
        if task != "regression":
            assert scores.min() >= 0
            np.testing.assert_allclose(scores.sum(axis=1), 1.0, atol=1e-6)
        return scores


def _constant_loss(objective: Objective, train: Sample, valid: Sample) -> float:
    """Loss of the class shares, or of the best constant."""
    answer = np.array([best_constant(objective, train.target)])
    if objective.name == "log_loss":
        answer = np.bincount(train.target.astype(np.intp)) / train.target.size
    return loss(objective, valid.target, np.tile(answer, (valid.target.size, 1)))
