"""The search: every candidate on the first fold, then on as many folds as time allows, then the chosen ones on all rows.

- First folds together get only so much time that fits on all rows can follow them.
- Further folds are added if they and those refits fit into the time left, by what the first fold took.
- Later candidates are raced against the first ones in what is left of the time.
- Whenever the search ends, by its deadline or by Ctrl-C, the models of the first fold are there to be served.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Trial
from fivefold.core.artefacts.model import where
from fivefold.core.tasks import EncodeTask, FitTask, Outcome
from fivefold.training.last_fit import time_to_keep
from fivefold.training.learning import learn_from_fewer
from fivefold.training.naive import try_at_random
from fivefold.training.proposals import propose
from fivefold.training.race import race
from fivefold.training.readmission import readmit
from fivefold.training.rivals import time_to_compare
from fivefold.training.rows import ALL, ASIDE, WHOLE
from fivefold.training.schedule import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Model
    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Candidate, Floats
    from fivefold.core.tasks import Answer, Task
    from fivefold.core.workbench import Progress
    from fivefold.training.schedule import Schedule
    from fivefold.training.tasks import Workshop

__all__ = ["Search"]

_SLACK = 1.15
"""How much longer a fit may take than what was measured says."""
_AGAIN = 3.0
"""Time that must be left, in folds of the whole race, for fits that were cut off to be done again."""
_GOOD = 1.05
"""Loss beside the best one's up to which a candidate may speak for all of them."""
_ENOUGH = 0.6
"""Share of its rounds that a refit must have done to be used."""
_TAIL = (1.5, 0.04)
"""Seconds, or share of the step's time, that must be left for the bundle and what follows it."""
_SCORING = 0.15
"""Time kept for scoring the sealed rows, in times of the first fits, where nothing is fitted again."""
_LAST = 0.97
"""How far the step is during the last fit."""


