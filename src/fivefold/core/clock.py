"""Deadlines. ``time.monotonic`` is one clock for all processes of a machine, so a deadline may cross processes."""

from __future__ import annotations

import time
from dataclasses import dataclass

__all__ = ["Deadline"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment by which work must be over.

    Parameters
    ----------
    at : float
        Seconds on the monotonic clock.

    Examples
    --------
    >>> Deadline.after(3600).remaining() > 3590
    True
    """

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the deadline that lies so many seconds from now."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.at - time.monotonic())

    def passed(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self.at

    def earlier(self, seconds: float) -> Deadline:
        """Return a deadline that lies so many seconds before this one."""
        return Deadline(self.at - seconds)
