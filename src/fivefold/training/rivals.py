"""Rivals: a linear model and a single LightGBM on the same sealed rows, so that a reader sees what the blend adds to them.

They are candidates like any other, and the folds alone say which of a family is the best. A comparison is fair only between
fits on the same rows: where the members were fitted on all training rows, so must a rival be, and one that was not is fitted
then if little time is enough. A rival that cannot be had that way is left out. Nothing is chosen by any of this.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Rival
from fivefold.core.protocols import MemberKind
from fivefold.core.registry import Registry
from fivefold.measure.intervals import seconds_to_pair
from fivefold.measure.objectives import loss
from fivefold.runtime.judgement import Judgement
from fivefold.training.choice import Choice
from fivefold.training.judgement import form_judgement, quantile_shift
from fivefold.training.rows import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Brief, Evaluation, Score
    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Floats
    from fivefold.training.encoded import EncodedRows
    from fivefold.training.evaluation import SealedPart
    from fivefold.training.search import Search

__all__ = ["Rivals", "time_to_compare"]

_FAMILIES = ("linear", "lightgbm")
_SHARE = 0.1
"""Share of the time left after the first fold that is kept for comparing at most."""
_QUICK = 0.02
"""Share of the same time up to which it is also kept for fitting a rival on all training rows."""
_LONG = 0.1
"""Share of the step's time above which no rival is fitted just for this, whatever time is left."""
_CAUTION = 1.5
"""How much longer fitting, scoring and comparing may take than was measured."""
_FAILED = frozenset({"failed", "killed", "refused"})
"""States of a fit that is not tried again just for this."""
_PUT_RIGHT = 5_000
"""Out-of-fold rows at most by which a rival's probabilities are put right."""


def time_to_compare(search: Search) -> float:
    """Seconds that the search keeps for judging rivals, by what the first fold took; 0 if it would cost too much.

    Time to fit them on all training rows is kept for the quick ones alone; for others it is a matter of what is left.
    """
    first, rows = search.folds[0], search.workshop.rows
    kin = [[each for each in search.running if search.candidates[each].family == name] for name in _FAMILIES]
    numbers = [min(each, key=lambda number: search.fits[number, first].score or 0.0) for each in kin if each]
    if not numbers or not search.sealed_rows:
        return 0.0
    truth, scores = rows.target[rows.judged(first)], search.scores_on(numbers[0], [first])
    task, sealed = rows.terms.contract.task, search.sealed_rows
    pair = search.schedule.pairing(search.metric, task, truth, scores, sealed)
    left, refits = search.until.remaining(), [search.one_refit(number) for number in numbers]
    seconds = pair * (1 + len(numbers)) + sum(_scoring(search, number) for number in numbers)
    seconds += sum(each for each in refits if each <= _QUICK * left)
    return seconds if seconds <= _SHARE * left else 0.0


