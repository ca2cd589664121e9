"""Whatever is asked in whatever protocol: an answer or a refusal, never a 5xx, and a log that has what was answered."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fivefold.core.artefacts import Contract, Task
from fivefold.core.protocols import Bundle
from fivefold.runtime.bundle import load_bundle
from fivefold.service.doors import Doors
from fivefold.service.log import PredictionLog, read_log, read_requests
from fivefold.service.log.sqlite import SQLiteLog
from tests.service.in_process import InProcess
from tests.service.protocols.made import PROTOCOLS, VERTEX, Made, MadeOf, answered_rows
from tests.service.real import TASKS, RealBundles
from tests.service.test_metrics import sample


def ask_all(app: InProcess, requests: st.SearchStrategy[Made], count: int) -> Counter[str]:
    """Send so many of the requests, and count what they were answered."""
    tally: Counter[str] = Counter()

    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(requests)
    def ask(made: Made) -> None:
        answer = app.post(made.path, made.body, made.headers)
        assert answer.status in (200, 400, 404, 413, 415), answer.body
        assert answer.headers["x-request-id"]
        if answer.status != 200 and made.headers.get("x-fivefold-probe") == "rehearsal":
            tally["rehearsed"] += 1
            return
        tally["requests"] += 1
        if answer.status == 200:
            tally["answered"] += 1
            tally["predictions"] += answered_rows(answer.body, answer.headers)
        else:
            tally["refused"] += 1
            assert answer.json["error"]

    ask()
    return tally


def play(protocol: str, count: int, folder: Path, contract: Contract, log: Path) -> None:
    """Send so many made requests of a protocol, and compare the log and the metrics with the answers."""
    kept = PredictionLog(SQLiteLog(log), capacity=10 * count)
    doors = Doors.from_environment({"AIP_PREDICT_ROUTE": VERTEX})
    app = InProcess(folder, log=kept, doors=doors)
    try:
        tally = ask_all(app, MadeOf(contract.columns).of(protocol), count)
        page = app.ask("GET", "/metrics", b"").body
    finally:
        app.close()
        kept.close()
    counted = read_requests(log)
    names = ("requests", "refused", "predictions", "rehearsed")
    assert {name: counted[name] for name in names} == {name: tally[name] for name in names}
    assert (counted["errors"], counted["dropped"]) == (0, 0)
    rows, scores = read_log(log, contract)
    assert rows.height == scores["prediction_id"].n_unique() == tally["predictions"]
    assert sample(page, "fivefold_predictions_total") == tally["predictions"]
    assert sample(page, "fivefold_rows_refused_total") == counted["rows_refused"]
    assert tally["answered"] > count / 10  # or these requests would show nothing
    assert tally["refused"] > count / 50


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_hundred_made_requests(protocol: str, bundle: Bundle, tmp_path: Path) -> None:
    play(protocol, 100, bundle.folder, bundle.contract, tmp_path / "log.sqlite")


@pytest.mark.slow
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_twelve_thousand_made_requests_in_all(protocol: str, bundle: Bundle, tmp_path: Path) -> None:
    play(protocol, 2_000, bundle.folder, bundle.contract, tmp_path / "log.sqlite")


@pytest.mark.slow
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("task", TASKS)
def test_ten_thousand_made_requests_in_all_of_what_was_really_trained(
    protocol: str, task: Task, real: RealBundles, tmp_path: Path
) -> None:
    """Texts, days, words in their hundreds and numbers that may not be missing, and a blend that answers."""
    folder = real(task)
    play(protocol, 560, folder, load_bundle(folder).contract, tmp_path / "log.sqlite")
