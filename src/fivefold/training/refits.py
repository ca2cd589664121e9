"""The refits: the chosen members learn from all training rows, and who of them does is the model.

Where the fit of one fails, or is cut off, the others bear its weight, as long as they answer about as well without it: what they have
learned from all rows is worth more than a member that knows those of one fold. Else the whole blend is served as the first fold left it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.training.blend import mixed
from fivefold.training.judged import Judged
from fivefold.training.rows import ALL

if TYPE_CHECKING:
    from collections.abc import Collection

    from fivefold.training.choice import Choice
    from fivefold.training.search import Search

__all__ = ["refit"]

_BEHIND = 1.02
"""Loss on the folds, beside the whole blend's, up to which the members that know all rows are served without the others."""


def refit(search: Search, choice: Choice) -> tuple[Choice, int]:
    """Fit the members on all training rows; return who is served, and the fold whose fits are: all rows, or the first one.

    Parameters
    ----------
    search : Search
        After its run.
    choice : Choice
    """
    done = search.refit(choice.members)
    kept = _among(search, choice, done) if done else None
    return (choice, search.folds[0]) if kept is None else (kept, ALL)


def _among(search: Search, choice: Choice, done: Collection[int]) -> Choice | None:
    """The choice without those that were not fitted on all rows; None where too much is lost with them."""
    lost = [number for number in choice.members if number not in done]
    if not lost:
        return choice
    whole = sum(choice.weights[number] for number in done)
    weights = {number: share / whole for number, share in choice.weights.items() if number in done}
    scores = mixed({number: search.scores(number) for number in weights}, weights)
    judged = Judged(search.workshop.rows.terms.objective, choice.truth, choice.compared)
    if judged.loss(scores) > _BEHIND * judged.loss(choice.scores):
        return None
    names = ", ".join(search.candidates[number].name for number in lost)
    note = f"Left out of the blend, since not fitted on all training rows: {names}. The other members bear the weight."
    return replace(choice, weights=weights, scores=scores, notes=(*choice.notes, note))
