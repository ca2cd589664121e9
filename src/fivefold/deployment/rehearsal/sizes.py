"""Sizes: of the bundle; as much as the platform lets through in both directions, and a request that is too large."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Scene
from fivefold.core.errors import StepError
from fivefold.service.asked import MOST_ROWS
from fivefold.service.golden import REHEARSAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from fivefold.deployment.rehearsal.stage import Stage

__all__ = ["batch_of", "bundle_size", "largest_batch", "rows_within", "sizes"]

# The ids in an answer hold the number of the request: from the tenth one on each is a character longer, which is up to 4 % of a
# short answer.
_FULL = 0.96
_SAMPLE = 100
_ONE_DIGIT = 1


def bundle_size(bundle: Path, allowed: int | None) -> Scene:
    """Tell how large a bundle is, a folder or an archive, and whether it may be."""
    files = [bundle] if bundle.is_file() else [path for path in bundle.rglob("*") if path.is_file()]
    found = sum(path.stat().st_size for path in files)
    return Scene.judged(
        "size",
        passed=allowed is None or found <= allowed,
        seen=f"{found / 1e6:.3f} MB",
        expected="told" if allowed is None else f"at most {allowed / 1e6:.3f} MB",
    )


def batch_of(stage: Stage, rows: int) -> list[Mapping[str, object]]:
    """Rows whose answers are known, again and again."""
    return [stage.examples[place % len(stage.examples)].row for place in range(rows)]


def rows_within(stage: Stage, seconds: float) -> int:
    """Rows that it answers in so many seconds, judged by a hundred of them."""
    sample = batch_of(stage, _SAMPLE)
    times = []
    for _ in range(2):  # the first one may be slow for being the first
        began = time.monotonic()
        stage.send(sample)
        times.append(time.monotonic() - began)
    return max(1, int(seconds / min(times) * len(sample)))


def largest_batch(stage: Stage) -> int:
    """Rows that fill the platform's limit in the direction that is filled first; no more than a service takes at once.

    Judged by a tenth of what a hundred rows say: what stands around the rows counts little by then, and ten times as many differ by
    one digit in the number of each row's id.
    """
    tenth = max(_SAMPLE, _filling(stage, _SAMPLE, 0) // 10)
    return _filling(stage, tenth, _ONE_DIGIT)


def _filling(stage: Stage, count: int, longer: int) -> int:
    """Rows that fill the limit if each is as long as so many are on average, and its answer so many bytes longer."""
    sample = batch_of(stage, count)
    asked = len(stage.speech.ask(sample).body) / count
    answered = len(stage.send(sample).body) / count + longer
    return min(MOST_ROWS, max(1, int(_FULL * stage.platform.body_limit / max(asked, answered))))


def sizes(stage: Stage) -> Iterator[Scene]:
    """Send the largest request that is let through, and a larger one."""
    limit = stage.platform.body_limit
    rows = largest_batch(stage)
    batch = batch_of(stage, rows)
    expected = f"{rows:,} answers within {stage.platform.answer_seconds:g} s and {limit:,} bytes"
    if stage.most_rows is not None and rows > stage.most_rows:
        seen = f"{rows:,} rows, and there was time for about {stage.most_rows:,}"
        yield Scene("largest batch", "skipped", seen, expected)
    else:
        yield _largest(stage, batch, expected)
    body = stage.speech.ask(batch).body
    too_large = body + b" " * (limit + 10_000 - len(body))
    with stage.client(stage.platform.answer_seconds) as client:
        status = client.send(stage.speech.ask(batch[:1]).path, too_large, REHEARSAL).status
    yield Scene.judged("too large", passed=status == 413, seen=f"status {status}", expected="status 413")


def _largest(stage: Stage, batch: Sequence[Mapping[str, object]], expected: str) -> Scene:
    """Send the largest request."""
    try:
        reply = stage.send(batch)
        found = stage.speech.read(reply)
    except StepError as error:
        return Scene("largest batch", "failed", f"{error.what}: {error.seen}", expected)
    asked = len(stage.speech.ask(batch).body)
    return Scene.judged(
        "largest batch",
        passed=len(found) == len(batch) and len(reply.body) <= stage.platform.body_limit,
        seen=f"{len(found):,} answers to {asked:,} bytes, in {len(reply.body):,} bytes",
        expected=expected,
    )
