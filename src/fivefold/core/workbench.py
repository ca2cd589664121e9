"""Workbench: all that a step is handed besides the artefacts it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.budget import Budget
    from fivefold.core.clock import Deadline

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
    executor : str
        Where tasks are done: the name of an executor, and an address where that needs one.
    """

    folder: Path
    scratch: Path
    live: Path
    deadline: Deadline
    budget: Budget
    seed: int
    progress: Progress
    begun: Path | None = None
    executor: str = "local"
