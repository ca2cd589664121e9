"""Prices: dated data that a person can override, never constants in code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fivefold.core.errors import SettingsError
from fivefold.core.orders import Charge

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HOURS", "Price", "Prices"]

HOURS = 730.0
"""Hours of a month."""
_OWN = "your own price, [{}.prices]"


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
    section : {"deploy", "train"}
        Of the project file, where those stand.
    """

    def __init__(self, own: Mapping[str, float], section: str = "deploy") -> None:
        self._own, self._section = dict(own), section
        text = files("fivefold.core").joinpath("prices.toml").read_text(encoding="utf-8")
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
            return Price(name, self._own[name], unit, currency, _OWN.format(self._section))
        if known is None:
            raise SettingsError(
                f"Nobody knows the price of '{name}'",
                expected=", ".join(sorted(self._known)),
                todo=f'look it up at your platform and write under [{self._section}.prices]: "{name}" = ... (USD per {unit})',
            )
        return known


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
