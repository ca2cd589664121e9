"""Ctrl-C while training means "enough": what is there is kept. A second one means "stop now". So does the loss of all workers."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Self

from fivefold.core.errors import StepError
from fivefold.core.workbench import Silence

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from fivefold.core.workbench import Progress

__all__ = ["Interruption"]


class Interruption:
    """A context that notes the first SIGINT and leaves the second to whoever handled it before.

    Outside the main thread, where Python gives no say over signals, it notes nothing.

    Parameters
    ----------
    progress : Progress, optional
        Is told what is kept, since judging it takes a while.

    Attributes
    ----------
    asked : bool
        Whether somebody asked to stop.
    why : str
        Why it was asked for; empty where it was by Ctrl-C.
    """

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress or Silence()
        self.asked = False
        self.why = ""
        self._before: object = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hand_back()

    def ask(self, why: str) -> None:
        """Stop for a reason of one's own, as if by Ctrl-C."""
        self.asked, self.why = True, why

    @property
    def told(self) -> str:
        """What a reader is told of it."""
        return f"Training ended early, since {self.why}" if self.why else "Training was interrupted"

    def end_unless(self, *, kept: bool) -> None:
        """End the step if it was asked to stop, unless there is something to keep.

        Raises
        ------
        KeyboardInterrupt
            After Ctrl-C.
        StepError
            For any other reason.
        """
        if not self.asked:
            return
        if kept:
            self._progress.say(f"{self.told}; the best so far is judged and kept. The same command trains on")
            return
        if self.why:
            raise StepError(
                "Training ended before anything was fitted",
                seen=self.why,
                todo="repeat the command once the workers are there again, or with --executor local",
            )
        raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        """Remember the first one."""
        del number, frame
        self.asked = True
        self._hand_back()

    def _hand_back(self) -> None:
        """Put back what stood before."""
        before, self._before = self._before, None
        if callable(before) or isinstance(before, signal.Handlers):
            signal.signal(signal.SIGINT, before)
