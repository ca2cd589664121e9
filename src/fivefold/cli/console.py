"""What a person sees: a progress bar where there is a terminal, a plain log where there is none; results on standard output."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Bar", "note", "say"]

ERRORS = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
OUTPUT = Console(highlight=False, soft_wrap=True, emoji=False)


def say(text: str) -> None:
    """Print a result."""
    OUTPUT.print(text, markup=False)


def note(text: str) -> None:
    """Print something that is no result."""
    ERRORS.print(text, markup=False)


class Bar:
    """Progress of the steps, on standard error.

    Use it as a context manager.
    """

    def __init__(self) -> None:
        # A process that was started without a standard error has none.
        self._shown = sys.stderr is not None and sys.stderr.isatty()
        self._last = ""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=ERRORS, transient=True, disable=not self._shown)
        self._task = self._progress.add_task("starting", total=1.0)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        """Tell one thing that is worth a line."""
        self._progress.console.print(text, markup=False)

    def advance(self, done: float, text: str) -> None:
        """Move the bar; without a terminal, print each new label once."""
        self._progress.update(self._task, completed=done, description=text)
        if not self._shown and text != self._last:
            ERRORS.print(text, markup=False)
        self._last = text
