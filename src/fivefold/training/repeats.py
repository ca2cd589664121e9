"""Repeats: the chosen members once more with other seeds, so that less of an answer is luck.

Boosted trees draw rows and columns at random, and another seed gives another model that is as good. The mean of their scores
(before the link) is a little better than any of them, most of all on small tables, where one more fit costs next to nothing. The
trees of all seeds are joined into one payload, so that a member stays one member. What it buys is in decision 15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.tasks import FitTask
from fivefold.runtime.members import catboost, lightgbm
from fivefold.training.rows import ALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.core.artefacts.model import Setting
    from fivefold.core.budget import Budget
    from fivefold.core.clock import Deadline
    from fivefold.training.search import Search

__all__ = ["fit_again", "member", "repeat", "seeds"]

_JOINED = {"catboost": catboost, "lightgbm": lightgbm}
_SEEDS = (1, 2)
"""What is added to the seed of the run: three fits a member are worth nearly as much as eight."""
_LIGHT = 0.25
"""Weight below which a member's luck hardly moves the blend, while its trees would answer three times as slowly."""
_SHARE = 0.5
"""Share of the time left after the refits that repeats may cost, those of the last fit among them."""


def repeat(search: Search, weights: Mapping[int, float], budget: Budget) -> None:
    """Fit the members that weigh something with other seeds on all training rows, if time, latency and size allow.

    Parameters
    ----------
    search : Search
        After the members were fitted on all training rows.
    weights : dict of int to float
        Members by candidate number.
    budget : Budget
        Latency and size of all members together must stay inside, where they are stated.
    """
    whole = {number: search.fits[number, ALL] for number in weights}
    heavy = {n: one for n, one in whole.items() if seeds(one.kind, weights[n]) > 1}
    chosen = {n: one.rounds for n, one in heavy.items() if not one.stopped}
    if not chosen or search.schedule.interruption.asked:
        return
    times = {number: 1 + len(_SEEDS) * (number in chosen) for number in whole}
    milliseconds = sum(times[number] * one.predict_ms for number, one in whole.items())
    size = sum(times[number] * one.size for number, one in whole.items())
    slow = budget.latency is not None and milliseconds > budget.latency * 1000
    large = budget.size is not None and size > budget.size
    if not slow and not large and _seconds(search, list(chosen)) <= _SHARE * search.until.remaining():
        fit_again(search, chosen, ALL, search.until)


def seeds(kind: str, weight: float) -> int:
    """How many seeds a member of such a kind and weight has where time, latency and size allow."""
    return 1 + len(_SEEDS) * (kind in _JOINED and weight >= _LIGHT)


def fit_again(search: Search, rounds: Mapping[int, int], fold: int, until: Deadline) -> None:
    """Fit candidates with other seeds on all rows.

    Parameters
    ----------
    search : Search
    rounds : dict of int to int
        Rounds by candidate number.
    fold : int
        :data:`~fivefold.training.rows.ALL` or ``WHOLE``.
    until : Deadline
        A fit that it cuts off is forgotten.
    """
    tasks = [
        FitTask(search.candidates[number], number, fold, rounds[number], seed=seed)
        for seed in _SEEDS
        for number in rounds
    ]
    search.work(tasks, until)


def member(search: Search, number: int, fold: int) -> tuple[bytes, dict[str, Setting]]:
    """Return what a candidate answers with, all its seeds together, and the settings that made it."""
    settings, first = search.candidates[number].settings, search.payload(number, fold)
    again = [search.payload(number, fold, seed) for seed in sorted(search.repeats.get((number, fold), ()))]
    if all(payload == first for payload in again):
        return first, settings  # nothing was drawn at random
    kind = _JOINED[search.fits[number, fold].kind]
    return kind.shortened(kind.joined([first, *again])), {**settings, "seeds": 1 + len(again)}


def _seconds(search: Search, numbers: list[int]) -> float:
    """Wall time of the repeats, of those of the last fit, and of scoring them."""
    took = [search.fits[number, ALL].seconds for number in numbers]
    fits = search.schedule.wall(took) * (1 + search.last_fit * search.whole_growth**2)
    return len(_SEEDS) * (fits + search.time_to_score())
