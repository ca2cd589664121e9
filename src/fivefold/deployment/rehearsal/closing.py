"""The closing: told to end, a service answers what it was asked and ends by itself."""

from __future__ import annotations

import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Scene
from fivefold.core.errors import StepError
from fivefold.deployment.rehearsal.sizes import batch_of, largest_batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.deployment.rehearsal.stage import Stage

__all__ = ["closing"]

_EVERY = 0.01


def closing(stage: Stage) -> Iterator[Scene]:
    """End it while it has a large request in hand."""
    expected = f"the answer in hand is given, and it has ended within {stage.platform.drain_seconds:g} s"
    if stage.actor is None:
        yield Scene("end", "skipped", "it runs elsewhere", expected)
        return
    batch = batch_of(stage, min(largest_batch(stage), stage.most_rows or sys.maxsize))
    answered: list[int] = []

    def ask() -> None:
        try:
            answered.append(len(stage.predict(batch)))
        except StepError:
            answered.append(0)

    worker = threading.Thread(target=ask, name="rehearsal", daemon=True)
    worker.start()
    _in_hand(stage, worker)
    began = time.monotonic()
    stage.actor.signal(signal.SIGTERM)
    patience = min(stage.platform.drain_seconds, stage.left())
    while stage.actor.running() and time.monotonic() - began < patience:
        time.sleep(_EVERY)
    taken = time.monotonic() - began
    worker.join(stage.platform.answer_seconds)
    ended = not stage.actor.running()
    yield Scene.judged(
        "end",
        passed=ended and answered == [len(batch)],
        seen=f"{sum(answered):,} of {len(batch):,} rows answered, {'ended' if ended else 'still there'} after {taken:.2f} s",
        expected=expected,
    )


def _in_hand(stage: Stage, worker: threading.Thread) -> None:
    """Wait until the request has surely arrived: its bytes are sent, and health was answered once after that."""
    time.sleep(_EVERY)
    while worker.is_alive() and stage.health(stage.platform.health_seconds) != 200:
        time.sleep(_EVERY)
