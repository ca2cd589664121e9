"""Routing: a run's trainings elsewhere, which are planned before its own training begins and done after it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Elsewheres, Model
from fivefold.core.artefacts.elsewhere import ELSEWHERE
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
    seconds : float
        Kept of the run's time for it; known after :meth:`allow`, and none where it has a time of its own.
    """

    def __init__(self, stages: Stages, dataset: Stored[Dataset], brief: Stored[Brief]) -> None:
        self._stages, self._dataset, self._brief = stages, dataset, brief
        self._run, self._settings = stages.run, stages.settings
        self._asked: Beside | None = None
        self.seconds = self._given = 0.0

    def compare(self) -> tuple[RouteLine, ...]:
        """Every way to train with its time and price, and what stands in the way; nothing is made."""
        stands, budget = self._run.get("train", Model), self._settings.budget
        seconds = stands.header.seconds if stands else budget.plan()["train"]
        others = [
            route_line(name, self._planned(name), budget, self._left(name, stands))
            for name in self._settings.routes
        ]
        return (RouteLine(LOCAL, seconds, 0.0), *others)

    def allow(self) -> None:
        """Find out whether a training elsewhere is asked for and still to be done, and refuse what the means do not bear.

        Raises
        ------
        BudgetError
            When money, bytes or time are not enough; nothing was made.
        """
        name, stands = self._settings.where, self._run.get("train", Model)
        if name == LOCAL:
            return
        beside = self._beside(name)
        if stands is not None and beside.stands(stands, self._noted()):
            return
        left = self._left(name, stands)
        self._asked = beside
        self._given = self._stages.try_out(name, lambda bench: beside.allowed(bench, left)).seconds
        self.seconds = 0.0 if self._apart(name) else self._given

    def train(self, model: Stored[Model]) -> None:
        """Train there what is asked for, and write down how it compares."""
        beside = self._asked
        if beside is not None:
            found = self._stages.beside(
                beside.route,
                self._given,
                lambda bench: beside.train(model, bench),
                apart=self._apart(beside.route),
            )
            self._run.write(ELSEWHERE, self._noted().put(found))

    def _planned(self, name: str) -> Callable[[], RoutePlan]:
        """What plans a route once it is called."""
        return lambda: self._stages.try_out(name, self._beside(name).plan)

    def _beside(self, name: str) -> Beside:
        """A training by a route."""
        return Beside(name, self._settings.routes[name], self._dataset, self._brief)

    def _noted(self) -> Elsewheres:
        """What was done by now."""
        return self._run.read(ELSEWHERE, Elsewheres) or Elsewheres()

    def _apart(self, name: str) -> bool:
        """Whether a route has a time of its own."""
        return self._settings.routes[name].seconds is not None

    def _left(self, name: str, stands: Stored[Model] | None) -> float:
        """Seconds that there are for it: half of what is left, where the run's own training is still to be done."""
        own = self._settings.routes[name].seconds
        if own is not None:
            return own
        return self._stages.deadline.remaining() * (0.5 if stands is None else 1.0)
