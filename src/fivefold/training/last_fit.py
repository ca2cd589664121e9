"""The last fit: once the sealed rows have been judged they can teach as well, and the members learn once more from all rows.

Every figure stays that of the measured model, which never saw the sealed rows. What is served learned from more rows with
the same settings and weights, so it should be no worse; that it is no worse on the rows it has now seen is the only thing
left to check. Whatever goes wrong, the measured model is served, and a note says why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fivefold.core.tasks import EncodeTask, FitTask
from fivefold.measure.objectives import loss
from fivefold.training.assembly import Assembly
from fivefold.training.repeats import fit_again
from fivefold.training.rows import ALL, WHOLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Floats
    from fivefold.training.assembly import Bundled
    from fivefold.training.evaluation import SealedPart
    from fivefold.training.search import Search

__all__ = ["Served", "fit_last", "time_to_keep"]

_SHARE, _SHARE_OF_ROLLING = 0.25, 0.5
"""Share of the time left after the first fold that is kept for it at most; more where the sealed rows are the latest ones."""
_SEEN = 10_000
"""Sealed rows that are scored again at most."""
_WORSE = 1.02
"""Loss on rows that it has seen, beside that of the measured model which had not, above which something is wrong."""


@dataclass(frozen=True, slots=True)
class Served:
    """What is to be served.

    Attributes
    ----------
    assembly : Assembly
    draft : Bundled
        Its bundle, loaded, as yet without golden rows.
    note : str
        Why it is the measured model although a last fit was asked for.
    """

    assembly: Assembly
    draft: Bundled
    note: str = ""


def time_to_keep(search: Search) -> float:
    """Seconds that the search keeps for the last fit, by what the first fold took; 0 if it would cost too much.

    After a split by time the sealed rows are those nearest to what will be asked: there a last fit is worth more than further folds.
    """
    if not (search.last_fit and search.running and ALL in search.encoded):
        return 0.0
    seconds = _seconds(search, search.refit_seconds())
    share = _SHARE_OF_ROLLING if search.workshop.rows.terms.split.rolling else _SHARE
    return seconds if seconds <= share * search.until.remaining() else 0.0


def fit_last(
    search: Search,
    weights: Mapping[int, float],
    measured: Served,
    sealed: SealedPart,
    scores: Floats,
    folder: Path,
) -> Served:
    """Fit the members once more, on the sealed rows as well, and return what is to be served.

    Parameters
    ----------
    search : Search
        After its refits; its pool is still open.
    weights : dict of int to float
        Members by candidate number; there is a last fit only where they were fitted on all training rows.
    measured : Served
        The model that was judged.
    sealed : SealedPart
        After it was judged.
    scores : array, shape (rows, outputs)
        Those of the measured model on the sealed rows; monitoring goes on comparing with them.
    folder : Path
        Made here; takes a draft of the bundle.
    """
    whole = bool(weights) and measured.assembly.rows == search.workshop.rows.folds.size
    if not (whole and search.last_fit) or search.schedule.interruption.asked:
        return measured
    until = search.latest
    took = [
        search.fits[number, ALL].seconds * (1 + len(search.repeats.get((number, ALL), ())))
        for number in weights
    ]
    if _seconds(search, search.schedule.wall(took)) > until.remaining():
        return _instead(measured, "there was no time for it")
    if not _fitted(search, list(weights), sealed, until):
        return _instead(measured, "it did not come to its end")
    again, before = Assembly.of(search, weights, WHOLE), measured.assembly
    assembly = replace(again, judgement=before.judgement, out_of_fold=before.out_of_fold)
    draft = assembly.write(folder, search, measured.draft.predictor.metric, scores)
    if not _holds(draft, sealed, scores):
        return _instead(measured, "its answers on the sealed rows were worse than before")
    return Served(assembly, draft)


def _fitted(search: Search, numbers: Sequence[int], sealed: SealedPart, until: Deadline) -> bool:
    """Encode all rows and fit on them; return whether every fit came to its end.

    More rows bear more rounds, unless folds roll: there the last fold alone tells the rounds.
    """
    growth = 1.0 if search.workshop.rows.terms.split.rolling else search.whole_growth
    search.workshop.unseal(sealed.path)
    search.work([EncodeTask(WHOLE)], until)
    if WHOLE not in search.encoded:
        return False
    rounds = {number: round(search.rounds(number) * growth) for number in numbers}
    tasks = [FitTask(search.candidates[number], number, WHOLE, rounds[number]) for number in numbers]
    search.work(tasks, until)
    answers = [search.fits.get((number, WHOLE)) for number in numbers]
    if not all(answer is not None and not answer.stopped for answer in answers):
        return False
    again = [number for number in numbers if search.repeats.get((number, ALL))]
    fit_again(search, {number: rounds[number] for number in again}, WHOLE, until)
    return True


def _seconds(search: Search, refits: float) -> float:
    """Wall time of a last fit: its rows and its rounds grow, beside an encoding and refits of so many seconds."""
    growth = search.whole_growth
    return growth * search.encoded[ALL] + growth * growth * refits


def _holds(draft: Bundled, sealed: SealedPart, before: Floats) -> bool:
    """Whether rows that it learned from are answered no worse than by the model that had not seen them."""
    every = slice(None, None, -(-sealed.truth.size // _SEEN))
    objective, truth = sealed.terms.objective, sealed.truth[every]
    after = draft.predictor.scores(sealed.frame[every])
    count = None if sealed.weight is None else sealed.weight[every]
    return loss(objective, truth, after, count) <= _WORSE * loss(objective, truth, before[every], count)


def _instead(measured: Served, why: str) -> Served:
    """Serve the measured model, and say why."""
    return replace(
        measured, note=f"There was no last fit on all rows, since {why}: the sealed rows taught nothing."
    )
