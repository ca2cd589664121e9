"""The choice: which candidates make up the model, and how they compare on the rows that folds were judged on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import LeaderboardRow
from fivefold.measure.metrics import value
from fivefold.training.blend import mixed, select_bagged
from fivefold.training.economy import spare
from fivefold.training.judged import Judged
from fivefold.training.repeats import seeds
from fivefold.training.rows import ALL
from fivefold.training.trade import efficient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from fivefold.core.budget import Budget
    from fivefold.core.protocols import Floats
    from fivefold.training.baseline import Baseline
    from fivefold.training.search import Search

__all__ = ["Choice", "choose"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Members by candidate number, with their weights; none when no candidate beats the baseline.

    Attributes
    ----------
    weights : dict of int to float
    truth : Floats
        The target on the rows that all candidates were judged on.
    scores : Floats
        The blend's scores on those rows.
    baseline : Floats
        The baseline's.
    notes : tuple of str
    weight : Floats or None
        How much these rows count; None where all count the same.
    compared : Floats or None
        How much they count where candidates are compared: those of early rolling folds do not.
    """

    weights: dict[int, float]
    truth: Floats
    scores: Floats
    baseline: Floats
    notes: tuple[str, ...] = ()
    weight: Floats | None = None
    compared: Floats | None = None

    @property
    def members(self) -> list[int]:
        """Candidate numbers, the heaviest member first."""
        return list(self.weights)

    def leaderboard(
        self, search: Search, metric: str, *, size: int, predict_ms: float
    ) -> tuple[LeaderboardRow, ...]:
        """Rows for every candidate that was judged, the baseline, and the blend where there is one; best first.

        Parameters
        ----------
        search : Search
        metric : str
            The headline metric.
        size : int
            Bytes of the bundle.
        predict_ms : float
            Time of the whole model for one row.
        """
        terms = search.workshop.rows.terms
        judged = Judged(terms.objective, self.truth, self.compared, _groups(search))
        margin = judged.margin(self.scores)

        def row(
            name: str, family: str, scores: Floats, costs: tuple[float, float, int], weight: float
        ) -> LeaderboardRow:
            figures = (
                judged.loss(scores),
                value(metric, terms.contract.task, self.truth, scores, self.compared),
            )
            seconds, one_row, size_bytes = costs
            spent, near = (round(seconds, 3), round(one_row, 4)), margin.near(scores)
            return LeaderboardRow(name, family, *figures, *spent, size_bytes, weight, near)

        rows = [row("dummy", "dummy", self.baseline, (0.0, 0.0, 0), 0.0 if self.weights else 1.0)]
        for number in search.running:
            candidate, spent = search.candidates[number], search.seconds_of(number)
            answer = search.fits.get((number, ALL)) or search.fits[number, search.folds[0]]
            costs = (spent, answer.took_ms, answer.size)
            scores, weight = search.scores(number), self.weights.get(number, 0.0)
            rows.append(row(candidate.name, candidate.family, scores, costs, weight))
        if len(self.weights) > 1:
            spent = sum(search.seconds_of(number) for number in self.weights)
            rows.append(row("blend", "blend", self.scores, (spent, predict_ms, size), 1.0))
        return efficient(sorted(rows, key=lambda one: one.loss))


def choose(search: Search, baseline: Baseline, budget: Budget, *, most: int, form: str = "best") -> Choice:
    """Choose the members of the blend.

    Parameters
    ----------
    search : Search
        After its run.
    baseline : Baseline
        A candidate that does not beat it on the judged rows is no member.
    budget : Budget
        Latency and size of the members together must stay inside, where they are stated.
    most : int
        Members at most.
    form : {"best", "smallest"}
        ``smallest``: the smallest single candidate within one standard error of the blend takes its place, where there is one.
    """
    truth, dummy, weight = search.truth(), baseline.out_of_fold(search.shared), search.weight()
    own = _compared(search)
    rows = Judged(search.workshop.rows.terms.objective, truth, own, _groups(search))
    judged, floor = rows.narrow, rows.loss(dummy)
    # Of hundreds of classes the scores of all candidates would not fit into memory side by side.
    scores = {number: rows.narrowed(search.scores(number)) for number in search.running}
    scores = {number: each for number, each in scores.items() if judged.loss(each) < floor}
    if not scores:
        return Choice(
            {}, truth, dummy, dummy, ("No candidate beat the baseline on the validation rows.",), weight, own
        )

    def affordable(members: frozenset[int]) -> bool:
        answers = [search.fits[number, search.folds[0]] for number in members]
        milliseconds, size = sum(one.predict_ms for one in answers), sum(one.size for one in answers)
        quick = budget.latency is None or milliseconds <= budget.latency * 1000
        return quick and (budget.size is None or size <= budget.size)

    weights = _blend(search, judged, scores, most, affordable)
    notes = (
        () if affordable(frozenset(weights)) else ("No candidate stays inside the stated latency and size.",)
    )
    margin = judged.margin(mixed(scores, weights))
    near = [n for n in scores if form == "smallest" and affordable(frozenset({n})) and margin.near(scores[n])]
    if near:
        number = min(near, key=lambda n: search.fits[n, search.folds[0]].size)
        weights = {number: 1.0}
    blended = mixed({number: search.scores(number) for number in weights}, weights)
    return Choice(weights, truth, blended, dummy, notes, weight, own)


def _blend(
    search: Search,
    judged: Judged,
    scores: dict[int, Floats],
    most: int,
    affordable: Callable[[frozenset[int]], bool],
) -> dict[int, float]:
    """Select members, leave out who costs more than they bring, and weigh the others anew."""
    first, seed = search.folds[0], search.workshop.rows.terms.seed

    def selected(members: Iterable[int]) -> dict[int, float]:
        among = {number: scores[number] for number in members}
        return select_bagged(judged, among, most=most, affordable=affordable, seed=seed)

    def size(weights: Mapping[int, float]) -> float:
        answers = {number: search.fits[number, first] for number in weights}
        return float(sum(one.size * seeds(one.kind, weights[number]) for number, one in answers.items()))

    weights = selected(scores)
    kept = spare(judged, scores, weights, size)
    return selected(sorted(kept)) if len(kept) < len(weights) else weights


def _compared(search: Search) -> Floats | None:
    """How much each row counts where candidates are compared.

    The first of rolling folds learned from a small part of what the model learns from in the end: who does well with few rows is not asked for.
    """
    rows = search.workshop.rows
    count = rows.compared_at(np.concatenate([rows.judged(fold) for fold in search.shared]))
    if all(map(rows.late, search.shared)):
        return count
    late = np.concatenate([np.full(rows.judged(fold).size, float(rows.late(fold))) for fold in search.shared])
    return late if count is None else late * count


def _groups(search: Search) -> NDArray[np.generic] | None:
    """The groups of the rows that all candidates were judged on."""
    rows = search.workshop.rows
    if rows.groups is None:
        return None
    groups = np.concatenate([rows.groups[rows.judged(fold)] for fold in search.shared])
    return np.unique(groups, return_inverse=True)[1]  # as numbers: they are told apart many times
