"""Beside the run's own model: one that was trained elsewhere, judged on the same sealed rows. It has no bundle, so it takes no place of ours.

What the place is sent of the sealed rows is their features alone; their targets stay here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core import records
from fivefold.core.artefacts import ROW, Elsewhere, Rival
from fivefold.core.costs import read_costs
from fivefold.core.errors import PartError
from fivefold.core.registry import Registry
from fivefold.core.routes import RouteWork, route_journals
from fivefold.core.tables import read_parquet
from fivefold.measure.intervals import scored
from fivefold.measure.metrics import LABELLED
from fivefold.measure.objectives import objective_of
from fivefold.runtime.costs import cost_matrix
from fivefold.runtime.judgement import Judgement
from fivefold.training.answers import Answers
from fivefold.training.evaluation import SealedPart
from fivefold.training.route_plans import check_plan
from fivefold.training.rows import Terms

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Brief, Dataset, Elsewheres, Model
    from fivefold.core.orders import Order
    from fivefold.core.protocols import Floats, Route
    from fivefold.core.routes import RouteOutcome, RoutePlan
    from fivefold.core.store import Stored
    from fivefold.core.workbench import Workbench

__all__ = ["Beside", "remove_routes"]

_ROUTES: Registry[type[Route]] = Registry("fivefold.routes")


@dataclass(frozen=True, slots=True)
class Beside:
    """A training elsewhere for a run.

    Attributes
    ----------
    route : str
    order : Order
        What the route is told.
    dataset : Stored of Dataset
    brief : Stored of Brief
    """

    route: str
    order: Order
    dataset: Stored[Dataset]
    brief: Stored[Brief]

    def stands(self, model: Stored[Model], noted: Elsewheres) -> bool:
        """Whether all was done for this model and these options."""
        key = self._key(model)
        return any(one.route == self.route and one.key == key for one in noted.beside(model.header.digest))

    def plan(self, bench: Workbench) -> RoutePlan:
        """Say what would be made, what it costs and how long it takes; make nothing."""
        return _ROUTES.get(self.route)().plan(self._work(bench), bench, self.order)

    def allowed(self, bench: Workbench, left: float, taken: tuple[float, int]) -> RoutePlan:
        """Plan, and refuse what the stated means do not bear, before anything is made.

        Parameters
        ----------
        bench : Workbench
        left : float
            Seconds that there are for it.
        taken : (float, int)
            Money and bytes of the budget that are gone already.

        Raises
        ------
        BudgetError
            When money, bytes or time are not enough.
        """
        plan = self.plan(bench)
        check_plan(plan, bench.budget, left, taken)
        return plan

    def train(self, model: Stored[Model], bench: Workbench) -> Elsewhere:
        """Train there, fetch the answers to the sealed rows, and judge them beside the model's.

        Parameters
        ----------
        model : Stored of Model
        bench : Workbench
            Its deadline is that of the route.

        Raises
        ------
        PartError
            When the route gives scores of another shape.
        """
        began = time.monotonic()
        outcome = _ROUTES.get(self.route)().train(self._work(bench), bench, self.order)
        seconds = time.monotonic() - began
        sealed, ours, said = self._answers(outcome, model)
        metric, contract = model.body.metric, sealed.terms.contract
        theirs = Judgement(costs=sealed.terms.costs)
        own = Judgement(threshold=model.body.evaluation.threshold, costs=sealed.terms.costs)
        ((score, gain),) = sealed.compare(metric, (ours, own), [(said, theirs)])
        scores = scored(
            contract.task,
            sealed.truth,
            said,
            decided=theirs.decided(said),
            seed=sealed.terms.seed,
            groups=sealed.groups,
            weight=sealed.weight,
            headline=metric,
            ordered=contract.ordered,
        )
        return Elsewhere(
            route=self.route,
            model=model.header.digest,
            key=self._key(model),
            rival=Rival(outcome.name, self.route, score, gain),
            scores=scores,
            judged=sealed.truth.size,
            rows=outcome.rows,
            settings=dict(outcome.settings),
            own=dict(outcome.own),
            seconds=round(seconds, 3),
            money=outcome.money,
            currency=outcome.currency,
            scanned=outcome.scanned,
            kept=outcome.kept,
            serving=outcome.serving,
            notes=(*outcome.notes, *self._notes(metric, own)),
        )

    def _key(self, model: Stored[Model]) -> str:
        """Digest of all that goes in."""
        told = {"route": self.route, "options": dict(self.order.options)}
        return records.digest(told | {"dataset": self.dataset.header.digest, "model": model.header.digest})

    def _work(self, bench: Workbench) -> RouteWork:
        """What the route is handed; the sealed rows lose their target on the way."""
        contract, sealed = self.dataset.body.contract, bench.scratch / "sealed.parquet"
        names = [column.name for column in contract.columns]
        read_parquet(self.dataset.folder / "test.parquet", columns=names).write_parquet(sealed)
        plan = self.brief.body
        return RouteWork(
            train=self.dataset.folder / "train.parquet",
            sealed=sealed,
            contract=contract,
            split=self.dataset.body.split,
            metric=plan.text("metric.primary"),
            balanced=plan.text("model.class_weight") == "balanced" and contract.task != "regression",
            seed=bench.seed,
            digest=self.dataset.header.digest,
        )

    def _answers(self, outcome: RouteOutcome, model: Stored[Model]) -> tuple[SealedPart, Floats, Floats]:
        """The sealed rows of which both answers are known, and both answers."""
        body, plan = self.dataset.body, self.brief.body
        terms = Terms(
            snapshot=str(self.dataset.folder / "train.parquet"),
            contract=body.contract,
            split=body.split,
            rates=False,
            balanced=False,
            seconds=0.0,
            seed=0,
            objective=objective_of(body.contract.task, plan.text("metric.primary")),
            weight=body.weight,
            costs=cost_matrix(read_costs(plan.text("metric.costs")), body.contract.classes),
        )
        sealed = SealedPart(self.dataset.folder / "test.parquet", terms)
        outputs = max(1, len(body.contract.classes))
        if outcome.scores.shape != (sealed.truth.size, outputs) or not np.isfinite(outcome.scores).all():
            raise PartError(
                f"The route '{self.route}' gave scores that cannot be judged",
                seen=f"shape {outcome.scores.shape}",
                expected=f"finite numbers of shape ({sealed.truth.size}, {outputs})",
                todo="report it to whoever made the route",
            )
        ours = Answers.read(model.folder, sealed=True).of(sealed.frame[ROW].to_numpy())
        known = ~np.isnan(ours[:, 0])
        return sealed.part(known), ours[known], outcome.scores[known]

    def _notes(self, metric: str, own: Judgement) -> list[str]:
        """What makes the two not quite comparable."""
        notes = []
        if self.dataset.body.weight is not None:
            notes.append("Rows counted all the same in its learning; here they count as their weights say.")
        if metric in LABELLED and own.threshold is not None:
            notes.append("Its labels are the most probable class, while the model's threshold was tuned.")
        return notes


def remove_routes(live: Path) -> tuple[str, ...]:
    """Remove what trainings elsewhere left or kept for a run; return the routes of which something stood."""
    return tuple(
        journal.target for journal in route_journals(live) if _ROUTES.get(journal.target)().remove(live)
    )
