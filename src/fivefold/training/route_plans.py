"""Plans of routes: what a training elsewhere may cost and take, weighed against the stated means, and side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.errors import BudgetError, FivefoldError
from fivefold.core.quantities import format_bytes, format_seconds
from fivefold.core.routes import RoutePlan

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.budget import Budget

__all__ = ["RouteLine", "Routes", "check_plan", "route_line", "route_words"]


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One way to train, beside the others.

    Attributes
    ----------
    route : str
    seconds, money : float or None
        None where it could not be planned.
    currency : str
    obstacle : str
        What stands in the way; empty when nothing does.
    plan : RoutePlan or None
    """

    route: str
    seconds: float | None
    money: float | None
    currency: str = "USD"
    obstacle: str = ""
    plan: RoutePlan | None = None


@dataclass(frozen=True, slots=True)
class Routes:
    """Every way to train: this machine, and each route.

    Attributes
    ----------
    routes : tuple of RouteLine
    """

    routes: tuple[RouteLine, ...]


def check_plan(plan: RoutePlan, budget: Budget, left: float, taken: tuple[float, int] = (0.0, 0)) -> None:
    """Refuse a plan that the stated means do not bear, before anything is made.

    Parameters
    ----------
    plan : RoutePlan
    budget : Budget
    left : float
        Seconds that there are for it.
    taken : (float, int)
        Money and bytes of the budget that are gone already.

    Raises
    ------
    BudgetError
        When money, bytes or time are not enough.
    """
    spent, scanned = taken
    if plan.money > 0 and (plan.money + spent > budget.money or plan.currency != budget.currency):
        words = "; ".join(f"{each.name}: {each.money:.4f}" for each in plan.expenses)
        raise BudgetError(
            f"Training by '{plan.route}' would cost more than the stated money",
            seen=f"{plan.money:.4f} {plan.currency} ({words})",
            expected=f"at most {budget.money:g} {budget.currency}"
            + (f", of which {spent:.4f} are taken" if spent else ""),
            todo=f'state it with [budget] money = "{_rounded(plan.money + spent):.2f} {plan.currency}", or put prices right in [train.prices]',
        )
    if plan.scan and plan.scan + scanned > budget.scan:
        raise BudgetError(
            f"Training by '{plan.route}' would read more of the warehouse than the budget allows",
            seen=format_bytes(plan.scan),
            expected=f"at most {format_bytes(budget.scan)}"
            + (f", of which {format_bytes(scanned)} are taken" if scanned else ""),
            todo=f'allow it with [budget] scan = "{-(-(plan.scan + scanned) * 11 // 10) // 10**6 + 1}MB"',
        )
    if plan.seconds > left:
        raise BudgetError(
            f"Training by '{plan.route}' may take longer than there is time for it",
            seen=f"up to {format_seconds(plan.seconds)}",
            expected=f"at most {format_seconds(left)}",
            todo=f"give a larger --budget, or let it take less with [train.{plan.route}] seconds",
        )


def route_line(
    name: str,
    plan: Callable[[], RoutePlan],
    budget: Budget,
    left: float,
    taken: tuple[float, int] = (0.0, 0),
) -> RouteLine:
    """Plan a route, and say what stands in the way instead of failing.

    Parameters
    ----------
    name : str
    plan : callable
    budget : Budget
    left : float
        Seconds that there are for it.
    taken : (float, int)
        As for :func:`check_plan`.
    """
    try:
        planned = plan()
    except FivefoldError as error:
        return RouteLine(name, None, None, obstacle=_briefly(error))
    try:
        check_plan(planned, budget, left, taken)
    except BudgetError as error:
        return RouteLine(name, planned.seconds, planned.money, planned.currency, _briefly(error), planned)
    return RouteLine(name, planned.seconds, planned.money, planned.currency, plan=planned)


def route_words(line: RouteLine) -> list[str]:
    """Say a way to train in lines."""
    price = "" if line.money is None else f"{line.money:.4f} {line.currency}, "
    took = "" if line.seconds is None else f"up to {format_seconds(line.seconds)}"
    head = f"{line.route}: {price}{took}" if took else f"{line.route}: nothing is known of price and time"
    lines = [head]
    if line.plan is not None:
        lines += [f"  makes {made.kind} {made.name}" for made in line.plan.makes]
        lines += [
            f"  {each.money:.4f} {line.currency}  {each.name}: {each.why}" for each in line.plan.expenses
        ]
        lines += [f"  checked: {words}" for words in line.plan.checked]
    return lines + ([f"  in the way: {line.obstacle}"] if line.obstacle else [])


def _briefly(error: FivefoldError) -> str:
    """What an error says, in one line."""
    return f"{error.what}{f': {error.seen}' if error.seen else ''}"


def _rounded(money: float) -> float:
    """Whole cents, upwards."""
    return -(-money * 100 // 1) / 100
