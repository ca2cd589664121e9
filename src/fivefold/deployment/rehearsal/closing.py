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
from fivefold.service.golden import REHEARSAL

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
    asking = stage.speech.ask(batch)
    with stage.client(stage.platform.answer_seconds) as client:

        def read() -> None:
            try:
                answered.append(len(stage.speech.read(client.finish())))
            except StepError:
                answered.append(0)

        client.begin(asking.path, asking.body, REHEARSAL)
        _arrived(stage)
        worker = threading.Thread(target=read, name="rehearsal", daemon=True)
        worker.start()
        taken = _ended(stage)
        worker.join(stage.platform.answer_seconds)
    ended = not stage.actor.running()
    yield Scene.judged(
        "end",
        passed=ended and answered == [len(batch)],
        seen=f"{sum(answered):,} of {len(batch):,} rows answered, {'ended' if ended else 'still there'} after {taken:.2f} s",
        expected=expected,
    )


def _arrived(stage: Stage) -> None:
    """Wait until all of what is on its way has surely arrived: a check of health that was sent later is answered.

    One that broke over it, or is silent for longer than an answer may take, answers no more.
    """
    assert stage.actor is not None
    until = time.monotonic() + min(stage.platform.answer_seconds, stage.left())
    while stage.actor.running() and time.monotonic() < until:
        if stage.health(stage.platform.health_seconds) == 200:
            return
        time.sleep(_EVERY)


def _ended(stage: Stage) -> float:
    """Tell it to end, and return the seconds that this was waited for."""
    assert stage.actor is not None
    began = time.monotonic()
    stage.actor.signal(signal.SIGTERM)
    patience = min(stage.platform.drain_seconds, stage.left())
    while stage.actor.running() and time.monotonic() - began < patience:
        time.sleep(_EVERY)
    return time.monotonic() - began
