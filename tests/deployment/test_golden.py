from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from fivefold.core.clock import Deadline
from fivefold.core.errors import StepError
from fivefold.deployment.client import Client
from fivefold.deployment.golden import over_http, play
from fivefold.runtime.bundle import load_bundle
from fivefold.testing.targets import tiny_bundle
from tests.service.serving import serving


def test_the_golden_rows_are_played_and_timed(tmp_path: Path) -> None:
    predictor = load_bundle(tiny_bundle(tmp_path / "bundle").folder)
    asked: list[Mapping[str, object]] = []

    def ask(row: Mapping[str, object]) -> Mapping[str, object]:
        asked.append(row)
        return predictor.answer(predictor.read([row]))[0]

    check = play(ask, predictor, Deadline.after(5))
    assert [dict(row) for row in asked[:3]] == [golden.row for golden in predictor.golden]
    assert (check.rows, check.max_difference) == (3, 0.0)
    assert 0 < check.p50_ms <= check.p95_ms
    assert json.loads(check.prediction) == predictor.golden[0].answer


def test_when_the_time_is_over_only_a_few_requests_are_timed(tmp_path: Path) -> None:
    predictor = load_bundle(tiny_bundle(tmp_path / "bundle").folder)
    asked = 0

    def ask(row: Mapping[str, object]) -> Mapping[str, object]:
        nonlocal asked
        asked += 1
        return predictor.answer(predictor.read([row]))[0]

    play(ask, predictor, Deadline.after(0))
    assert asked == 3 + 10


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_service_of_another_model_is_found_out(task: str, tmp_path: Path) -> None:
    ours = load_bundle(tiny_bundle(tmp_path / "ours", task=task).folder)  # type: ignore[arg-type]
    theirs = tiny_bundle(tmp_path / "theirs", task=task, bias=0.2501)  # type: ignore[arg-type]
    with (
        serving(theirs.folder, None) as service,
        Client(f"http://127.0.0.1:{service.port}", timeout=5) as client,
        pytest.raises(StepError, match="golden row 0 is off by"),
    ):
        play(over_http(client), ours, Deadline.after(5))


def test_a_service_that_refuses_a_golden_row_is_quoted(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    with (
        serving(bundle.folder, None) as service,
        Client(f"http://127.0.0.1:{service.port}", timeout=5) as client,
        pytest.raises(StepError, match="missing_column"),
    ):
        over_http(client)({"price": 3})
