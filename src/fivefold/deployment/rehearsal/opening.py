"""The opening: the port must be there before the model is, and health must not be claimed too early."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.deployment.rehearsal.stage import Stage

__all__ = ["opening"]

_EVERY = 0.005
_LOST = 200
"""Answers in a row that there is no such route, after which none will come."""


def opening(stage: Stage, port: int) -> Iterator[Scene]:
    """Start the service and knock until it is healthy."""
    if stage.actor is None:
        status = stage.health(stage.platform.health_seconds)
        yield Scene.judged(
            "health",
            passed=status == 200,
            seen=f"status {status}" if status else f"nothing answers at {stage.address}",
            expected="status 200",
        )
        return
    began = time.monotonic()
    stage.actor.start(stage.platform, port)
    connected = _connected(stage, port, began)
    yield Scene.judged(
        "port",
        passed=connected is not None,
        seen="never open" if connected is None else f"open after {connected:.2f} s",
        expected=f"open within {stage.platform.connect_seconds:g} s of the start",
    )
    if connected is None:
        return
    statuses: list[int] = []
    lost = 0
    while _in_time(stage, began, stage.platform.start_seconds):
        status = stage.health(stage.platform.health_seconds)
        if not statuses or statuses[-1] != status:
            statuses.append(status)
        lost = lost + 1 if status == 404 else 0
        if status == 200 or lost > _LOST:
            break
        time.sleep(_EVERY)
    taken = time.monotonic() - began
    # A check that nobody answers in time is what a platform sees of a busy machine: it asks again, as after 503.
    ready = statuses[-1:] == [200] and set(statuses[:-1]) <= {0, 503}
    words = "" if ready else f"; its last words: {stage.actor.last_words()}"
    yield Scene.judged(
        "start",
        passed=ready,
        seen=f"health {' then '.join(map(str, statuses)) or 'not asked'} after {taken:.2f} s{words}",
        expected=f"503, then 200 within {stage.platform.start_seconds:g} s",
    )


def _connected(stage: Stage, port: int, began: float) -> float | None:
    """Seconds until somebody listens; None when nobody does in time."""
    while _in_time(stage, began, stage.platform.connect_seconds):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
            return time.monotonic() - began
        except OSError:
            time.sleep(_EVERY)
    return None


def _in_time(stage: Stage, began: float, seconds: float) -> bool:
    """Whether there is somebody to wait for, and time to do so."""
    running = stage.actor is not None and stage.actor.running()
    return running and time.monotonic() - began < seconds and not stage.over()
