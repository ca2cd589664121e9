"""Every way to ask wrongly: a 4xx in one form, a stable code, nothing of the data, and the service lives on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pytest

import fivefold.service.models
from fivefold.core.protocols import Bundle
from fivefold.runtime.blend import Blend
from fivefold.runtime.bundle import load_bundle
from fivefold.runtime.predictor import Predictor
from fivefold.service.log import read_requests
from tests.service.serving import ROW, Answer, Service, serving

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats, Matrix

SECRET = "hunter2"


def body(**changes: object) -> bytes:
    return orjson.dumps({"instances": [{**ROW, **changes}]})


LACKING = {name: value for name, value in ROW.items() if name != "age"}
WRONG = {
    "nothing": (b"", 400, "invalid_json"),
    "no JSON": (b"{'instances': hunter2}", 400, "invalid_json"),
    "half JSON": (b'{"instances": [{"age": 3', 400, "invalid_json"),
    "a word that is none of JSON's": (b'{"instances": [{"age": nan}]}', 400, "invalid_json"),
    "no UTF-8": (b'{"instances": ["\xff\xfe"]}', 400, "invalid_json"),
    "too deep": (b"[" * 100_000, 400, "invalid_json"),
    "a list": (b'["hunter2"]', 400, "not_an_object"),
    "a word": (b'"hunter2"', 400, "not_an_object"),
    "no instances": (b'{"rows": []}', 400, "missing_instances"),
    "instances are no list": (b'{"instances": {"age": 3}}', 400, "wrong_instances"),
    "no instance": (b'{"instances": []}', 400, "empty"),
    "an instance is a word": (b'{"instances": ["hunter2"]}', 400, "not_an_object"),
    "an instance is null": (b'{"instances": [null]}', 400, "not_an_object"),
    "a short list": (b'{"instances": [[1, 2]]}', 400, "wrong_length"),
    "a column is missing": (orjson.dumps({"instances": [LACKING]}), 400, "missing_column"),
    "a word for a number": (body(age=SECRET), 400, "wrong_type"),
    "a list for a number": (body(age=[SECRET]), 400, "wrong_type"),
    "an object for a category": (body(city={SECRET: 1}), 400, "wrong_type"),
    "a word for a date": (body(joined=SECRET), 400, "wrong_type"),
    "a word for yes or no": (body(member=SECRET), 400, "wrong_type"),
    "a coverage that is a word": (
        orjson.dumps({"instances": [ROW], "parameters": {"coverage": SECRET}}),
        400,
        "wrong_coverage",
    ),
    "a coverage that is not offered": (
        orjson.dumps({"instances": [ROW], "parameters": {"coverage": 0.77}}),
        400,
        "wrong_coverage",
    ),
    "a strictness that is a word": (
        orjson.dumps({"instances": [ROW], "parameters": {"strict": SECRET}}),
        400,
        "wrong_strict",
    ),
    "too long": (b'{"instances": [' + b" " * 1_500_000 + b"]}", 413, "too_large"),
    "5 MB": (b"x" * 5_000_000, 413, "too_large"),
}


def assert_refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code)
    error = answer.json["error"]
    assert set(error) == {"code", "message", "column", "row", "request_id"}
    assert error["message"]
    assert answer.headers["x-request-id"] == error["request_id"]
    assert SECRET.encode() not in answer.body
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_is_refused_and_the_next_one_answered(name: str, service: Service) -> None:
    sent, status, code = WRONG[name]
    answer = service.ask("POST", "/predict", sent)
    assert_refused(answer, status, code)
    assert "Next: " in answer.json["error"]["message"]
    assert service.predict([ROW]).status == 200


def test_the_column_and_the_row_at_fault_are_named(service: Service) -> None:
    asked = {"instances": [ROW, {**ROW, "age": "old"}], "parameters": {"strict": True}}
    error = service.ask("POST", "/predict", orjson.dumps(asked)).json["error"]
    assert (error["column"], error["row"]) == ("age", 1)
    error = service.predict([LACKING]).json["error"]
    assert (error["column"], error["row"]) == ("age", 0)


def test_the_row_is_counted_through_in_a_large_batch(service: Service) -> None:
    asked = {"instances": [ROW] * 700 + [{**ROW, "age": "old"}], "parameters": {"strict": True}}
    assert service.ask("POST", "/predict", orjson.dumps(asked)).json["error"]["row"] == 700


def test_five_megabytes_without_a_stated_length_are_refused(service: Service) -> None:
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    reply = service.raw(head + piece * 80 + b"0\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 413")
    assert b'"code":"too_large"' in reply
    assert service.predict([ROW]).status == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: minus\r\n\r\n", b"400"),
        (b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n[]", b"400"),
        (b"GET /readyz HTTP/1.0\r\n\r\n", b"200"),
    ],
)
def test_what_is_hardly_http_is_answered_too(request_: bytes, status: bytes, service: Service) -> None:
    assert service.raw(request_).split(maxsplit=2)[1] == status
    assert service.predict([ROW]).status == 200


def test_a_caller_who_leaves_halfway_does_no_harm(service: Service) -> None:
    service.raw(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    assert service.predict([ROW]).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/predict", 405, "wrong_method"),
        ("DELETE", "/predict", 405, "wrong_method"),
        ("POST", "/readyz", 405, "wrong_method"),
        ("GET", "/nowhere", 404, "unknown_route"),
        ("POST", "/predict/", 404, "unknown_route"),
        ("GET", "/../../etc/passwd", 404, "unknown_route"),
    ],
)
def test_unknown_routes_and_methods_are_refused_in_the_same_form(
    method: str, path: str, status: int, code: str, service: Service
) -> None:
    assert_refused(service.ask(method, path), status, code)


class Brittle:
    """A member that breaks on the young."""

    def predict(self, values: Matrix) -> Floats:
        if values[0, 0] < 20:
            raise ZeroDivisionError(f"{SECRET} is {values[0, 0]}")
        return np.tile([0.25, 0.75], (len(values), 1))


def test_what_breaks_inside_is_told_by_its_id_alone(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def brittle(folder: Path) -> Predictor:
        whole = load_bundle(folder)
        return Predictor(
            contract=whole.contract,
            encoder=whole.encoder,
            blend=Blend([Brittle()], [1.0]),
            metric=whole.metric,
            reference=whole.reference,
            golden=(),
        )

    monkeypatch.setattr(fivefold.service.models, "load_bundle", brittle)
    monkeypatch.setattr(fivefold.service.models, "prove", lambda predictor: 0.0)
    log = tmp_path / "predictions.sqlite"
    with serving(bundle.folder, log) as service:
        broken = service.predict([{**ROW, "age": 19}], {"x-request-id": "the-broken-one"})
        assert_refused(broken, 500, "internal_error")
        assert service.predict([ROW]).status == 200
        assert (
            b'fivefold_requests_total{code="500",route="predict"} 1.0' in service.ask("GET", "/metrics").body
        )
    said = capfd.readouterr().err
    assert "the-broken-one" in said
    assert "ZeroDivisionError" in said
    assert SECRET not in said
    counted = read_requests(log)
    assert (counted["requests"], counted["errors"]) == (2, 1)


def test_every_code_and_route_is_documented(service: Service) -> None:
    page = (Path(__file__).parents[2] / "docs" / "steps" / "deploy.md").read_text(encoding="utf-8")
    codes = {code for _, _, code in WRONG.values()} | {
        "unknown_route",
        "wrong_method",
        "internal_error",
        "not_ready",
        "unauthorized",
        "cross_site",
        "too_many_requests",
        "timed_out",
    }
    routes = service.ask("GET", "/").json["routes"].values()
    families = {
        line.split()[2]
        for line in service.ask("GET", "/metrics").body.decode().splitlines()
        if line[:6] == "# TYPE"
    }
    metrics = {name for name in families if name.startswith("fivefold_") and not name.endswith("_created")}
    assert len(metrics) >= 9
    for named in (*codes, *routes, *metrics):
        assert f"`{named}" in page, named
