"""Deadlines. ``time.monotonic`` is one clock for all processes of a machine, so a deadline may cross processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

__all__ = ["Clock", "Deadline"]

Clock: TypeAlias = Callable[[], float]
"""Whatever says how many seconds have gone by since some moment."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment by which work must be over.

    Parameters
    ----------
    at : float
        Seconds on the clock.
    clock : Clock
        The monotonic one; another where time is counted rather than measured.
    counted : bool
        Whether the clock moves on by being looked at, so that nothing can be timed by it.

    Examples
    --------
    >>> Deadline.after(3600).remaining() > 3590
    True
    >>> counted = Deadline(10.0, lambda: 4.0)
    >>> counted.remaining(), counted.earlier(6.0).passed()
    (6.0, True)
    """

    at: float
    clock: Clock = time.monotonic
    counted: bool = False

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the deadline that lies so many seconds from now."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.at - self.clock())

    def passed(self) -> bool:
        """Whether no time is left."""
        return self.clock() >= self.at

    def earlier(self, seconds: float) -> Deadline:
        """Return a deadline that lies so many seconds before this one."""
        return replace(self, at=self.at - seconds)

    def within(self, seconds: float) -> Deadline:
        """Return the deadline that lies so many seconds from now on the same clock, be it before or after this one."""
        return replace(self, at=self.clock() + seconds)

    def sooner(self, other: Deadline) -> Deadline:
        """Return the one of two deadlines on one clock that comes first."""
        return self if self.at <= other.at else other
