"""Proposals: what the families find worth fitting, in the order of fitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Trial
from fivefold.core.errors import FivefoldError
from fivefold.core.protocols import Family
from fivefold.core.registry import Registry
from fivefold.core.tasks import EncodeTask
from fivefold.training.encoded import load_features
from fivefold.training.forerunner import proven_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Model
    from fivefold.core.protocols import Candidate
    from fivefold.training.tasks import Workshop

__all__ = ["Proposals", "propose"]

_OPENING = 5.0
"""Rank from which a candidate waits until the others are fitted on all folds."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """What is to be fitted.

    Attributes
    ----------
    opening : list of Candidate
    later : list of Candidate
        Those that are only fitted if time is left, in order.
    failed : list of Trial
        One for each family that cannot be loaded.
    """

    opening: list[Candidate]
    later: list[Candidate]
    failed: list[Trial]


def propose(workshop: Workshop, fold: int, families: Sequence[str], earlier: Model | None) -> Proposals:
    """Ask families for candidates.

    Parameters
    ----------
    workshop : Workshop
    fold : int
        The first one, after it was encoded.
    families : sequence of str
    earlier : Model or None
        What won there comes first.
    """
    features = load_features(workshop.folder / EncodeTask(fold).place)
    registry: Registry[type[Family]] = Registry("fivefold.families")
    found: list[Candidate] = []
    failed: list[Trial] = []
    for name in families:
        try:
            family = registry.get(name)
            found.extend(family().candidates(workshop.problem(features, family)))
        except FivefoldError as error:
            failed.append(Trial(name, name, fold, 0.0, 0, None, "failed", str(error)))
    found = proven_first(found, earlier) if earlier else found
    found.sort(key=lambda candidate: candidate.rank)
    # Families that usually come later open where no other was named.
    opening = [candidate for candidate in found if candidate.rank < _OPENING] or found[:1]
    return Proposals(opening, found[len(opening) :], failed)
