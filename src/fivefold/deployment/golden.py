"""Playing the golden rows against a release, and timing it: nothing is called a release before this."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias

import orjson

from fivefold.core.artefacts import GoldenCheck
from fivefold.core.errors import StepError
from fivefold.service.golden import PROBE, TOLERANCE, difference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fivefold.core.clock import Deadline
    from fivefold.deployment.client import Client
    from fivefold.runtime.predictor import Golden, Predictor

    Answer: TypeAlias = Mapping[str, object]

__all__ = ["example_of", "over_http", "play"]

_TIMED_REQUESTS = 200
_TIMED_SECONDS = 1.0
_LEAST_REQUESTS = 10


def play(ask: Callable[[Mapping[str, object]], Answer], predictor: Predictor, until: Deadline) -> GoldenCheck:
    """Ask for every golden row, compare with the answers of this process, then time one-row requests.

    Parameters
    ----------
    ask : callable
        Takes a row and returns the release's answer.
    predictor : Predictor
        The same bundle in this process.
    until : Deadline
        Timing ends here at the latest.

    Raises
    ------
    StepError
        When an answer differs by more than :data:`fivefold.service.golden.TOLERANCE`.
    """
    golden = predictor.golden
    worst = 0.0
    for position, each in enumerate(golden):
        expected = predictor.answer(predictor.read([each.row]))[0]
        apart = difference(expected, ask(each.row))
        if not apart <= TOLERANCE:
            raise StepError(
                "The release answers differently than the model",
                seen=f"golden row {position} is off by {apart:.2g}",
                expected=f"at most {TOLERANCE:g}",
                todo="deploy again; if it stays so, train again on the machine that serves",
            )
        worst = max(worst, apart)
    times = sorted(_timed(ask, predictor, until))
    return GoldenCheck(
        rows=len(golden),
        max_difference=worst,
        p50_ms=round(times[len(times) // 2] * 1000, 4),
        p95_ms=round(times[len(times) * 95 // 100] * 1000, 4),
        example=example_of(golden[0]),
        prediction=orjson.dumps(golden[0].answer).decode(),
    )


def example_of(golden: Golden) -> dict[str, str | float | int | bool | None]:
    """Return a golden row as a release keeps it: its values are JSON scalars."""
    return {
        name: value if isinstance(value, str | float | int | bool) or value is None else str(value)
        for name, value in golden.row.items()
    }


def over_http(client: Client) -> Callable[[Mapping[str, object]], Answer]:
    """Return how a service is asked for one row, marked as a probe so that its monitor does not take it for real use."""

    def ask(row: Mapping[str, object]) -> Answer:
        reply = client.post("/predict", {"instances": [row]}, PROBE)
        document = reply.json()
        if reply.status != 200 or not isinstance(document, dict) or "predictions" not in document:
            raise StepError(
                "The service refuses a golden row",
                seen=f"status {reply.status}: {reply.body[:300].decode(errors='replace')}",
                expected="status 200 and a prediction",
                todo="look into its output, live/service.log in the run's folder",
            )
        answer: Answer = document["predictions"][0]
        return answer

    return ask


def _timed(
    ask: Callable[[Mapping[str, object]], Answer], predictor: Predictor, until: Deadline
) -> list[float]:
    """Seconds of one-row requests, as many as a moment allows."""
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < _TIMED_REQUESTS:
        row = predictor.golden[len(times) % len(predictor.golden)].row
        start = time.perf_counter()
        ask(row)
        now = time.perf_counter()
        times.append(now - start)
        if len(times) >= _LEAST_REQUESTS and (now - began > _TIMED_SECONDS or until.passed()):
            break
    return times