@dataclass(slots=True)
class Search:
    """Fits candidates and remembers what came of it.

    Attributes
    ----------
    workshop : Workshop
    schedule : Schedule
    progress : Progress
    sealed_rows : int
        Rows that the blend will have to score afterwards.
    most_members : int
        Members that the blend may have.
    metric : str
        The headline metric.
    last_fit : bool
        Whether time is to be kept for a last fit on all rows, the sealed ones too.
    candidates : list of Candidate
        In the order of fitting; a candidate's number is its place here.
    trials : list of Trial
        Every fit, in the order in which they ended.
    fits : dict of (int, int) to Answer
        Finished fits by candidate number and fold.
    repeats : dict of (int, int) to list of int
        Seeds of further fits, by candidate number and fold.
    folds : list of int
        The folds that were begun, the first one first.
    encoded : dict of int to float
        Seconds that the encoding took, by fold.
    notes : list of str
        What a reader of the model must know.
    later : list of Candidate
        Those that are only fitted if time is left, in order.
    taken_over : int
        Fits that an earlier try had finished.
    out : set of int
        Candidates that failed on a fold.
    """

    workshop: Workshop
    schedule: Schedule
    progress: Progress
    sealed_rows: int
    most_members: int
    metric: str
    last_fit: bool = False
    candidates: list[Candidate] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    fits: dict[tuple[int, int], Answer] = field(default_factory=dict)
    folds: list[int] = field(default_factory=list)
    repeats: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    encoded: dict[int, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    later: list[Candidate] = field(default_factory=list)
    taken_over: int = 0
    out: set[int] = field(default_factory=set)
    _racing: set[int] = field(default_factory=set)
    _reserve: float = 0.0

    def run(self, families: Sequence[str], earlier: Model | None = None) -> None:
        """Fit the candidates of these families on the first fold, and on more folds if time allows; what won earlier first."""
        self._reserve = max(2.0, 0.08 * self.schedule.deadline.remaining())
        first, *others = self.workshop.rows.order
        self.folds.append(first)
        every = () if self.workshop.rows.held_out else (EncodeTask(ALL),)
        self.work([EncodeTask(first), *every], self.until)
        if first not in self.encoded:
            return
        proposals = propose(self.workshop, first, families, earlier)
        self.candidates += proposals.opening
        self.later += proposals.later
        self.trials += proposals.failed
        with_refits = self.until.within(self.until.remaining() / (1 + (self._refit_ratio or _SCORING)))
        # The next fold is encoded along with the fits of this one, on a core that would wait for the slowest of them.
        ahead = [EncodeTask(fold) for fold in others]
        self.work([*self._fits(range(len(self.candidates)), first), *ahead[:1]], with_refits)
        self._reserve += self.time_to_score() + time_to_keep(self) + time_to_compare(self)
        for place, fold in enumerate(others):
            if fold not in self.encoded or not self._affords_another():
                break
            self.folds.append(fold)
            slowest_first = sorted(self.running, key=lambda number: -self.seconds([number]))
            tasks: list[Task] = [*self._fits(slowest_first, fold), *ahead[place + 1 : place + 2]]
            self.work(tasks, self.until.earlier(self.refit_seconds()))
        back = readmit(self)
        self._finish()
        try_at_random(self)
        learn_from_fewer(self, before_race=True)
        race(self)
        learn_from_fewer(self, before_race=False)
        planned = len(self.workshop.rows.order)
        if self.running and len(self.shared) < planned:
            compared = f"Candidates were compared on {len(self.shared)} of {planned} folds"
            why = (
                f"{', '.join(back)} failed on another, and nobody else comes near"
                if back
                else "there was no time for more"
            )
            self.notes.append(f"{compared}: {why}.")

    def _finish(self) -> None:
        """Do again what was cut off, when time is left after all: small tables must not depend on a busy minute."""
        cut = [key for key, answer in self.fits.items() if answer.stopped and key[0] not in self.out]
        left = self.until.remaining() - self.refit_seconds()
        if cut and not self.schedule.interruption.asked and left > _AGAIN * self.seconds(self.running):
            tasks = [FitTask(self.candidates[number], number, fold) for number, fold in cut]
            self.work(tasks, self.until.earlier(self.refit_seconds()))

    def refit(self, numbers: Sequence[int], until: Deadline | None = None) -> list[int]:
        """Fit these candidates on all rows; return those that can be served from that."""
        if ALL not in self.encoded or not numbers:
            return []
        tasks = [FitTask(self.candidates[number], number, ALL, self.rounds(number)) for number in numbers]
        self.work(tasks, until or self.until)
        done = [(task, self.fits.get((task.number, ALL))) for task in tasks]
        return [
            task.number
            for task, answer in done
            if answer is not None and (not answer.stopped or answer.rounds >= _ENOUGH * task.rounds)
        ]

    @property
    def until(self) -> Deadline:
        """When fitting must be over; the rest is for the blend, the sealed part and the bundle."""
        return self.schedule.deadline.earlier(self._reserve)

    @property
    def latest(self) -> Deadline:
        """When whatever follows the sealed part's judgement must be over: the last fit, and the rivals."""
        return self.schedule.deadline.earlier(max(_TAIL[0], _TAIL[1] * self.workshop.rows.terms.seconds))

    @property
    def running(self) -> list[int]:
        """Candidates that finished the first fold and did not fail since."""
        first = [number for number, fold in self.fits if fold == self.folds[0]]
        return sorted(set(first) - self.out - self._racing)

    @property
    def spokesman(self) -> int | None:
        """The quickest of the good candidates on the first fold, who speaks for all; None where none was fitted to its end."""
        first = self.folds[0]
        whole = [number for number in self.running if not self.fits[number, first].stopped]
        losses = {number: self.fits[number, first].score or 0.0 for number in whole}
        good = [number for number in whole if losses[number] <= _GOOD * min(losses.values())]
        return min(good, key=lambda number: self.fits[number, first].seconds, default=None)

    @property
    def shared(self) -> list[int]:
        """The folds that all candidates in the race have finished; on these they are compared."""
        return [fold for fold in self.folds if all((number, fold) in self.fits for number in self.running)]

    @property
    def ended(self) -> str:
        """Why fitting ended."""
        if self.schedule.interruption.asked:
            return INTERRUPTED
        rows, last = self.workshop.rows, {(trial.candidate, trial.fold): trial.state for trial in self.trials}
        needed = {self.folds[0]} if rows.held_out else {self.folds[0], ALL}
        whole = (
            needed <= self.encoded.keys()
            and not self.later
            and (not self.running or len(self.folds) == len(rows.order))
            and all(state in {"done", "failed", "refused"} for state in last.values())
        )
        return "all candidates fitted" if whole else "deadline"

    def truth(self) -> Floats:
        """The target on the rows of the shared folds, fold after fold."""
        rows = self.workshop.rows
        return np.concatenate([rows.target[rows.judged(fold)] for fold in self.shared])

    def weight(self) -> Floats | None:
        """How much these rows count; None where all count the same."""
        rows = self.workshop.rows
        return rows.weights_at(np.concatenate([rows.judged(fold) for fold in self.shared]))

    def scores(self, number: int) -> Floats:
        """A candidate's out-of-fold scores on the same rows."""
        return self.scores_on(number, self.shared)

    def scores_on(self, number: int, folds: Sequence[int]) -> Floats:
        """A candidate's scores on the rows that these folds are judged on, fold after fold."""
        places = [FitTask(self.candidates[number], number, fold).place for fold in folds]
        return np.concatenate([np.load(self.workshop.folder / place / "scores.npy") for place in places])

    def take(self, count: int) -> list[int]:
        """Let the next of the later candidates into the race, and return their numbers."""
        numbers = list(range(len(self.candidates), len(self.candidates) + count))
        self.candidates += self.later[:count]
        del self.later[:count]
        self._racing |= set(numbers)
        return numbers

    def admit(self, numbers: Sequence[int]) -> None:
        """Let those count that have been fitted to their end on all folds that the others were compared on."""
        for number in numbers:
            fits = [self.fits.get((number, fold)) for fold in self.shared]
            if all(fit is not None and not fit.stopped for fit in fits):
                self._racing.discard(number)

    def fit(self, numbers: Sequence[int], folds: Sequence[int], until: Deadline) -> None:
        """Fit candidates on folds."""
        self.work([task for fold in folds for task in self._fits(numbers, fold)], until)

    def seconds_of(self, number: int) -> float:
        """Time that all fits of a candidate took, by the clock."""
        fits = self.fits.items()
        return sum(answer.took for (fitted, fold), answer in fits if fitted == number and fold not in ASIDE)

    def payload(self, number: int, fold: int, seed: int = 0) -> bytes:
        """A fitted candidate in its native form."""
        place = FitTask(self.candidates[number], number, fold, seed=seed).place
        return (self.workshop.folder / place / "payload").read_bytes()

    def _fits(self, numbers: Sequence[int], fold: int) -> list[FitTask]:
        """One task per candidate."""
        return [FitTask(self.candidates[number], number, fold) for number in numbers]

    def work(self, tasks: Sequence[Task], until: Deadline) -> None:
        """Work through tasks and keep what came of each."""
        fits = [task for task in tasks if isinstance(task, FitTask)]
        self.taken_over += sum(self.workshop.finished(task) is not None for task in fits)
        for outcome in self.schedule.work(tasks, until, self._weight, self.workshop.finished):
            if isinstance(outcome.task, FitTask):
                self._keep_fit(outcome.task, outcome)
            elif outcome.answer is not None:
                self.encoded[outcome.task.fold] = outcome.answer.seconds
            elif outcome.reason != INTERRUPTED and outcome.task.fold not in ASIDE:
                failed = where(outcome.task.fold).capitalize()
                self.notes.append(f"{failed} could not be encoded: {outcome.reason}.")

    def _keep_fit(self, task: FitTask, outcome: Outcome) -> None:
        """Enter a fit into the list of trials; who fails on a fold is out of the race."""
        state, answer, candidate = outcome.state, outcome.answer, task.candidate
        if (task.fold in ASIDE or task.seed) and (answer is None or answer.stopped):
            return  # half a fit would say nothing, and nothing depends on it
        if task.seed:
            self.repeats.setdefault((task.number, task.fold), []).append(task.seed)
        elif answer is not None:
            self.fits[task.number, task.fold] = answer
        elif state != "skipped" and outcome.reason != INTERRUPTED and not self._stands(task):
            self.out.add(task.number)
        self.trials.append(
            Trial(
                candidate=candidate.name,
                family=candidate.family,
                fold=task.fold,
                seconds=round(answer.took if answer else outcome.seconds, 3),
                rounds=answer.rounds if answer else 0,
                score=answer.score if answer else None,
                state="stopped" if answer and answer.stopped else state,
                reason=outcome.why,
                settings=candidate.settings | ({"seed": task.seed} if task.seed else {}),
                memory_bytes=outcome.memory_bytes,
            )
        )
        planned = len(self.candidates) * len(self.workshop.rows.order) + self.most_members
        done = _LAST if task.fold == WHOLE else min(0.95, len(self.trials) / planned)
        self.progress.advance(done, f"{candidate.name}, {where(task.fold)}: {state}")

    def _stands(self, task: FitTask) -> bool:
        """Whether a fit that failed leaves its candidate in the race: on all rows, or when an earlier try succeeded."""
        return task.fold in {ALL, WHOLE} or (task.number, task.fold) in self.fits

    def rounds(self, number: int) -> int:
        """Rounds of a fit on all rows: those of the folds on average, and more as there are more rows.

        Of rolling folds only the last one counts, which learned from nearly all rows.
        """
        rows = self.workshop.rows
        folds = self.folds[:1] if rows.terms.split.rolling else self.shared
        each = [self.fits[number, fold].rounds for fold in folds]
        return max(1, round(float(np.mean(each)) * rows.growth))

    def _weight(self, task: Task) -> float:
        """How long a task is expected to take; fits are all the same before the first fold tells."""
        if isinstance(task, EncodeTask):
            return 0.1
        if task.fold in {ALL, WHOLE}:
            return max(0.05, self.one_refit(task.number))
        return (
            max(0.05, self.seconds([task.number]))
            if task.number in self.running
            else self.workshop.share(task.candidate.family)
        )

    def seconds(self, numbers: Sequence[int]) -> float:
        """Wall time of these candidates on one fold, over all cores; the first fits of all also load libraries."""
        took = []
        for number in numbers:
            answers = [self.fits[number, fold] for fold in self.shared]
            took.append(min(answer.seconds + answer.predict_seconds for answer in answers))
        return self.schedule.wall(took)

    def refit_seconds(self) -> float:
        """Wall time of the fits on all rows, if the slowest candidates are chosen."""
        return self.schedule.wall(sorted(map(self.one_refit, self.running))[-self.most_members :])

    def one_refit(self, number: int) -> float:
        """Seconds of a candidate's fit on all rows: there are more of them, but no rounds after the best one."""
        answers = [self.fits[number, fold] for fold in self.shared]
        tried = float(np.mean([answer.tried for answer in answers]))
        share = min(1.0, self.rounds(number) / tried) if tried else 1.0
        return float(np.mean([answer.seconds for answer in answers])) * share * self._refit_ratio

    @property
    def whole_growth(self) -> float:
        """All rows, the sealed ones too, beside the training rows."""
        rows = self.workshop.rows.folds.size
        return (rows + self.sealed_rows) / rows

    @property
    def _refit_ratio(self) -> float:
        """How much longer a round takes on all rows than on those of the first fold."""
        rows = self.workshop.rows
        if rows.held_out:
            return 0.0  # nothing is fitted again
        return _SLACK * rows.folds.size / max(1, rows.learned(self.folds[0]).size)

    def _affords_another(self) -> bool:
        """Whether a further fold fits into the time left, besides the refits."""
        if not self.running or self.schedule.interruption.asked:
            return False
        return self.seconds(self.running) + self.refit_seconds() <= self.until.remaining()

    def time_to_score(self) -> float:
        """Seconds that the sealed part will take, by what the first fold took."""
        rows, first = self.workshop.rows, self.folds[0]
        judged = max(1, rows.judged(first).size)
        slowest = sorted(self.fits[number, first].predict_seconds for number in self.running)
        predict = sum(slowest[-self.most_members :]) / judged
        encode = self.encoded[first] / max(1, rows.learned(first).size + judged)
        return self.sealed_rows * (predict + encode)
