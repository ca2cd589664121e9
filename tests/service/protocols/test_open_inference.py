"""The Open Inference Protocol: what is told of the model, and tensors in every form that its clients write."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from fivefold.core.protocols import Bundle
from fivefold.runtime.bundle import load_bundle
from fivefold.service.app import create_app
from fivefold.service.engine import Engine
from fivefold.service.log import read_requests
from fivefold.testing.targets import tiny_bundle
from tests.service.in_process import InProcess
from tests.service.serving import ROW, Answer, Service, serving

MODEL = "/v2/models/model"
DATATYPES = {"age": "INT64", "price": "FP64", "member": "BOOL", "city": "BYTES", "joined": "BYTES"}
ROWS = [ROW, {**ROW, "age": 77, "city": "Oslo", "member": False}]


def tensors(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "datatype": datatype, "shape": [len(rows)], "data": [row[name] for row in rows]}
        for name, datatype in DATATYPES.items()
    ]


def infer(service: Service, path: str = f"{MODEL}/infer", **document: Any) -> Answer:
    return service.ask("POST", path, orjson.dumps(document), {"Content-Type": "application/json"})


def outputs(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    return {each["name"]: each for each in answer.json["outputs"]}


def test_the_server_and_its_health_are_told(service: Service) -> None:
    server = service.ask("GET", "/v2").json
    assert (server["name"], server["extensions"]) == ("fivefold", ["binary_tensor_data"])
    assert service.ask("GET", "/v2/health/live").json == {"live": True}
    assert service.ask("GET", "/v2/health/ready").json == {"live": True, "ready": True}


def test_the_model_has_a_tensor_per_column(service: Service) -> None:
    version = service.ask("GET", "/schema").json["version"]
    for path in (MODEL, f"{MODEL}/versions/{version}"):
        model = service.ask("GET", path).json
        assert (model["name"], model["versions"]) == ("model", [version])
        told = {each["name"]: (each["datatype"], each["shape"]) for each in model["inputs"]}
        assert told == {name: (datatype, [-1]) for name, datatype in DATATYPES.items()}
        given = {each["name"]: (each["datatype"], each["shape"]) for each in model["outputs"]}
        assert given["probabilities"] == ("FP64", [-1, 2])
        assert set(given) == {"label", "score", "probabilities", "prediction_id"}
        assert service.ask("GET", f"{path}/ready").json == {"name": "model", "ready": True}


def test_a_tensor_per_column_is_answered_as_rows_are(service: Service) -> None:
    version = service.ask("GET", "/schema").json["version"]
    expected = service.predict(ROWS).json["predictions"]
    for path in (f"{MODEL}/infer", f"{MODEL}/versions/{version}/infer"):
        answer = infer(service, path, id="seven", inputs=tensors(ROWS), parameters={"content_type": "pd"})
        found = outputs(answer)
        assert (answer.json["id"], answer.json["model_version"]) == ("seven", version)
        assert found["label"]["data"] == [each["label"] for each in expected]
        assert found["score"]["data"] == [each["score"] for each in expected]
        assert found["probabilities"]["shape"] == [2, 2]
        assert found["probabilities"]["data"] == [
            share for each in expected for share in each["probabilities"].values()
        ]
        assert len(set(found["prediction_id"]["data"])) == 2


def test_what_outputs_are_told_is_what_is_given(service: Service) -> None:
    told = {each["name"]: each["datatype"] for each in service.ask("GET", MODEL).json["outputs"]}
    given = {name: each["datatype"] for name, each in outputs(infer(service, inputs=tensors(ROWS))).items()}
    assert given == told


def test_without_an_id_none_is_given_back(service: Service) -> None:
    assert "id" not in infer(service, inputs=tensors([ROW])).json


def test_columns_may_be_tables_of_one_column_nested_or_flat(service: Service) -> None:
    expected = outputs(infer(service, inputs=tensors(ROWS)))["score"]["data"]
    nested = [
        {**each, "shape": [2, 1], "data": [[value] for value in each["data"]]} for each in tensors(ROWS)
    ]
    flat = [{**each, "shape": [2, 1]} for each in tensors(ROWS)]
    for inputs in (nested, flat):
        assert outputs(infer(service, inputs=inputs))["score"]["data"] == expected


def test_a_missing_value_is_null_nan_or_an_empty_text(service: Service) -> None:
    gone = {**ROW, "price": None, "city": None, "member": None, "joined": None}
    expected = service.predict([gone]).json["predictions"][0]["score"]
    assert outputs(infer(service, inputs=tensors([gone])))["score"]["data"] == [expected]
    body = orjson.dumps({"inputs": tensors([{**gone, "price": "@", "city": ""}])}).replace(b'"@"', b"NaN")
    answer = service.ask("POST", f"{MODEL}/infer", body)
    assert outputs(answer)["score"]["data"] == [expected]


def test_a_column_that_may_be_missing_may_be_left_out_and_others_are_passed_over(service: Service) -> None:
    expected = service.predict([{"age": 40}]).json["predictions"][0]["score"]
    more = {"name": "shoes", "datatype": "FP32", "shape": [1], "data": [43]}
    answer = infer(service, inputs=[tensors([ROW])[0], more])
    assert outputs(answer)["score"]["data"] == [expected]


def test_outputs_can_be_chosen(service: Service) -> None:
    answer = infer(service, inputs=tensors(ROWS), outputs=[{"name": "score"}, {"name": "label"}])
    assert list(outputs(answer)) == ["score", "label"]


def test_a_coverage_adds_a_set_or_an_interval(service: Service, houses: Service) -> None:
    said = {"coverage": service.ask("GET", "/schema").json["coverages"][0]}
    found = outputs(infer(service, inputs=tensors(ROWS), parameters=said))
    for label, held in zip(found["label"]["data"], found["set"]["data"], strict=True):
        assert label in held.split(" | ")
    area = {"name": "area", "datatype": "FP64", "shape": [2], "data": [80, 120]}
    interval = outputs(infer(houses, inputs=[area], parameters=said))["interval"]
    assert (interval["shape"], len(interval["data"])) == ([2, 2], 4)


def test_a_single_tensor_of_all_columns_will_do_where_all_are_numbers(numbers: Service) -> None:
    expected = [each["value"] for each in numbers.predict([[80, 3], [120, None]]).json["predictions"]]
    for datatype, shape, data in (
        ("FP64", [2, 2], "[80, 3, 120, NaN]"),
        ("FP32", [2, 2], "[[80, 3], [120, null]]"),
        ("BYTES", [2, 2], '["80", "3", "120", ""]'),
    ):
        body = f'{{"inputs": [{{"name": "x", "datatype": "{datatype}", "shape": {shape}, "data": {data}}}]}}'
        answer = numbers.ask("POST", f"{MODEL}/infer", body.encode())
        assert outputs(answer)["value"]["data"] == expected


def test_binary_tensors_are_read_and_written(service: Service) -> None:
    texts = [[str(row[name]).encode() for row in ROWS] for name in ("city", "joined")]
    pieces = [
        np.array([row["age"] for row in ROWS], "<i4").tobytes(),
        np.array([row["price"] for row in ROWS], "<f8").tobytes(),
        np.array([row["member"] for row in ROWS], "?").tobytes(),
        *(b"".join(struct.pack("<I", len(text)) + text for text in column) for column in texts),
    ]
    inputs = [
        {**each, "parameters": {"binary_data_size": len(piece)}, "data": None}
        for each, piece in zip(tensors(ROWS), pieces, strict=True)
    ]
    inputs[0]["datatype"] = "INT32"
    head = orjson.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}})
    headers = {
        "Inference-Header-Content-Length": str(len(head)),
        "Content-Type": "application/octet-stream",
    }
    answer = service.ask("POST", f"{MODEL}/infer", head + b"".join(pieces), headers)
    assert answer.status == 200, answer.body
    length = int(answer.headers["inference-header-content-length"])
    told, data = orjson.loads(answer.body[:length])["outputs"], answer.body[length:]
    expected = outputs(infer(service, inputs=tensors(ROWS)))
    place = 0
    for each in told:
        size = each["parameters"]["binary_data_size"]
        piece, place = data[place : place + size], place + size
        if each["datatype"] == "FP64":
            assert np.frombuffer(piece, "<f8").tolist() == expected[each["name"]]["data"]
    assert place == len(data)


def wrong(**changes: Any) -> dict[str, Any]:
    return {"inputs": [{**tensors(ROWS)[0], **changes}, *tensors(ROWS)[1:]]}


WRONG: dict[str, dict[str, Any]] = {
    "no inputs": {},
    "inputs are no list": {"inputs": {"age": 3}},
    "no tensor": {"inputs": [3]},
    "no name": {"inputs": [{"shape": [1], "datatype": "FP64", "data": [3]}]},
    "no data": wrong(data=None),
    "too few values": wrong(data=[1]),
    "a negative shape": wrong(shape=[-1]),
    "a shape of three": wrong(shape=[2, 1, 1]),
    "a shape of words": wrong(shape=["2"]),
    "a huge shape": wrong(shape=[2**62, 2**62]),
    "an unknown datatype": wrong(datatype="BF16"),
    "another number of rows": wrong(shape=[1], data=[40]),
    "two columns": wrong(shape=[2, 2], data=[1, 2, 3, 4]),
    "a ragged table": wrong(shape=[2, 1], data=[[1], [2, 3]]),
    "a name twice": {"inputs": tensors(ROWS) + tensors(ROWS)[:1]},
    "bytes that are not there": wrong(parameters={"binary_data_size": 16}),
    "a size that is none": wrong(parameters={"binary_data_size": -1}),
    "a codec that is not known": {"inputs": tensors(ROWS), "parameters": {"content_type": "base64"}},
    "an output that is not there": {"inputs": tensors(ROWS), "outputs": [{"name": "logits"}]},
    "outputs that are no list": {"inputs": tensors(ROWS), "outputs": "score"},
    "an id that is no text": {"inputs": tensors(ROWS), "id": 7},
    "numbers where texts belong": {
        "inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 5], "data": [1, 2, 3, 4, 5]}]
    },
    "no rows": {"inputs": [{"name": "age", "datatype": "INT64", "shape": [0], "data": []}]},
    "a coverage that is a word": {"inputs": tensors(ROWS), "parameters": {"coverage": "much"}},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_gets_one_sentence(name: str, service: Service) -> None:
    answer = infer(service, **WRONG[name])
    assert answer.status == 400
    assert set(answer.json) == {"error"}
    assert answer.headers["x-request-id"] in answer.json["error"]
    assert infer(service, inputs=tensors(ROWS)).status == 200


def test_one_bad_row_refuses_the_request_and_is_named(service: Service) -> None:
    rows = [ROW, {**ROW, "age": "hunter2"}]
    said = infer(service, inputs=tensors(rows)).json["error"]
    assert "column: age" in said
    assert "row: 1" in said
    assert "wrong_type" in said
    assert "hunter2" not in said


def test_there_are_no_more_rows_than_a_request_may_have(numbers: Service) -> None:
    """A byte is enough for a row of a tensor."""
    rows = 100_001
    rooms = {"name": "rooms", "datatype": "UINT8", "shape": [rows], "parameters": {"binary_data_size": rows}}
    head = orjson.dumps({"inputs": [rooms]})
    headers = {"Inference-Header-Content-Length": str(len(head))}
    answer = numbers.ask("POST", f"{MODEL}/infer", head + bytes(rows), headers)
    assert answer.status == 400
    assert "too_many" in answer.json["error"]


def test_what_is_refused_is_not_logged_as_answered(bundle: Bundle, tmp_path: Path) -> None:
    log = tmp_path / "log.sqlite"
    with serving(bundle.folder, log) as fresh:
        assert infer(fresh, inputs=tensors(ROWS), outputs=[{"name": "logits"}]).status == 400
    counted = read_requests(log)
    assert (counted["requests"], counted["refused"], counted["predictions"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/models/other", 404),
        ("GET", "/v2/models/other/ready", 404),
        ("POST", "/v2/models/other/infer", 404),
        ("GET", f"{MODEL}/versions/1", 404),
        ("GET", f"{MODEL}/stats", 404),
        ("GET", f"{MODEL}/infer", 405),
        ("POST", "/v2", 405),
    ],
)
def test_what_is_not_there_is_refused_in_the_protocols_form(
    method: str, path: str, status: int, service: Service
) -> None:
    answer = service.ask(method, path)
    assert answer.status == status
    assert isinstance(answer.json["error"], str)


@pytest.mark.parametrize("length", ["minus", "-1", "99999999", "1" * 5000, "3", "²"])
def test_a_wrong_length_of_the_json_is_refused(length: str, service: Service) -> None:
    headers = {"Inference-Header-Content-Length": length}
    body = orjson.dumps({"inputs": tensors(ROWS)})
    answer = service.ask("POST", f"{MODEL}/infer", body, headers)
    assert (answer.status, list(answer.json)) == (400, ["error"])


@pytest.fixture(scope="module")
def early(bundle: Bundle) -> Iterator[InProcess]:
    """A service whose model is not loaded yet."""
    app = InProcess(bundle.folder, app=create_app(Engine(bundle.folder)))
    yield app
    app.close()


def test_before_the_model_is_loaded_it_lives_and_is_not_ready(early: InProcess) -> None:
    assert early.ask("GET", "/v2/health/live", b"").status == 200
    assert early.ask("GET", "/v2/health/ready", b"").status == 503
    ready = early.ask("GET", f"{MODEL}/ready", b"")
    assert (ready.status, ready.json["ready"]) == (503, False)
    answer = early.post(f"{MODEL}/infer", b"{}")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert isinstance(answer.json["error"], str)
    assert early.ask("GET", "/ping", b"").status == 503


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_other_tasks_are_answered_as_well(task: Any, tmp_path: Path) -> None:
    folder = tiny_bundle(tmp_path / "bundle", task=task).folder
    predictor = load_bundle(folder)
    app = InProcess(folder)
    answer = app.post(f"{MODEL}/infer", orjson.dumps({"inputs": tensors(ROWS)}))
    app.close()
    expected = predictor.answer(predictor.read(ROWS))
    name = "value" if task == "regression" else "label"
    assert outputs(answer)[name]["data"] == [each[name] for each in expected]
