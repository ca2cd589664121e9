"""What the service answers when it is asked properly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter

import jsonschema
import orjson
import pytest

from fivefold.core.protocols import Bundle
from fivefold.runtime.bundle import load_bundle
from fivefold.service.log import read_log, read_requests
from tests.service.serving import ROW, Service, eventually, serving


def test_predictions_are_those_of_the_bundle(service: Service, bundle: Bundle) -> None:
    rows = [ROW, {**ROW, "age": 77}]
    predictor = load_bundle(bundle.folder)
    answer = service.predict(rows)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["predictions"] == predictor.answer(predictor.read(rows))


def test_a_caller_who_asks_is_told_how_sure_each_answer_is(service: Service) -> None:
    coverages = service.ask("GET", "/schema").json["coverages"]
    asked = {"instances": [ROW, ROW], "parameters": {"coverage": coverages[-1], "other": 1}}
    answers = service.ask("POST", "/predict", orjson.dumps(asked)).json["predictions"]
    plain = service.predict([ROW]).json["predictions"][0]
    for answer in answers:
        held = answer.pop("set")
        assert answer == plain
        assert answer["label"] in held


def test_every_prediction_has_an_id_of_its_own(service: Service) -> None:
    same = {"x-request-id": "order-17"}
    first, second = (service.predict([ROW, ROW], same).json for _ in range(2))
    ids = first["prediction_ids"] + second["prediction_ids"]
    assert len(set(ids)) == 4
    assert first["request_id"] == second["request_id"] == "order-17"


def test_whole_floats_and_lists_in_column_order_are_understood(service: Service) -> None:
    as_floats = {**ROW, "age": 40.0}
    as_list = list(ROW.values())
    answers = [service.predict([given]).json["predictions"] for given in (ROW, as_floats, as_list)]
    assert answers[0] == answers[1] == answers[2]


def test_a_large_batch_is_answered_in_order(service: Service) -> None:
    ages = [18 + position % 70 for position in range(1000)]
    together = service.predict([{**ROW, "age": age} for age in ages]).json["predictions"]
    alone = {age: service.predict([{**ROW, "age": age}]).json["predictions"][0] for age in set(ages)}
    assert [each["score"] for each in together] == pytest.approx(
        [alone[age]["score"] for age in ages], abs=1e-12
    )


def test_health_is_answered_while_a_large_batch_is_worked_on(service: Service) -> None:
    body = orjson.dumps({"instances": [list(ROW.values())] * 30_000})
    with ThreadPoolExecutor(1) as pool:
        began = perf_counter()
        large = pool.submit(service.ask, "POST", "/predict", body)
        waits = []
        while not large.done():
            start = perf_counter()
            assert service.ask("GET", "/livez").status == 200
            waits.append(perf_counter() - start)
        took = perf_counter() - began
    assert large.result().status == 200
    assert len(waits) >= 3
    assert median(waits) < took / 3


def test_small_replies_are_sent_at_once(service: Service) -> None:
    """On a connection that stays open, a reply held back for the caller's acknowledgement takes 40 ms."""
    connection = HTTPConnection("127.0.0.1", service.port, timeout=10)
    body, times = orjson.dumps({"instances": [ROW]}), []
    for _ in range(20):
        start = perf_counter()
        connection.request("POST", "/predict", body)
        connection.getresponse().read()
        times.append(perf_counter() - start)
    connection.close()
    assert median(times) < 0.030


def test_the_schema_has_the_contract_and_an_example_that_works(service: Service, bundle: Bundle) -> None:
    schema = service.ask("GET", "/schema").json
    assert (schema["task"], schema["target"], schema["classes"]) == ("binary", "shown", ["no", "yes"])
    assert [column["name"] for column in schema["columns"]] == list(ROW)
    assert schema["columns"][0]["nullable"] is False
    answer = service.ask("POST", "/predict", orjson.dumps(schema["example"]["request"]))
    assert answer.json["predictions"] == schema["example"]["response"]["predictions"]
    assert schema["version"] == load_bundle(bundle.folder).version
    for golden in load_bundle(bundle.folder).golden:
        jsonschema.validate(golden.row, schema["instance"])


def test_the_index_names_routes_that_exist(service: Service) -> None:
    routes = service.ask("GET", "/").json["routes"]
    assert len(routes) >= 7
    for route in routes.values():
        method, path = route.split()
        assert service.ask(method, path, b"{}").status in (200, 400)


def test_health_routes_answer(service: Service) -> None:
    assert service.ask("GET", "/livez").json == {"status": "live"}
    assert service.ask("GET", "/readyz").json["status"] == "ready"


def test_eight_callers_at_once_each_get_their_own_answers(bundle: Bundle, tmp_path: Path) -> None:
    predictor = load_bundle(bundle.folder)
    log = tmp_path / "predictions.sqlite"

    def call(service: Service, caller: int) -> None:
        for turn in range(25):
            row = {**ROW, "age": 18 + 3 * caller + turn % 3}
            answer = service.predict([row], {"x-request-id": f"caller-{caller}-{turn}"})
            assert answer.json["predictions"] == predictor.answer(predictor.read([row]))
            assert answer.headers["x-request-id"] == f"caller-{caller}-{turn}"

    with serving(bundle.folder, log) as service, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda caller: call(service, caller), range(8)))
    rows, scores = read_log(log, bundle.contract)
    assert rows.height == scores.height == 200
    assert scores["prediction_id"].n_unique() == 200
    assert read_requests(log)["requests"] == 200


