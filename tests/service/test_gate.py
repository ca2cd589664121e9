from __future__ import annotations

import gc
import re
from pathlib import Path

import orjson
import pytest

from fivefold.core.protocols import Bundle
from fivefold.service.log import PredictionLog, read_requests
from fivefold.service.log.sqlite import SQLiteLog
from tests.service.in_process import InProcess
from tests.service.serving import ROW, Service, serving
from tests.service.test_metrics import sample


@pytest.mark.parametrize("sane", ["a", "order-17", "A.b_c-9", "x" * 64])
def test_a_plain_request_id_is_kept(sane: str, service: Service) -> None:
    answer = service.predict([ROW], {"x-request-id": sane})
    assert answer.headers["x-request-id"] == answer.json["request_id"] == sane


@pytest.mark.parametrize("strange", ["", "x" * 65, "a b", "<script>", "naïve", "a;b", "../x"])
def test_a_strange_request_id_is_replaced(strange: str, service: Service) -> None:
    answer = service.predict([ROW], {"x-request-id": strange})
    assert answer.status == 200
    assert answer.json["request_id"] != strange
    assert re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]+", answer.json["request_id"])


def test_every_reply_has_a_request_id(service: Service) -> None:
    for path in ("/", "/livez", "/readyz", "/schema", "/metrics", "/nowhere", "/predict"):
        assert service.ask("GET", path).headers["x-request-id"]


def test_requests_are_counted_by_route_whatever_stands_in_a_path(bundle: Bundle) -> None:
    with serving(bundle.folder, None) as fresh:
        for name in ("model", "other", "hunter2"):
            fresh.ask("POST", f"/v2/models/{name}/infer", b"{}")
            fresh.ask("GET", f"/v2/models/{name}/versions/{name}/ready")
        fresh.ask("GET", "/v2/models/model/infer")
        fresh.ask("POST", "/invocations", b"{}")
        fresh.ask("GET", "/v2/models/model/stats")
        fresh.ask("GET", "/v2/models/a/b/c/infer")
        page = fresh.ask("GET", "/metrics").body
    assert sample(page, 'fivefold_requests_total{code="400",route="v2_infer"}') == 1
    assert sample(page, 'fivefold_requests_total{code="404",route="v2_infer"}') == 2
    assert sample(page, 'fivefold_requests_total{code="405",route="v2_infer"}') == 1
    assert sample(page, 'fivefold_requests_total{code="404",route="ready"}') == 3
    assert sample(page, 'fivefold_requests_total{code="400",route="invocations"}') == 1
    assert sample(page, 'fivefold_requests_total{code="404",route="other"}') == 2
    assert b"hunter2" not in page


def test_refused_requests_for_predictions_are_noted_whatever_their_protocol(
    bundle: Bundle, tmp_path: Path
) -> None:
    log = tmp_path / "log.sqlite"
    with serving(bundle.folder, log) as fresh:
        for path in ("/predict", "/invocations", "/v2/models/model/infer", "/v2/models/other/infer"):
            fresh.ask("POST", path, b"{}")
        fresh.ask("GET", "/v2/models/other")
    assert read_requests(log)["refused"] == 4


def test_a_request_leaves_no_garbage(bundle: Bundle, tmp_path: Path) -> None:
    """What is held in circles keeps a model that was replaced in memory, and time is spent on looking for it."""
    log = PredictionLog(SQLiteLog(tmp_path / "log.sqlite"), capacity=1000)
    app = InProcess(bundle.folder, log=log)
    body = orjson.dumps({"instances": [ROW]})
    app.post("/predict", body)
    gc.collect()
    gc.disable()
    try:
        assert [app.post("/predict", body).status for _ in range(50)] == [200] * 50
        found = gc.collect()
    finally:
        gc.enable()
        app.close()
        log.close()
    assert found < 50
