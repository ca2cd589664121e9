"""Prices: dated data that a person can override, never constants in code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fivefold.core.errors import BudgetError, SettingsError
from fivefold.core.orders import Charge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.core.budget import Budget
    from fivefold.core.orders import DeploymentPlan, Order

__all__ = ["HOURS", "Price", "Prices", "check_money", "plan_lines"]

HOURS = 730.0
"""Hours of a month."""
_OWN = "your own price, [deploy.prices]"


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs.

    Attributes
    ----------
    name : str
        For example ``vertex.n1-standard-2``.
    amount : float
    unit : str
        ``hour``, ``month``, ``TiB`` or ``GB``.
    currency : str
    source : str
        Where it was read, and when.
    """

    name: str
    amount: float
    unit: str
    currency: str
    source: str

    def charge(self, name: str, *, count: float = 1.0) -> Charge:
        """Return what so many cost for a month; a price by the hour counts all hours of it.

        Parameters
        ----------
        name : str
            What is charged for.
        count : float
            Machines, TiB, GB, ...
        """
        units = count * (HOURS if self.unit == "hour" else 1.0)
        why = f"{units:g} {self.unit} at {self.amount:g} {self.currency} ({self.source})"
        return Charge(name, units * self.amount, why)


class Prices:
    """All prices that are known.

    Parameters
    ----------
    own : mapping of str to float
        The person's, by name.
    """

    def __init__(self, own: Mapping[str, float]) -> None:
        self._own = dict(own)
        text = files("fivefold.deployment").joinpath("prices.toml").read_text(encoding="utf-8")
        self._known = dict(_flat(tomllib.loads(text)))

    def of(self, name: str, *, unit: str = "hour") -> Price:
        """Return a price.

        Parameters
        ----------
        name : str
        unit : str
            What a price of the person's own is for, where none came along.

        Raises
        ------
        SettingsError
            When nobody knows it: what is not known is not nothing.
        """
        known = self._known.get(name)
        if name in self._own:
            unit, currency = (known.unit, known.currency) if known else (unit, "USD")
            return Price(name, self._own[name], unit, currency, _OWN)
        if known is None:
            raise SettingsError(
                f"Nobody knows the price of '{name}'",
                expected=", ".join(sorted(self._known)),
                todo=f'look it up at your platform and write under [deploy.prices]: "{name}" = ... (USD per {unit})',
            )
        return known


def check_money(plan: DeploymentPlan, order: Order, budget: Budget) -> None:
    """Refuse a plan that costs more than stated, before anything is made.

    Raises
    ------
    BudgetError
        When a month costs more than the order or the budget says.
    """
    limit, currency = (
        (budget.money, budget.currency) if order.money is None else (order.money, order.currency)
    )
    if plan.monthly <= 0 or (plan.monthly <= limit and plan.currency == currency):
        return
    words = "; ".join(f"{charge.name}: {charge.monthly:.2f}" for charge in plan.charges)
    raise BudgetError(
        f"Deploying to '{plan.target}' would cost more than the stated money",
        seen=f"{plan.monthly:.2f} {plan.currency} a month ({words})",
        expected=f"at most {limit:.2f} {currency} a month",
        todo=f'state it with --money "{plan.monthly:.2f} {plan.currency}", order less, or put prices right in [deploy.prices]',
    )


def plan_lines(plan: DeploymentPlan) -> list[str]:
    """Say a plan in lines."""
    lines = [f"{plan.target}: what will be made" + ("" if plan.makes else ": nothing")]
    lines += [f"  {made.kind} {made.name}" for made in plan.makes]
    lines += [f"  checked: {line}" for line in plan.checked]
    lines += [
        f"  {charge.monthly:10.2f} {plan.currency}  {charge.name}: {charge.why}" for charge in plan.charges
    ]
    return [*lines, f"  {plan.monthly:10.2f} {plan.currency} a month in all"]


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Price]]:
    """Every price of the file by its full name."""
    found: list[tuple[str, Price]] = []
    for key, value in table.items():
        name = f"{prefix}{key}"
        if "amount" in value:
            source = f"{value['source']}, {value['date']}"
            found.append(
                (name, Price(name, float(value["amount"]), value["unit"], value["currency"], source))
            )
        else:
            found += _flat(value, f"{name}.")
    return found
