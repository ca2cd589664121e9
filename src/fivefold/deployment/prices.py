"""What a plan costs, said and weighed against the stated money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.errors import BudgetError

if TYPE_CHECKING:
    from fivefold.core.budget import Budget
    from fivefold.core.orders import DeploymentPlan, Order

__all__ = ["check_money", "limit_of", "plan_lines"]


def check_money(plan: DeploymentPlan, order: Order, budget: Budget) -> None:
    """Refuse a plan that costs more than stated, before anything is made.

    Raises
    ------
    BudgetError
        When a month costs more than the order or the budget says.
    """
    limit, currency = limit_of(order, budget)
    if plan.monthly <= 0 or (plan.monthly <= limit and plan.currency == currency):
        return
    words = "; ".join(f"{charge.name}: {charge.monthly:.2f}" for charge in plan.charges)
    raise BudgetError(
        f"Deploying to '{plan.target}' would cost more than the stated money",
        seen=f"{plan.monthly:.2f} {plan.currency} a month ({words})",
        expected=f"at most {limit:.2f} {currency} a month",
        todo=f'state it with --money "{plan.monthly:.2f} {plan.currency}", order less, or put prices right in [deploy.prices]',
    )


def limit_of(order: Order, budget: Budget) -> tuple[float, str]:
    """Return what may be spent: what the order says of itself, else what the run's budget says."""
    return (budget.money, budget.currency) if order.money is None else (order.money, order.currency)


def plan_lines(plan: DeploymentPlan) -> list[str]:
    """Say a plan in lines."""
    lines = [f"{plan.target}: what will be made" + ("" if plan.makes else ": nothing")]
    lines += [f"  {made.kind} {made.name}" for made in plan.makes]
    lines += [f"  checked: {line}" for line in plan.checked]
    lines += [
        f"  {charge.monthly:10.2f} {plan.currency}  {charge.name}: {charge.why}" for charge in plan.charges
    ]
    return [*lines, f"  {plan.monthly:10.2f} {plan.currency} a month in all"]
