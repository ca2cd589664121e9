"""Sizes: as much as the platform lets through in both directions, and a request that is too large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.errors import StepError
from fivefold.deployment.rehearsal.stage import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.deployment.rehearsal.stage import Stage

__all__ = ["largest_batch", "sizes"]

_FULL = 0.98


def largest_batch(stage: Stage) -> int:
    """Rows that fill the platform's limit in the direction that is filled first."""
    sample = [stage.examples[place % len(stage.examples)].row for place in range(100)]
    asked = len(stage.speech.ask(sample).body)
    answered = len(stage.send(sample).body)
    return max(1, int(_FULL * stage.platform.body_limit / max(asked, answered) * len(sample)))


def sizes(stage: Stage) -> Iterator[Scene]:
    """Send the largest request that is let through, and a larger one."""
    limit = stage.platform.body_limit
    rows = largest_batch(stage)
    batch = [stage.examples[place % len(stage.examples)].row for place in range(rows)]
    expected = f"{rows:,} answers within {stage.platform.answer_seconds:g} s and {limit:,} bytes"
    try:
        reply = stage.send(batch)
        found = stage.speech.read(reply)
        seen = f"{len(found):,} answers to {len(stage.speech.ask(batch).body):,} bytes, in {len(reply.body):,} bytes"
        yield Scene.judged(
            "largest batch",
            passed=len(found) == rows and len(reply.body) <= limit,
            seen=seen,
            expected=expected,
        )
    except StepError as error:
        yield Scene("largest batch", "failed", f"{error.what}: {error.seen}", expected)
    body = stage.speech.ask(batch).body
    too_large = body + b" " * (limit + 10_000 - len(body))
    with stage.client(stage.platform.answer_seconds) as client:
        status = client.send(stage.speech.ask(batch[:1]).path, too_large).status
    yield Scene.judged("too large", passed=status == 413, seen=f"status {status}", expected="status 413")