@dataclass(frozen=True, slots=True)
class Rivals:
    """The best candidate of each plain family.

    Attributes
    ----------
    search : Search
        After its run and its refits; its pool is still open.
    choice : Choice
    plan : Brief
    fold : int
        What the measured model's members learned from.
    """

    search: Search
    choice: Choice
    plan: Brief
    fold: int

    def judge(
        self,
        sealed: SealedPart,
        encoded: EncodedRows,
        ours: tuple[Floats, Judgement],
        evaluation: Evaluation,
    ) -> tuple[Rival, ...]:
        """Score the rivals on the sealed rows, as far as there is time for it.

        Parameters
        ----------
        sealed : SealedPart
            After it judged the model.
        encoded : EncodedRows
            The same rows, by the encoder of the measured model.
        ours : (array of shape (rows, outputs), Judgement)
            The measured model's scores on them, and how labels are chosen from them.
        evaluation : Evaluation
            Of the measured model.
        """
        search, metric = self.search, evaluation.metric
        if not self.choice.weights or search.schedule.interruption.asked:
            return ()
        best = self._best()
        others = [number for number in best if self.choice.members != [number]]
        answers = self._answers(others, sealed, encoded, ours, metric)
        figures = sealed.compare(metric, ours, list(answers.values())) if answers else ()
        found: dict[int, tuple[Score, Score | None]] = dict(zip(answers, figures, strict=True))
        found |= {number: (evaluation.score(metric), None) for number in best if number not in others}
        return tuple(
            Rival(search.candidates[number].name, search.candidates[number].family, *found[number])
            for number in best
            if number in found
        )

    def _answers(
        self,
        numbers: Sequence[int],
        sealed: SealedPart,
        encoded: EncodedRows,
        ours: tuple[Floats, Judgement],
        metric: str,
    ) -> dict[int, tuple[Floats, Judgement]]:
        """What the rivals say, as far as there is time: first those that are fitted, so that fitting others costs none of them."""
        search, task = self.search, sealed.terms.contract.task
        pair = seconds_to_pair(metric, task, sealed.truth, ours[0], sealed.truth.size) if numbers else 0.0
        comparing = pair * (1 + len(numbers))
        seconds = {number: _CAUTION * (_scoring(search, number) + comparing) for number in numbers}
        answers: dict[int, tuple[Floats, Judgement]] = {}

        def hear(asked: Sequence[int]) -> None:
            for number in asked:
                if self._fair(number) and seconds[number] <= self._left():
                    answers[number] = self._answer(number, encoded, metric)

        hear(numbers)
        missing = [number for number in numbers if (number, self.fold) not in search.fits]
        self._refit(missing, search.latest.earlier(comparing + sum(seconds[each] for each in missing)))
        hear(missing)
        return answers

    def _best(self) -> list[int]:
        """The candidate of each family with the lowest loss on the folds."""
        search, truth = self.search, self.choice.truth
        objective = search.workshop.rows.terms.objective
        losses = {
            number: loss(objective, truth, search.scores(number), self.choice.compared)
            for number in search.running
            if search.candidates[number].family in _FAMILIES
        }
        kin = [[each for each in losses if search.candidates[each].family == name] for name in _FAMILIES]
        return [min(each, key=losses.__getitem__) for each in kin if each]

    def _refit(self, numbers: Sequence[int], until: Deadline) -> None:
        """Fit on all training rows, the quickest first, as far as little time is enough."""
        search = self.search
        if self.fold != ALL:
            return
        left, most = min(until.remaining(), self._left()), _LONG * search.workshop.rows.terms.seconds
        failed = {one.candidate for one in search.trials if one.fold == ALL and one.state in _FAILED}
        again = [number for number in numbers if search.candidates[number].name not in failed]
        wanted: list[int] = []
        for number in sorted(again, key=search.one_refit):
            took = [search.one_refit(each) for each in (*wanted, number)]
            together = search.schedule.wall(took)
            if together <= most and _CAUTION * together <= left:
                wanted.append(number)
        if wanted:
            search.refit(wanted, until)

    def _left(self) -> float:
        """Seconds until the model must be written, by whichever clock is further on: nothing of this reaches the bundle."""
        schedule, latest = self.search.schedule, self.search.latest
        return min(latest.remaining(), schedule.latest.earlier(schedule.deadline.at - latest.at).remaining())

    def _fair(self, number: int) -> bool:
        """Whether it was fitted on the same rows as the model; a fit that was cut off would flatter the model, unless it is in it."""
        answer = self.search.fits.get((number, self.fold))
        return answer is not None and (not answer.stopped or number in self.choice.weights)

    def _answer(self, number: int, encoded: EncodedRows, metric: str) -> tuple[Floats, Judgement]:
        """A rival's scores, put right as the model's would be where the metric sees it."""
        search, choice = self.search, self.choice
        kind = Registry[MemberKind]("fivefold.members").get(search.fits[number, self.fold].kind)
        scores = encoded.scores(kind.load(search.payload(number, self.fold)))
        if scores.shape[1] == 1:
            single = replace(choice, scores=search.scores(number))
            return scores + quantile_shift(search.workshop.rows.terms.objective, single), Judgement()
        if metric in {"roc_auc", "average_precision"}:
            return scores, Judgement()
        every = slice(None, None, -(-choice.truth.size // _PUT_RIGHT))
        own = search.scores(number)[every]
        count = None if choice.weight is None else choice.weight[every]
        alone = Choice({number: 1.0}, choice.truth[every], own, choice.baseline[every], weight=count)
        judgement = form_judgement(search, alone, self.plan)
        return judgement.recalibration.apply(scores) if judgement.recalibration else scores, judgement


def _scoring(search: Search, number: int) -> float:
    """Seconds that a candidate needs for the sealed rows, by what the first fold took."""
    first = search.folds[0]
    judged = max(1, search.workshop.rows.judged(first).size)
    return search.sealed_rows * search.fits[number, first].predict_seconds / judged
