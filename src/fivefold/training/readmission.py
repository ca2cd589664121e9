"""Readmission: a candidate far better than all others is not lost because a fit of it on a later fold failed or was ended.

Who fails on a fold is out of the race, for the others can then be compared on that fold too. But if it is the only one that
learned anything, or nobody else comes near it, more rows to compare by are not worth a model without it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivefold.training.search import Search

__all__ = ["readmit"]

_FAR = 1.05
"""Loss of the best of the others on the first fold, beside its own, from which a candidate is too good to be lost."""


def readmit(search: Search) -> list[str]:
    """Let those back into the race who failed on a later fold and did far better on the first one than whoever is in it; return their names.

    Parameters
    ----------
    search : Search
        After its folds; candidates are then compared on the folds that all of them have finished.
    """
    first = search.folds[0]
    fits = {number: answer for (number, fold), answer in search.fits.items() if fold == first}
    losses = {number: one.score for number, one in fits.items() if one.score is not None}
    best = min((losses[number] for number in search.running if number in losses), default=math.inf)
    whole = [number for number in search.out if number in losses and not fits[number].stopped]
    back = sorted(number for number in whole if _FAR * losses[number] < best)
    search.out.difference_update(back)
    return [search.candidates[number].name for number in back]
