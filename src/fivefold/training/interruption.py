"""Ctrl-C while training means "enough": what is there is kept. A second one means "stop now"."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import FrameType, TracebackType

__all__ = ["Interruption"]


class Interruption:
    """A context that notes the first SIGINT and leaves the second to whoever handled it before.

    Outside the main thread, where Python gives no say over signals, it notes nothing.

    Attributes
    ----------
    asked : bool
        Whether somebody asked to stop.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: object = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hand_back()

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
