"""Stages: each step inside its slice of the budget, unless what it would make stands there; the ledger says what each took."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, TypeVar

from fivefold.core import records
from fivefold.core.budget import STEPS
from fivefold.core.clock import Deadline
from fivefold.core.ledger import Entry, Ledger
from fivefold.core.machine import peak_memory
from fivefold.core.quantities import format_seconds
from fivefold.core.version import __version__
from fivefold.core.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from fivefold.core.artefacts import Elsewhere, Lineage
    from fivefold.core.settings import Settings
    from fivefold.core.store import Run, Stored
    from fivefold.core.workbench import Progress

__all__ = ["Stages"]

Body = TypeVar("Body")


class Stages:
    """The means of a run, and what its steps took of them.

    Parameters
    ----------
    run : Run
    settings : Settings
    deadline : Deadline
        Of all steps together.
    progress : Progress
    lineage : tuple of Lineage
        Where the table at hand comes from.

    Attributes
    ----------
    last : str
        The last step that will be done; no time is kept for those after it.
    in_run : bool
        Whether the steps are those of a whole run.
    ledger : Ledger
    """

    def __init__(
        self,
        run: Run,
        settings: Settings,
        deadline: Deadline,
        progress: Progress,
        lineage: tuple[Lineage, ...] = (),
    ) -> None:
        self.run, self.settings = run, settings
        self.deadline, self.progress = deadline, progress
        self.lineage, self.last, self.in_run = lineage, STEPS[-1], False
        self.ledger = (run.read("ledger.json", Ledger) or Ledger(settings.budget)).allowing(settings.budget)

    def note_start(self, seconds: float) -> None:
        """Enter what went before the first step: the program's own start, fetching the table and the first look."""
        self._enter(Entry.of_start(seconds, peak_memory(), self.lineage))

    def do(
        self,
        name: str,
        kind: type[Body],
        parents: tuple[Stored[Any], ...],
        words: Mapping[str, object],
        work: Callable[[Workbench], Body],
        *,
        again: Callable[[Body], bool] | None = None,
    ) -> Stored[Body]:
        """Do one step, unless its artefact stands there for the same inputs.

        Parameters
        ----------
        name : str
        kind : type
            Of the artefact.
        parents : tuple of Stored
            Artefacts that go in.
        words : mapping
            Settings that go in.
        work : callable
        again : callable, optional
            Says of what stands there whether it must be made again all the same.
        """
        digests = {parent.header.kind: parent.header.digest for parent in parents}
        key = records.digest({"step": name, "version": __version__, "parents": digests, "words": dict(words)})
        stands = self.run.get(name, kind, key=key)
        if stands is not None and (again is None or not again(stands.body)):
            return self._passed_over(name, stands)
        began, last = time.monotonic(), max(name, self.last, key=STEPS.index)
        left, nominal = self.deadline.remaining(), self.settings.train.deterministic
        slice_seconds = self.ledger.slice(name, left, last=last, deterministic=nominal)
        self.progress.advance(0.0, name)
        with self.run.workplace(name) as (folder, scratch):
            bench = self._bench(name, key, Deadline.after(slice_seconds), (folder, scratch))
            with bench.one_thread():
                body = work(bench)
            seconds = time.monotonic() - began
            lineage = self.lineage if name == "data" else ()
            stored = self.run.commit(
                name, body, folder, key=key, parents=digests, seconds=seconds, lineage=lineage
            )
        self.progress.advance(1.0, f"{name}: done in {format_seconds(seconds)}")
        entry = Entry(name, self.ledger.budget.plan()[name], seconds, memory_bytes=peak_memory())
        self._enter(entry.of_folder(stored.folder))
        return stored

    @contextlib.contextmanager
    def keeping(self, seconds: float) -> Iterator[None]:
        """Leave so many seconds of what is left to what comes after this."""
        self.deadline = self.deadline.earlier(seconds)
        try:
            yield
        finally:
            self.deadline = self.deadline.earlier(-seconds)

    def beside(
        self, name: str, seconds: float, until: Deadline, work: Callable[[Workbench], Elsewhere]
    ) -> Elsewhere:
        """Do what stands beside the steps, and enter what it took and cost.

        Parameters
        ----------
        name : str
        seconds : float
            Planned for it.
        until : Deadline
        work : callable
        """
        began = time.monotonic()
        with self.run.workplace(name) as folders:
            found = work(self._bench(name, "", until, folders))
        spent = time.monotonic() - began
        costs = Entry(name, seconds, spent, peak_memory(), money=found.money, scan_bytes=found.scanned)
        self._enter(costs)
        return found

    def charge(self, name: str, money: float) -> None:
        """Enter what somebody else charged for work that is no step; it is added to what the same work cost before.

        It takes none of the run's time: whoever asks for it does so once the run is over.
        """
        self._enter(Entry(name, 0.0, 0.0, money=money))

    def try_out(self, name: str, work: Callable[[Workbench], Body]) -> Body:
        """Do what belongs to a step without keeping anything of it."""
        with self.run.workplace(name) as folders:
            return work(self._bench(name, "", self.deadline, folders))

    def _passed_over(self, name: str, stands: Stored[Body]) -> Stored[Body]:
        """Count the time of a step that is not repeated as spent."""
        seconds = stands.header.seconds
        self.progress.say(f"{name}: stands already ({stands.header.digest[7:15]}), not repeated")
        self.deadline = self.deadline.earlier(seconds)
        memory = next((entry.memory_bytes for entry in self.ledger.entries if entry.step == name), 0)
        entry = Entry(name, self.ledger.budget.plan()[name], seconds, memory, reused=True)
        self._enter(entry.of_folder(stands.folder))
        return stands

    def _bench(self, name: str, key: str, until: Deadline, folders: tuple[Path, Path]) -> Workbench:
        """What a step works with."""
        own, begun = self.settings, self.run.begun(name, key) if name == "train" else None
        places, means = (*folders, self.run.live), (own.nominal, own.executor, self.in_run)
        return Workbench(*places, until, own.budget, own.seed, self.progress, begun, *means)

    def _enter(self, entry: Entry) -> None:
        """Write a step's line into the ledger."""
        self.ledger = self.ledger.add(entry)
        self.run.write("ledger.json", self.ledger)
