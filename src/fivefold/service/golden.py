"""Golden rows: rows whose answers are known, so that a bundle can be proved wherever it runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fivefold.core.errors import ArtefactError

if TYPE_CHECKING:
    from fivefold.runtime.predictor import Predictor

__all__ = ["PROBE", "REHEARSAL", "TOLERANCE", "difference", "prove"]

PROBE = {"x-fivefold-probe": "golden"}
"""Header of a request that plays golden rows: it is answered like any other, and is not part of what the monitor sees."""
REHEARSAL = {"x-fivefold-probe": "rehearsal"}
"""Header of a request of a rehearsal: golden rows as well, or what must be refused, which is then counted by itself."""
TOLERANCE = 1e-6
"""Largest difference between two answers that are still the same: other processors round the last digits otherwise."""


def difference(expected: object, given: object) -> float:
    """Tell how far apart two answers are.

    Parameters
    ----------
    expected, given : JSON values
        Answers as :meth:`fivefold.runtime.predictor.Predictor.answer` gives them.

    Returns
    -------
    float
        Largest difference of a number, relative where it is beyond 1; infinite when labels or shapes differ.

    Examples
    --------
    >>> difference({"label": "yes", "score": 0.5}, {"label": "yes", "score": 0.75})
    0.25
    >>> difference({"label": "yes"}, {"label": "no"})
    inf
    """
    if isinstance(expected, Mapping):
        if not isinstance(given, Mapping) or expected.keys() != given.keys():
            return math.inf
        return max((difference(value, given[name]) for name, value in expected.items()), default=0.0)
    if isinstance(expected, float) and isinstance(given, int | float):
        apart = abs(expected - given) / max(1.0, abs(expected))
        return math.inf if math.isnan(apart) else apart
    return 0.0 if expected == given else math.inf


def prove(predictor: Predictor) -> float:
    """Play the golden rows in this process, one by one and all at once, and return the largest difference.

    Raises
    ------
    ArtefactError
        When an answer differs from the known one by more than :data:`TOLERANCE`.
    """
    golden = predictor.golden
    if not golden:
        raise ArtefactError(
            "The bundle cannot be proved",
            seen="no golden rows",
            expected="rows with known answers, as training writes them",
            todo="train again",
        )
    singly = [predictor.answer(predictor.read([each.row]))[0] for each in golden]
    together = predictor.answer(predictor.read([each.row for each in golden]))
    worst = 0.0
    for position, each in enumerate(golden):
        apart = max(difference(each.answer, singly[position]), difference(each.answer, together[position]))
        if apart > TOLERANCE:
            raise ArtefactError(
                "The bundle answers differently here than where it was made",
                seen=f"golden row {position} is off by {apart:.2g}",
                expected=f"at most {TOLERANCE:g}",
                todo="use the libraries' versions that the bundle names, or train again on this machine",
            )
        worst = max(worst, apart)
    return worst
