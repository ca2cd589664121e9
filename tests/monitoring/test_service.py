"""The service check: failures, refusals and dropped log rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fivefold.core.artefacts import Verdict
from fivefold.core.protocols import Check
from fivefold.monitoring.checks.service import ServiceCheck
from fivefold.testing.checks import CheckSuite, window


class TestServiceCheck(CheckSuite):
    def make(self) -> Check:
        return ServiceCheck()


@pytest.mark.parametrize(
    ("requests", "errors", "refused", "dropped", "verdict"),
    [
        (0, 0, 0, 0, "unknown"),
        (10, 0, 0, 0, "unknown"),
        (3, 1, 0, 0, "unknown"),
        (10, 6, 0, 0, "act"),
        (400, 4, 0, 0, "healthy"),
        (400, 30, 0, 0, "watch"),
        (400, 100, 0, 0, "act"),
        (400, 0, 0, 1, "healthy"),
        (400, 0, 0, 40, "watch"),
        (400, 0, 12, 0, "healthy"),
        (400, 0, 80, 0, "watch"),
        (3, 0, 1, 0, "unknown"),
    ],
)
def test_the_verdict_follows_errors_and_drops(
    requests: int, errors: int, refused: int, dropped: int, verdict: Verdict
) -> None:
    counters = {
        "requests": float(requests),
        "errors": float(errors),
        "refused": float(refused),
        "dropped": float(dropped),
    }
    result = ServiceCheck().inspect(replace(window("binary", rows=400), requests=counters))
    assert result.verdict == verdict
    assert result.figures["errors"] == errors
    assert bool(result.advice) == (verdict in {"watch", "act"})


@pytest.mark.parametrize(("rows", "verdict"), [(0, "healthy"), (20, "healthy"), (200, "watch")])
def test_rows_that_were_refused_beside_answered_ones_are_seen(rows: int, verdict: Verdict) -> None:
    counters = {"requests": 60.0, "errors": 0.0, "refused": 0.0, "dropped": 0.0, "rows_refused": float(rows)}
    result = ServiceCheck().inspect(replace(window("binary", rows=400), requests=counters))
    assert (result.verdict, result.figures["rows_refused"]) == (verdict, rows)


@pytest.mark.parametrize(("answered", "verdict"), [(20_000, "healthy"), (0, "watch")])
@pytest.mark.parametrize("lost", ["dropped", "rows_refused"])
def test_what_was_lost_is_held_against_all_that_the_log_counted_not_only_this_version_s_rows(
    lost: str, answered: int, verdict: Verdict
) -> None:
    counters = {"requests": 900.0, "errors": 0.0, "predictions": float(answered), lost: 60.0}
    result = ServiceCheck().inspect(replace(window("binary", rows=300), requests=counters))
    assert result.verdict == verdict


@pytest.mark.parametrize(
    ("requests", "errors", "verdict"), [(10, 0, "unknown"), (60, 0, "healthy"), (60, 30, "act")]
)
def test_what_a_rehearsal_had_refused_is_left_out_and_said(
    requests: int, errors: int, verdict: Verdict
) -> None:
    counters = {"requests": float(requests), "errors": float(errors), "rehearsed": 1_000.0}
    result = ServiceCheck().inspect(replace(window("binary", rows=400), requests=counters))
    assert (result.verdict, result.figures["rehearsed"]) == (verdict, 1_000)
    assert result.reason.endswith("; 1,000 refused requests that said to be a rehearsal's left out.")


def test_times_are_passed_on() -> None:
    result = ServiceCheck().inspect(window("binary", rows=60))
    assert (result.figures["p50_ms"], result.figures["p95_ms"]) == (0.4, 0.9)
