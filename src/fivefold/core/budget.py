"""Budget: the means of the whole journey, stated once. Every step gets a slice and hands back what it does not use."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from fivefold.core.errors import BudgetError, SettingsError
from fivefold.core.machine import available_cores, available_memory
from fivefold.core.quantities import format_bytes, parse_bytes, parse_count, parse_money, parse_seconds

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["STEPS", "Budget", "check_memory"]

STEPS = ("research", "data", "train", "deploy", "monitor")
_LEAST_MEMORY = 300 * 10**6
_BYTES = ("memory", "disk", "scan", "size")
_NOMINAL_MEMORY = 4 * 10**9
"""Bytes that a nominal machine has."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The stated means.

    Attributes
    ----------
    time : float
        Seconds for the whole run: a hard deadline.
    memory : int
        Bytes that may be loaded at once.
    cores : int
        Worker processes that may run at once.
    disk : int or None
        Bytes that the run may write; None when not stated.
    money : float
        What cloud services may cost, in ``currency``; nothing unless stated.
    currency : str
    scan : int
        Bytes that warehouse queries may read; nothing unless stated.
    latency : float or None
        Seconds that one row may take at the 95th percentile.
    size : int or None
        Bytes of the bundle.
    people : float
        Seconds of a person's time that may be asked for.

    Examples
    --------
    >>> Budget.parse({"time": "10min", "money": "2.50 USD", "cores": "2"}).time
    600.0
    """

    time: float
    memory: int
    cores: int
    disk: int | None = None
    money: float = 0.0
    currency: str = "USD"
    scan: int = 0
    latency: float | None = None
    size: int | None = None
    people: float = 0.0

    @classmethod
    def parse(cls, words: dict[str, str]) -> Budget:
        """Read a budget from human words; what is not stated is measured from the machine or left at its default.

        Parameters
        ----------
        words : dict of str to str
            Any of time, memory, cores, disk, money, scan, latency, size, people.

        Raises
        ------
        SettingsError
            When a name or a value cannot be used.
        """
        known = {field.name for field in fields(cls)} - {"currency"}
        for name in words:
            if name not in known:
                raise SettingsError(
                    f"The budget knows no '{name}'",
                    seen=name,
                    expected=", ".join(sorted(known)),
                    todo="use one of these names in [budget]",
                )
        money, currency = parse_money(words.get("money", "0 USD"))
        sizes = {name: parse_bytes(words[name], name=name) for name in _BYTES if name in words}
        people, latency = words.get("people"), words.get("latency")
        return cls(
            time=parse_seconds(words.get("time", "5min")),
            memory=sizes.get("memory") or int(available_memory() * 0.8),
            cores=parse_count(words["cores"]) if "cores" in words else available_cores(),
            disk=sizes.get("disk"),
            money=money,
            currency=currency,
            scan=sizes.get("scan", 0),
            latency=parse_seconds(latency, name="latency") if latency else None,
            size=sizes.get("size"),
            people=parse_seconds(people, name="people") if people else 0.0,
        )

    def nominal(self, stated: Collection[str]) -> Budget:
        """Return the budget that decisions go by where they must be the same on every machine.

        Parameters
        ----------
        stated : collection of str
            What the person stated. Measured memory is replaced; cores are one in any case: more of them do the same work sooner.
        """
        return replace(self, cores=1, memory=self.memory if "memory" in stated else _NOMINAL_MEMORY)

    def plan(self) -> dict[str, float]:
        """Seconds planned for each step.

        Deploying and monitoring take about the same time whatever the budget is, so they get an amount between two
        bounds; research and data get a small share; training gets the rest.
        """
        tail = min(max(4.0, 0.08 * self.time), 60.0, 0.3 * self.time)
        early = {"research": 0.02 * self.time, "data": 0.10 * self.time}
        late = {"deploy": 0.6 * tail, "monitor": 0.4 * tail}
        return early | {"train": self.time - sum(early.values()) - tail} | late


def check_memory(budget: Budget) -> None:
    """Refuse a budget that not even the libraries fit into.

    Raises
    ------
    BudgetError
        When the stated memory is below 300 MB.
    """
    if budget.memory < _LEAST_MEMORY:
        raise BudgetError(
            "The memory is less than any run takes",
            seen=format_bytes(budget.memory),
            expected=f"at least {format_bytes(_LEAST_MEMORY)}",
            todo="give a larger --memory",
        )
