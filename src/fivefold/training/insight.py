"""Insight: what else there is to tell of the measured model, in the time that its making has left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fivefold.training.dependence import partial_dependence
from fivefold.training.fairness import compare_groups
from fivefold.training.importance import permutation_importances
from fivefold.training.learning import learning_curve

if TYPE_CHECKING:
    from fivefold.core.artefacts import Dependence, Fairness, Importance, LearningCurve, Model
    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Floats
    from fivefold.runtime.predictor import Predictor
    from fivefold.training.evaluation import SealedPart
    from fivefold.training.interruption import Interruption
    from fivefold.training.search import Search

__all__ = ["Insight", "Measured"]


@dataclass(frozen=True, slots=True)
class Measured:
    """The model that was judged, and what it was judged on.

    Attributes
    ----------
    predictor : Predictor
    sealed : SealedPart
    scores : Floats
        Its answers to the sealed rows.
    """

    predictor: Predictor
    sealed: SealedPart
    scores: Floats


@dataclass(frozen=True, slots=True)
class Insight:
    """What was looked into; the model keeps it.

    Attributes
    ----------
    fairness : tuple of Fairness
    learning : LearningCurve or None
    importances : tuple of Importance
    dependence : Dependence or None
    notes : tuple of str
        What could not be looked at, and why.
    """

    fairness: tuple[Fairness, ...]
    learning: LearningCurve | None
    importances: tuple[Importance, ...]
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
        dependence = partial_dependence(predictor, sealed, importances, until, interruption)
        return cls(fairness, learning, importances, dependence, notes)

    def tell(self, model: Model) -> Model:
        """Return the model with all of this in it."""
        return replace(
            model,
            evaluation=replace(model.evaluation, fairness=self.fairness),
            learning=self.learning,
            importances=self.importances,
            dependence=self.dependence,
            notes=(*model.notes, *self.notes),
        )
