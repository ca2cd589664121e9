"""Ledger: what each step was planned to take, and what it took."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fivefold.core.budget import STEPS, Budget

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Lineage

__all__ = ["START", "Entry", "Ledger"]

START = "start"
"""The line of what goes before the first step."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One step's line.

    Attributes
    ----------
    step : str
    planned_seconds, spent_seconds : float
    memory_bytes : int
        Largest resident size seen during the step, workers included where they report it.
    disk_bytes : int
        Bytes that the step's artefact takes.
    money : float
        What was charged, in the budget's currency, however often the step was done.
    scan_bytes : int
        Bytes that warehouse queries read.
    reused : bool
        Whether the artefact stood there already; its time is that of the run that made it.
    """

    step: str
    planned_seconds: float
    spent_seconds: float
    memory_bytes: int = 0
    disk_bytes: int = 0
    money: float = 0.0
    scan_bytes: int = 0
    reused: bool = False

    @classmethod
    def of_start(cls, seconds: float, memory: int, lineage: tuple[Lineage, ...]) -> Entry:
        """What went before the first step, with what a warehouse read and charged for the tables."""
        scanned = sum(table.bytes for table in lineage if table.query)
        money = sum(table.money for table in lineage)
        return cls(START, 0.0, seconds, memory, money=money, scan_bytes=scanned)

    def of_folder(self, folder: Path) -> Entry:
        """The same line with what a folder takes on disk."""
        return replace(
            self, disk_bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        )


@dataclass(frozen=True, slots=True)
class Ledger:
    """Planned against spent, for the whole journey.

    Attributes
    ----------
    budget : Budget
    entries : tuple of Entry
        In the order in which steps ended, after what went before them.
    """

    budget: Budget
    entries: tuple[Entry, ...] = ()

    def add(self, entry: Entry) -> Ledger:
        """Return the ledger with one line more; a line of the same step is replaced, but what was charged for it stays charged."""
        kept = tuple(line for line in self.entries if line.step != entry.step)
        for line in self.entries:
            if line.step == entry.step:
                money, scanned = line.money + entry.money, line.scan_bytes + entry.scan_bytes
                entry = replace(entry, money=money, scan_bytes=scanned)
        return replace(self, entries=(entry, *kept) if entry.step == START else (*kept, entry))

    def allowing(self, means: Budget) -> Ledger:
        """Return the ledger with the money and bytes that a later step was allowed, where these are more than before."""
        had, money, scan = self.budget, max(means.money, self.budget.money), max(means.scan, self.budget.scan)
        currency = means.currency if money > had.money else had.currency
        return replace(self, budget=replace(had, money=money, currency=currency, scan=scan))

    @property
    def taken(self) -> tuple[float, int]:
        """Money that was charged, and bytes that warehouses read, for all steps together."""
        return sum(entry.money for entry in self.entries), sum(entry.scan_bytes for entry in self.entries)

    def spent(self) -> float:
        """Seconds of all steps together."""
        return sum(entry.spent_seconds for entry in self.entries)

    def slice(
        self, step: str, remaining: float, *, last: str = STEPS[-1], deterministic: bool = False
    ) -> float:
        """Seconds that a step may take: what remains, less what is planned for the steps after it.

        A step that begins late still gets a quarter of what was planned for it, at the cost of those after it. One before
        training gets all of it as long as those after it keep half of theirs: checks that are not made cost more than
        some fits.

        Parameters
        ----------
        step : str
        remaining : float
            Seconds to the run's deadline.
        last : str
            The last step that will be done.
        deterministic : bool
            Whether a step before training must come to its end if it can: it then gets half of what remains.
        """
        plan = self.budget.plan()
        later = sum(plan[name] for name in STEPS[STEPS.index(step) + 1 : STEPS.index(last) + 1])
        least = plan[step] / 4
        if STEPS.index(step) < STEPS.index("train"):
            least = max(least, min(plan[step], remaining - later / 2), deterministic * remaining / 2)
        return min(max(remaining - later, least), remaining)
