"""Routes: what a place that trains besides this machine is handed, and what it says before and after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from fivefold.core.artefacts.release import Resource
from fivefold.core.journal import Journal, journals

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Contract, Split
    from fivefold.core.orders import Option

    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["LOCAL", "Expense", "RouteOutcome", "RoutePlan", "RouteWork", "route_journal", "route_journals"]

LOCAL = "local"
"""The route that is always taken: this machine, or the executor's."""
_FOLDER = "routes"


@dataclass(frozen=True, slots=True)
class RouteWork:
    """What is to be learned, as the data step left it; nobody there can see what the sealed rows' targets are.

    Attributes
    ----------
    train : Path
        Parquet: the training rows with features, target, ``__row__``, ``__fold__`` and, after some splits by time, ``__since__``.
    sealed : Path
        Parquet: the sealed rows' features alone, in the order in which their scores are wanted.
    contract : Contract
    split : Split
    metric : str
        The headline metric.
    balanced : bool
        Whether all classes are to count the same.
    seed : int
    digest : str
        Of the Dataset: the same one, the same work.
    """

    train: Path
    sealed: Path
    contract: Contract
    split: Split
    metric: str
    balanced: bool
    seed: int
    digest: str


@dataclass(frozen=True, slots=True)
class Expense:
    """One thing that is paid once.

    Attributes
    ----------
    name : str
    money : float
    why : str
        How that comes about, with the price's date and source.
    """

    name: str
    money: float
    why: str


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """What a training elsewhere would make, cost and take; nothing was made for it.

    Attributes
    ----------
    route : str
    seconds : float
        How long it may take at most; so much of the time is kept for it.
    makes : tuple of Resource
        In the order of making; what stands already and would be kept is not among them.
    expenses : tuple of Expense
    currency : str
    scan : int
        Bytes that queries of a warehouse will be billed for.
    checked : tuple of str
        What was looked at and found in order, each as one line.
    """

    route: str
    seconds: float
    makes: tuple[Resource, ...] = ()
    expenses: tuple[Expense, ...] = ()
    currency: str = "USD"
    scan: int = 0
    checked: tuple[str, ...] = ()

    @property
    def money(self) -> float:
        """What all of it costs."""
        return sum(expense.money for expense in self.expenses)


@dataclass(frozen=True, slots=True)
class RouteOutcome:
    """What came of a training elsewhere.

    Attributes
    ----------
    scores : Floats
        Shape (sealed rows, outputs), in their order: probabilities in the order of ``classes``, or one column with the number.
    name : str
        What the place calls such a model.
    rows : int
        Training rows that it learned from.
    settings : dict of str to (str | int | float | bool)
    own : dict of str to float
        The place's own figures, by its own names.
    money : float
        What was charged, as far as the place says so, else as planned.
    currency : str
    scanned : int
        Bytes that a warehouse billed for reading.
    kept : tuple of Resource
        What still stands there.
    serving : str
        What it takes to have answers of it: a statement, and its price.
    notes : tuple of str
    """

    scores: Floats
    name: str
    rows: int
    settings: dict[str, Option] = field(default_factory=dict)
    own: dict[str, float] = field(default_factory=dict)
    money: float = 0.0
    currency: str = "USD"
    scanned: int = 0
    kept: tuple[Resource, ...] = ()
    serving: str = ""
    notes: tuple[str, ...] = ()


def route_journal(live: Path, route: str) -> Journal:
    """Return the journal of what a route made for a run; apart from those of targets, which carry the same kind of names."""
    return Journal(live / _FOLDER, route)


def route_journals(live: Path) -> tuple[Journal, ...]:
    """Return the journals of all routes that left something."""
    return journals(live / _FOLDER)