def test_golden_rows_that_are_marked_as_a_probe_leave_no_trace(bundle: Bundle, tmp_path: Path) -> None:
    probe = {"x-fivefold-probe": "golden"}
    golden = load_bundle(bundle.folder).golden[0]
    log = tmp_path / "predictions.sqlite"
    with serving(bundle.folder, log) as service:
        assert service.predict([golden.row], probe).json["predictions"] == [golden.answer]
        assert b"fivefold_predictions_total 0.0" in service.ask("GET", "/metrics").body
    assert read_log(log, bundle.contract)[0].height == 0
    assert read_requests(log)["requests"] == 0


def test_the_mark_does_not_hide_other_rows(bundle: Bundle, tmp_path: Path) -> None:
    log = tmp_path / "predictions.sqlite"
    with serving(bundle.folder, log) as service:
        service.predict([ROW], {"x-fivefold-probe": "golden"})
    assert read_log(log, bundle.contract)[0].height == 1


def test_golden_rows_leave_no_trace_as_lists_and_in_a_rehearsal_either(
    bundle: Bundle, tmp_path: Path
) -> None:
    golden = load_bundle(bundle.folder).golden[0]
    log = tmp_path / "predictions.sqlite"
    with serving(bundle.folder, log) as service:
        for said in ("golden", "rehearsal"):
            as_list = [golden.row[column.name] for column in bundle.contract.columns]
            answers = service.predict([golden.row, as_list], {"x-fivefold-probe": said}).json["predictions"]
            assert answers == [golden.answer, golden.answer]
    assert read_log(log, bundle.contract)[0].height == 0
    assert set(read_requests(log).values()) == {0.0}


def test_who_leaves_before_the_request_is_complete_was_refused_nothing(
    bundle: Bundle, tmp_path: Path
) -> None:
    log = tmp_path / "predictions.sqlite"
    with serving(bundle.folder, log) as service:
        service.raw(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        assert service.predict([{**ROW, "age": "old"}]).status == 400
        eventually(lambda: read_requests(log)["refused"] == 1)
        eventually(lambda: b'code="499"' in service.ask("GET", "/metrics").body)
    assert read_requests(log)["requests"] == read_requests(log)["refused"] == 1


def test_what_a_rehearsal_has_refused_is_counted_by_itself_and_nothing_else_is_hidden(
    bundle: Bundle, tmp_path: Path
) -> None:
    log, mark = tmp_path / "predictions.sqlite", {"x-fivefold-probe": "rehearsal"}
    bad = {**ROW, "age": "old"}
    with serving(bundle.folder, log) as service:
        assert service.predict([bad], mark).status == 400
        assert service.predict([bad, bad], mark).status == 400
        assert service.ask("POST", "/predict", b"{", mark).status == 400
        eventually(lambda: read_requests(log)["rehearsed"] == 3)
        assert read_requests(log)["requests"] == read_requests(log)["rows_refused"] == 0
        # What is answered counts, and so does what was refused beside it.
        assert service.predict([ROW, bad], mark).status == 200
        assert service.predict([bad], {"x-fivefold-probe": "golden"}).status == 400
        eventually(lambda: read_requests(log)["requests"] == 2)
        page = service.ask("GET", "/metrics").body
    counted = read_requests(log)
    assert (counted["rehearsed"], counted["refused"], counted["rows_refused"]) == (3, 1, 2)
    assert read_log(log, bundle.contract)[0].height == 1
    assert b"fivefold_rehearsed_requests_total 3.0" in page
    assert b"fivefold_rows_refused_total 2.0" in page


def test_what_is_answered_can_be_read_while_the_service_runs(bundle: Bundle, tmp_path: Path) -> None:
    log = tmp_path / "predictions.sqlite"
    with serving(bundle.folder, log) as service:
        ids = service.predict([{**ROW, "city": "Graz", "shoes": 43}, ROW]).json["prediction_ids"]
        service.predict([{"age": "old"}])
        eventually(lambda: read_requests(log)["requests"] == 2)
        rows, scores = read_log(log, bundle.contract)
        counted = read_requests(log)
    assert rows["city"].to_list() == ["Graz", "Rome"]
    assert scores["prediction_id"].to_list() == ids
    assert (scores["unseen"].to_list(), scores["extra"].to_list()) == ([1, 0], [1, 0])
    assert (counted["refused"], counted["errors"], counted["predictions"]) == (1, 0, 2)
    assert 0 < counted["p50_ms"] <= counted["p95_ms"]


def test_a_service_without_a_log_answers_too(bundle: Bundle, tmp_path: Path) -> None:
    with serving(bundle.folder, None) as service:
        assert service.predict([ROW]).status == 200
        assert service.predict([]).status == 400
    assert list(tmp_path.iterdir()) == []
