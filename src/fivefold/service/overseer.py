"""The overseer: looks now and then whether a request takes too long, and ends it then.

A timer for each request would cost as much as a small model takes to answer; nearly all of them end before anybody looks.
"""

from __future__ import annotations

import asyncio
import time

__all__ = ["Overseer"]

_LOOKS = 20
"""How often in the time that a request may take: it may be late by so small a part of it."""


class Overseer:
    """Watches the tasks in whose hands requests are.

    Parameters
    ----------
    seconds : float
        So long each may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[asyncio.Task[object], float] = {}
        self._overdue: set[asyncio.Task[object]] = set()
        self._looking = False

    def watch(self) -> asyncio.Task[object]:
        """Watch the task that runs now, and return it."""
        task = asyncio.current_task()
        assert task is not None
        self._until[task] = time.monotonic() + self._seconds
        if not self._looking:
            self._looking = True
            asyncio.get_running_loop().call_later(self._seconds / _LOOKS, self._look)
        return task

    def has_ended(self, task: asyncio.Task[object]) -> bool:
        """Whether a task that was cancelled took too long, and nobody else wants it to end: the service, for one."""
        return task in self._overdue and task.uncancel() == 0

    def leave(self, task: asyncio.Task[object]) -> None:
        """Watch it no longer."""
        del self._until[task]
        self._overdue.discard(task)

    def _look(self) -> None:
        """End what is overdue; look again as long as there is something to look at."""
        now = time.monotonic()
        for task, until in self._until.items():
            if until <= now and task not in self._overdue:
                self._overdue.add(task)
                task.cancel()
        self._looking = bool(self._until)
        if self._looking:
            asyncio.get_running_loop().call_later(self._seconds / _LOOKS, self._look)
