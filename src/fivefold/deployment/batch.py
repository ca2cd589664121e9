"""Many rows at once on a platform's own machines, which end with the job: priced before, and found again if it broke off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from fivefold.core.artefacts import Resource
from fivefold.core.errors import BudgetError, MisuseError
from fivefold.core.protocols import Target
from fivefold.core.registry import Registry
from fivefold.deployment.prices import limit_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.budget import Budget
    from fivefold.core.orders import Bundle, Order
    from fivefold.core.workbench import Workbench

    Charged = Callable[[float], None]

__all__ = [
    "Batch",
    "BatchAnswers",
    "BatchPlan",
    "BatchPredictor",
    "batch_lines",
    "plan_batch",
    "predict_batch",
]

_TARGETS: Registry[type[Target]] = Registry("fivefold.targets")


@dataclass(frozen=True, slots=True)
class Batch:
    """Where rows are, and where their answers are to be.

    Attributes
    ----------
    source, destination : str
        Addresses that the platform reads and writes.
    """

    source: str
    destination: str


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What a job would make, and what it costs at most; nothing was made for it.

    Attributes
    ----------
    target : str
    makes : tuple of Resource
        In the order of making; what stands already is not among them.
    money : float
        In ``currency``, at most: a job that is not over by then is given up.
    currency : str
    why : str
        How that comes about.
    """

    target: str
    makes: tuple[Resource, ...]
    money: float
    currency: str
    why: str


@dataclass(frozen=True, slots=True)
class BatchAnswers:
    """What came of a job.

    Attributes
    ----------
    address : str
        Where the answers lie.
    answered, refused : int
        Rows.
    """

    address: str
    answered: int
    refused: int


@runtime_checkable
class BatchPredictor(Protocol):
    """What a target is besides whose platform answers many rows at once."""

    def plan_batch(self, bundle: Bundle, bench: Workbench, order: Order, batch: Batch) -> BatchPlan:
        """Say what would be made and what it costs at most, and refuse addresses that cannot be used; make nothing."""

    def predict_batch(
        self, bundle: Bundle, bench: Workbench, order: Order, batch: Batch, charged: Charged
    ) -> BatchAnswers:
        """Have the rows answered; a job for the same rows that broke off goes on.

        What is made is noted before, and what a job cost is told once it is over, also of one that is given up.
        """


def plan_batch(bundle: Bundle, bench: Workbench, batch: Batch, *, target: str, order: Order) -> BatchPlan:
    """Say what :func:`predict_batch` would make, and what it would cost at most; nothing is made.

    Raises
    ------
    MisuseError
        When the target answers no batches, or an option or an address means nothing.
    """
    return _predictor(target).plan_batch(bundle, bench, order, batch)


def predict_batch(
    bundle: Bundle, bench: Workbench, batch: Batch, *, target: str, order: Order, charged: Charged
) -> BatchAnswers:
    """Have a platform answer many rows, within the stated money.

    Parameters
    ----------
    bundle : Bundle
    bench : Workbench
    batch : Batch
    target : str
        Name of a registered target.
    order : Order
        ``money`` is what the job may cost.
    charged : callable
        Is told what a job cost.

    Raises
    ------
    MisuseError
        When the target answers no batches, or an option or an address means nothing.
    BudgetError
        When it would cost more than stated, or is not over by then.
    StepError
        When the platform does not do it.
    """
    place = _predictor(target)
    plan = place.plan_batch(bundle, bench, order, batch)
    for line in batch_lines(plan):
        bench.progress.say(line)
    _check_money(plan, order, bench.budget)
    return place.predict_batch(bundle, bench, order, batch, charged)


def batch_lines(plan: BatchPlan) -> list[str]:
    """Say a plan in lines."""
    made = [f"  {one.kind} {one.name}" for one in plan.makes]
    cost = f"  {plan.money:10.2f} {plan.currency} at most: {plan.why}"
    return [f"{plan.target}: what will be made" + ("" if made else ": nothing"), *made, cost]


def _check_money(plan: BatchPlan, order: Order, budget: Budget) -> None:
    """Refuse a job that may cost more than stated, before anything is made."""
    limit, currency = limit_of(order, budget)
    if plan.money <= 0 or (plan.money <= limit and plan.currency == currency):
        return
    raise BudgetError(
        f"Predicting at '{plan.target}' may cost more than the stated money",
        seen=f"{plan.money:.2f} {plan.currency} at most ({plan.why})",
        expected=f"at most {limit:.2f} {currency}",
        todo=f'state it with --money "{plan.money + 0.005:.2f} {plan.currency}", order fewer hours, or put prices right in [deploy.prices]',
    )


def _predictor(target: str) -> BatchPredictor:
    """Return a target that answers batches."""
    place = _TARGETS.get(target)()
    if not isinstance(place, BatchPredictor):
        raise MisuseError(
            f"'{target}' answers no batches of rows",
            seen=target,
            expected="a target whose platform does, such as vertex",
            todo="score the rows on this machine: leave --on out",
        )
    return place
