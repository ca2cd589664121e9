"""Prices: dated data that a person can override, never constants in code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
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
    region : str
        Where it is asked; empty where it is the same everywhere, or the platform has no regions.
    regions : dict of str to float
        What other regions ask, as far as that is known.
    """

    name: str
    amount: float
    unit: str
    currency: str
    source: str
    region: str = ""
    regions: Mapping[str, float] = field(default_factory=dict)

    def there(self, region: str) -> Price:
        """Return what a region asks; where that is not known the dearest of those that are, and the source says so.

        Parameters
        ----------
        region : str
            As the platform calls it; empty where nobody knows it.
        """
        known = {place.lower(): amount for place, amount in self.regions.items()}
        if not region or not self.region or region.lower() == self.region.lower():
            return self
        if region.lower() in known:
            return replace(
                self, amount=known[region.lower()], region=region, source=f"{self.source}; {region}"
            )
        said = f"a figure of {self.region}: that of {region} is not known here"
        if known:
            said = f"the dearest figure: that of {region} is not known here"
        return replace(self, amount=max(self.amount, *known.values(), 0.0), source=f"{self.source}; {said}")

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

    def of(self, name: str, *, unit: str = "hour", region: str = "") -> Price:
        """Return a price.

        Parameters
        ----------
        name : str
        unit : str
            What a price of the person's own is for, where none came along.
        region : str
            Where, however it is spelled; the person's own price of just that region, as ``storage.standard.europe-west3``, wins over one
            without.

        Raises
        ------
        SettingsError
            When nobody knows it: what is not known is not nothing.
        """
        known = self._known.get(name)
        regional = {key.lower(): amount for key, amount in self._own.items()} if region else {}
        own = regional.get(f"{name}.{region}".lower(), self._own.get(name))
        if own is not None:
            unit, currency = (known.unit, known.currency) if known else (unit, "USD")
            return Price(name, own, unit, currency, _OWN.format(self._section))
        if known is None:
            raise SettingsError(
                f"Nobody knows the price of '{name}'",
                expected=", ".join(sorted(self._known)),
                todo=f'look it up at your platform and write under [{self._section}.prices]: "{name}" = ... (USD per {unit})',
            )
        return known.there(region)


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Price]]:
    """Every price of the file by its full name."""
    found: list[tuple[str, Price]] = []
    for key, value in table.items():
        name = f"{prefix}{key}"
        if "amount" in value:
            source, region = f"{value['source']}, {value['date']}", value.get("region", "")
            amount, others = float(value["amount"]), value.get("regions", {})
            found.append(
                (name, Price(name, amount, value["unit"], value["currency"], source, region, others))
            )
        else:
            found += _flat(value, f"{name}.")
    return found
