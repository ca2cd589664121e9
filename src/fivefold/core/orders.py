"""Orders: what a target is handed, and what it says before it makes anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from fivefold.core.artefacts.release import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fivefold.core.artefacts import Contract

__all__ = ["Bundle", "Charge", "DeploymentPlan", "Option", "Order"]

Option: TypeAlias = str | int | float | bool
"""A value in a target's own table of the project file."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk, for whoever deploys it; ``digest`` is that of the Model artefact.

    Attributes
    ----------
    folder : Path
    digest : str
    contract : Contract
    """

    folder: Path
    digest: str
    contract: Contract


@dataclass(frozen=True, slots=True)
class Order:
    """How the person wants a model deployed.

    Attributes
    ----------
    port : int
        0 lets the target choose.
    options : dict of str to (str | int | float | bool)
        The table ``[deploy.TARGET]``, and ``--set``; each target reads its own and refuses what it does not know.
    prices : dict of str to float
        The person's own prices, ``[deploy.prices]``; they win over those that come along.
    money : float or None
        What the place may cost a month; None for what the run's budget says.
    currency : str
        Of ``money``.
    """

    port: int = 0
    options: Mapping[str, Option] = field(default_factory=dict)
    prices: Mapping[str, float] = field(default_factory=dict)
    money: float | None = None
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Charge:
    """One thing that costs.

    Attributes
    ----------
    name : str
        For example ``2 machines n1-standard-2``.
    monthly : float
        What it costs a month.
    why : str
        How that comes about, with the price's date and source.
    """

    name: str
    monthly: float
    why: str


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """What a deployment would make and cost; nothing was made for it.

    Attributes
    ----------
    target : str
    makes : tuple of Resource
        In the order of making; what stands already and would be kept is not among them.
    charges : tuple of Charge
    currency : str
    checked : tuple of str
        What was looked at and found in order, each as one line.
    """

    target: str
    makes: tuple[Resource, ...] = ()
    charges: tuple[Charge, ...] = ()
    currency: str = "USD"
    checked: tuple[str, ...] = ()

    @property
    def monthly(self) -> float:
        """What all of it costs a month."""
        return sum(charge.monthly for charge in self.charges)
