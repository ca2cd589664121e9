"""The baseline: the dummy family, fitted without any feature. It is there before anything else is, and always servable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.clock import Deadline
from fivefold.core.protocols import Family, MemberKind, Sample
from fivefold.core.registry import Registry
from fivefold.training.rows import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import Fitted, Floats
    from fivefold.training.tasks import Workshop

__all__ = ["NAME", "Baseline"]

NAME = "dummy"


class Baseline:
    """What any model has to beat.

    Parameters
    ----------
    workshop : Workshop

    Attributes
    ----------
    fitted : Fitted
        Fitted on all training rows.
    """

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._family = Registry[type[Family]]("fivefold.families").get(NAME)()
        self.fitted = self._fit(ALL)

    def scores(self, rows: int) -> Floats:
        """What it answers, so many times; shape (rows, outputs)."""
        return _answer(self.fitted, rows)

    def out_of_fold(self, folds: Sequence[int]) -> Floats:
        """Its scores on the rows that these folds are judged on, fold after fold."""
        judged = [self._workshop.rows.judged(fold).size for fold in folds]
        return np.concatenate(
            [_answer(self._fit(fold), rows) for fold, rows in zip(folds, judged, strict=True)]
        )

    def _fit(self, fold: int) -> Fitted:
        """Fit on the rows that a fold learns from."""
        problem = self._workshop.problem(())
        rows = self._workshop.rows
        learned = rows.learned(fold)
        target = rows.target[learned]
        sample = Sample(np.empty((target.size, 0), np.float32), (), target, rows.weights_at(learned))
        candidate = self._family.candidates(problem)[0]
        return self._family.fit(candidate, problem, sample, None, Deadline.after(60.0), 0)


def _answer(fitted: Fitted, rows: int) -> Floats:
    """Answer rows without features."""
    member = Registry[MemberKind]("fivefold.members").get(fitted.kind).load(fitted.payload)
    return member.predict(np.empty((rows, 0), np.float32))
