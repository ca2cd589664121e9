"""Strain: health while predictions are worked on, silence and recovery, and what one row costs."""

from __future__ import annotations

import signal
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

__all__ = ["strain"]

_PATIENCE = 0.5
_TIMED = 300
_SECONDS = 3.0


def strain(stage: Stage) -> Iterator[Scene]:
    """Put load on it, silence it, and time it."""
    yield _health_beside_predictions(stage)
    yield _recovery(stage)
    yield _times(stage)
    if stage.actor is not None and stage.actor.memory():
        yield Scene("memory", "passed", f"{stage.actor.memory() / 1e6:.0f} MB resident", "told")


def _health_beside_predictions(stage: Stage) -> Scene:
    """Ask for health while the largest batch is worked on."""
    rows = largest_batch(stage)
    batch = batch_of(stage, rows)
    worker = threading.Thread(target=stage.send, args=(batch,), name="rehearsal", daemon=True)
    worker.start()
    slowest, asked, failed = 0.0, 0, 0
    while worker.is_alive() or not asked:
        began = time.monotonic()
        failed += stage.health(stage.platform.health_seconds) != 200
        slowest, asked = max(slowest, time.monotonic() - began), asked + 1
        time.sleep(0.005)
    worker.join()
    return Scene.judged(
        "health beside predictions",
        passed=not failed,
        seen=f"{asked} checks during {rows:,} rows, {failed} failed, the slowest took {slowest * 1000:.0f} ms",
        expected=f"status 200 within {stage.platform.health_seconds:g} s",
    )


def _recovery(stage: Stage) -> Scene:
    """Silence it for as many health checks as end the traffic; one good check must bring it back."""
    name, expected = "silence and recovery", "healthy at the first check after it, and right answers"
    if stage.actor is None:
        return Scene(name, "skipped", "it runs elsewhere", expected)
    patience = stage.platform.health_seconds if stage.thorough else _PATIENCE
    stage.actor.signal(signal.SIGSTOP)
    try:
        silent = [stage.health(patience) for _ in range(stage.platform.failures)]
    finally:
        stage.actor.signal(signal.SIGCONT)
    status = stage.health(stage.platform.health_seconds)
    try:
        found = stage.predict([stage.examples[0].row])
        right = abs(found[0] - stage.examples[0].figure) <= 1e-6 * max(1.0, abs(stage.examples[0].figure))
    except StepError:
        right = False
    return Scene.judged(
        name,
        passed=status == 200 and right and not any(silent),
        seen=f"{len(silent)} checks of {patience:g} s in vain, then status {status}, answer {'right' if right else 'wrong'}",
        expected=expected,
    )


def _times(stage: Stage) -> Scene:
    """Time requests for one row over one connection."""
    asking = stage.speech.ask([stage.examples[0].row])
    times: list[float] = []
    began = time.monotonic()
    with stage.client(stage.platform.answer_seconds) as client:
        while len(times) < _TIMED and time.monotonic() - began < _SECONDS:
            start = time.perf_counter()
            client.send(asking.path, asking.body, REHEARSAL)
            times.append(time.perf_counter() - start)
    times.sort()
    p50, p95, p99 = (times[min(len(times) - 1, len(times) * part // 100)] * 1000 for part in (50, 95, 99))
    allowed = stage.latency
    return Scene.judged(
        "times",
        passed=allowed is None or p95 <= allowed * 1000,
        seen=f"p50 {p50:.2f} ms, p95 {p95:.2f} ms, p99 {p99:.2f} ms, {len(times)} requests for one row",
        expected="told" if allowed is None else f"p95 of at most {allowed * 1000:g} ms",
    )
