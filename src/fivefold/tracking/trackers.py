"""All trackers at once: time is kept for them, they are told of a training, and none of them can fail or hold up a run."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from fivefold.core.clock import Deadline
from fivefold.core.errors import FivefoldError
from fivefold.core.registry import Registry

if TYPE_CHECKING:
    from fivefold.core.protocols import Tracker
    from fivefold.core.training import Training

__all__ = ["time_to_keep", "track"]

_SHARE = 0.05
_KEPT = 5.0
_MOST = 10.0
_GRACE = 0.3
"""Seconds beyond its deadline in which a tracker may still say what became of it."""


def time_to_keep(seconds: float) -> float:
    """Seconds that a run of so many keeps for its trackers; none where nobody asked for one."""
    return min(_KEPT, _SHARE * seconds) if _asked() else 0.0


def track(training: Training, kept: float, remaining: float) -> list[str]:
    """Tell every tracker that was asked for; return a line for each, whatever became of it.

    Parameters
    ----------
    training : Training
    kept : float
        Seconds that were kept for this.
    remaining : float
        What else is left to the run; some of it may be used.
    """
    asked = _asked()
    until = Deadline.after(max(kept, min(_MOST, kept + remaining)))
    told = {name: _begin(tracker, training, until) for name, tracker in asked.items()}
    lines = []
    for name, said in told.items():
        try:
            lines.append(said.get(timeout=until.remaining() + _GRACE))
        except Empty:
            lines.append(
                f"not sent to {name}: it did not answer in time; fivefold train {training.run} tries again"
            )
    return [f"tracking: {line}" for line in lines if line]


def _asked() -> dict[str, Tracker]:
    """The trackers that a person asked for, by name."""
    registry: Registry[type[Tracker]] = Registry("fivefold.trackers")
    made = {name: kind() for name, kind in registry.all().items()}
    return {name: tracker for name, tracker in made.items() if tracker.asked()}


def _begin(tracker: Tracker, training: Training, until: Deadline) -> SimpleQueue[str]:
    """Start a tracker in a thread that the program need not wait for: looking up a name, for one, knows no time limit."""
    said: SimpleQueue[str] = SimpleQueue()

    def work() -> None:
        line = f"not sent: {type(tracker).__qualname__} failed"
        try:
            line = tracker.track(training, until)
        except FivefoldError as error:
            error.name_run(training.run)
            line = f"not sent. {error}"
        finally:
            said.put(line)

    threading.Thread(target=work, name="fivefold-tracker", daemon=True).start()
    return said
