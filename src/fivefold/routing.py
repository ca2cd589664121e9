"""Routing: a run's trainings elsewhere, which are planned before its own training begins and done after it has ended."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Elsewheres, Model
from fivefold.core.artefacts.elsewhere import ELSEWHERE
from fivefold.core.clock import Deadline
from fivefold.core.routes import LOCAL
from fivefold.training.beside import Beside
from fivefold.training.route_plans import RouteLine, route_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.artefacts import Brief, Dataset
    from fivefold.core.routes import RoutePlan
    from fivefold.core.store import Stored
    from fivefold.stages import Stages

__all__ = ["Routing"]


class Routing:
    """Where else a run's model is trained.

    Parameters
    ----------
    stages : Stages
        Of the run.
    dataset : Stored of Dataset
    brief : Stored of Brief

    Attributes
    ----------
    kept : float
        Seconds of the run's time that are kept for it, known after :meth:`allow`; none where the run's model stands already.
    """

    def __init__(self, stages: Stages, dataset: Stored[Dataset], brief: Stored[Brief]) -> None:
        self._stages, self._dataset, self._brief = stages, dataset, brief
        self._run, self._settings = stages.run, stages.settings
        self._asked: Beside | None = None
        self._seconds = self.kept = 0.0

    def compare(self) -> tuple[RouteLine, ...]:
        """Every way to train with its time and price, and what stands in the way; nothing is made."""
        stands, budget = self._standing(), self._settings.budget
        seconds = stands.header.seconds if stands else budget.plan()["train"]
        left, names = self._left(stands), self._settings.routes
        taken = self._stages.ledger.taken
        others = [route_line(name, self._planned(name), budget, left, taken) for name in names]
        return (RouteLine(LOCAL, seconds, 0.0), *others)

    def allow(self) -> None:
        """Find out whether a training elsewhere is asked for and still to be done, and refuse what the means do not bear.

        Raises
        ------
        BudgetError
            When money, bytes or time are not enough; nothing was made.
        """
        name, stands = self._settings.where, self._standing()
        if name == LOCAL:
            return
        beside = self._beside(name)
        if stands is not None and beside.stands(stands, self._noted()):
            return
        left, taken = self._left(stands), self._stages.ledger.taken
        self._asked = beside
        self._seconds = self._stages.try_out(name, lambda bench: beside.allowed(bench, left, taken)).seconds
        self.kept = self._seconds if stands is None else 0.0

    def train(self, model: Stored[Model]) -> None:
        """Train there what is asked for, and write down how it compares."""
        beside = self._asked
        if beside is None:
            return
        until = Deadline.after(self._seconds)
        if self.kept:
            until = until.sooner(self._stages.deadline)
        found = self._stages.beside(
            beside.route, self._seconds, until, lambda bench: beside.train(model, bench)
        )
        self._run.write(ELSEWHERE, self._noted().put(found))

    def _standing(self) -> Stored[Model] | None:
        """The run's model, unless there is none or the same command would go on with its training."""
        stands = self._run.get("train", Model)
        return None if stands is None or stands.body.cut else stands

    def _planned(self, name: str) -> Callable[[], RoutePlan]:
        """What plans a route once it is called."""
        return lambda: self._stages.try_out(name, self._beside(name).plan)

    def _beside(self, name: str) -> Beside:
        """A training by a route."""
        return Beside(name, self._settings.routes[name], self._dataset, self._brief)

    def _noted(self) -> Elsewheres:
        """What was done by now."""
        return self._run.read(ELSEWHERE, Elsewheres) or Elsewheres()

    def _left(self, stands: Stored[Model] | None) -> float:
        """Seconds that there are for it: half of what is left where the run's own training is still to be done, else all that it wants.

        A run whose model stands has nothing left that would have to be ready in time.
        """
        return self._stages.deadline.remaining() * 0.5 if stands is None else math.inf
