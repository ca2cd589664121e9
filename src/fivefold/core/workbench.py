"""Workbench: all that a step is handed besides the artefacts it reads."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from fivefold.core.clock import Deadline

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from fivefold.core.budget import Budget

__all__ = ["Progress", "Silence", "Workbench"]


class Progress(Protocol):
    """Whoever shows a person how far the work is."""

    def say(self, text: str) -> None:
        """Tell one thing that is worth a line."""

    def advance(self, done: float, text: str) -> None:
        """Move the current step's bar to ``done`` (0 to 1) and label it."""


class Silence:
    """Progress that shows nothing."""

    def say(self, text: str) -> None:
        """Say nothing."""

    def advance(self, done: float, text: str) -> None:
        """Show nothing."""


@dataclass(frozen=True, slots=True)
class Workbench:
    """What a step works with.

    Attributes
    ----------
    folder : Path
        Empty folder for the step's payloads; it becomes the artefact's folder once the step is whole.
    scratch : Path
        Empty folder for anything else; it is removed when the step ends.
    live : Path
        Folder of the run for things that go on changing after the run: the service's log and output.
    deadline : Deadline
        When the step must be over.
    budget : Budget
    seed : int
    progress : Progress
    begun : Path or None
        Folder that outlives a step that is killed: the next try, if it has the same key, finds what this one left there. None
        where nothing is to be kept.
    nominal : Budget or None
        What decisions go by where the same seed must give the same bytes on every machine; None where the budget itself counts.
    executor : str
        Where tasks are done: the name of an executor, and an address where that needs one.
    in_run : bool
        Whether the step is one of a whole run, whose time is not passed for anything; else a person asked for this step, and waits.
    """

    folder: Path
    scratch: Path
    live: Path
    deadline: Deadline
    budget: Budget
    seed: int
    progress: Progress
    begun: Path | None = None
    nominal: Budget | None = None
    executor: str = "local"
    in_run: bool = False

    @property
    def run(self) -> str:
        """The run's short id."""
        return self.live.resolve().parent.name

    @property
    def means(self) -> Budget:
        """What decides how much is done; ``budget`` says what the machine may be used for meanwhile."""
        return self.nominal or self.budget

    def wait(self, seconds: float) -> Deadline:
        """Return when to stop waiting for somebody else's machines: after so many seconds, in a whole run by the step's deadline."""
        until = Deadline.after(seconds)
        return until.sooner(self.deadline) if self.in_run else until

    def one_thread(self) -> AbstractContextManager[object]:
        """Let linear algebra add up in one order as long as a deterministic run is at work."""
        if self.nominal is None:
            return nullcontext()
        from threadpoolctl import threadpool_limits

        limits: AbstractContextManager[object] = threadpool_limits(1)
        return limits
