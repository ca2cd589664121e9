"""Insight: what else there is to tell of the measured model, in the time that its making has left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fivefold.core.clock import Deadline
from fivefold.training.contributions import column_contributions
from fivefold.training.dependence import partial_dependence
from fivefold.training.fairness import compare_groups
from fivefold.training.importance import permutation_importances
from fivefold.training.learning import learning_curve

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import (
        Contributions,
        Dependence,
        Fairness,
        Importance,
        LearningCurve,
        MemberRecord,
        Model,
    )
    from fivefold.core.protocols import Floats
    from fivefold.runtime.predictor import Predictor
    from fivefold.training.encoded import EncodedRows
    from fivefold.training.evaluation import SealedPart
    from fivefold.training.interruption import Interruption
    from fivefold.training.search import Search

__all__ = ["Insight", "Measured"]

_SHARE = 1 / 3
"""Of the time that importances leave, what contributions may take; the rest is for the dependence."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The model that was judged, and what it was judged on.

    Attributes
    ----------
    predictor : Predictor
    sealed : SealedPart
    scores : Floats
        Its answers to the sealed rows.
    encoded : EncodedRows
        The sealed rows as it sees them.
    members : tuple of MemberRecord
    learned : Path
        The matrix that they learned from.
    """

    predictor: Predictor
    sealed: SealedPart
    scores: Floats
    encoded: EncodedRows
    members: tuple[MemberRecord, ...]
    learned: Path


@dataclass(frozen=True, slots=True)
class Insight:
    """What was looked into; the model keeps it.

    Attributes
    ----------
    fairness : tuple of Fairness
    learning : LearningCurve or None
    importances : tuple of Importance
    contributions : Contributions or None
    dependence : Dependence or None
    notes : tuple of str
        What could not be looked at, and why.
    """

    fairness: tuple[Fairness, ...]
    learning: LearningCurve | None
    importances: tuple[Importance, ...]
    contributions: Contributions | None
    dependence: Dependence | None
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls,
        measured: Measured,
        search: Search,
        groups: tuple[str, ...],
        until: Deadline,
        interruption: Interruption,
    ) -> Insight:
        """Look into the model, what matters most first.

        Parameters
        ----------
        measured : Measured
        search : Search
        groups : tuple of str
            Columns whose groups are compared.
        until : Deadline
        interruption : Interruption
            Ends all that takes long.
        """
        predictor, sealed = measured.predictor, measured.sealed
        judgement = predictor.blend.judgement
        fairness, notes = compare_groups(
            sealed, predictor.metric, (measured.scores, judgement), groups, until
        )
        learning = learning_curve(search, predictor.metric, until)
        importances = permutation_importances(predictor, sealed, until, interruption)
        contributions = column_contributions(
            predictor,
            (sealed, measured.encoded),
            measured.learned,
            measured.members,
            Deadline.after(_SHARE * until.remaining()),
            interruption,
        )
        dependence = partial_dependence(predictor, sealed, importances, until, interruption)
        return cls(fairness, learning, importances, contributions, dependence, notes)

    def tell(self, model: Model) -> Model:
        """Return the model with all of this in it."""
        return replace(
            model,
            evaluation=replace(model.evaluation, fairness=self.fairness),
            learning=self.learning,
            importances=self.importances,
            contributions=self.contributions,
            dependence=self.dependence,
            notes=(*model.notes, *self.notes),
        )
