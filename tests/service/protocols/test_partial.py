"""One bad row does not keep the others from their answers, unless the caller wants all or nothing."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from fivefold.core.protocols import Bundle
from fivefold.service.log import read_log, read_requests
from tests.service.serving import ROW, Answer, Service, eventually, serving
from tests.service.test_metrics import sample

BAD = {**ROW, "age": "hunter2"}
LACKING = {name: value for name, value in ROW.items() if name != "age"}


def ask(service: Service, instances: list[object], path: str = "/predict", **parameters: object) -> Answer:
    return service.ask("POST", path, orjson.dumps({"instances": instances, "parameters": parameters}))


@pytest.mark.parametrize("path", ["/predict", "/invocations"])
def test_the_others_are_answered_and_the_bad_ones_say_what_is_wrong(path: str, service: Service) -> None:
    answer = ask(service, [ROW, BAD, ROW, LACKING, "no row", [1, 2]], path)
    assert answer.status == 200
    good = service.predict([ROW]).json["predictions"][0]
    first, second, third, *others = answer.json["predictions"]
    assert first == third == good
    assert set(second) == {"error"}
    assert set(second["error"]) == {"code", "message", "column"}
    assert (second["error"]["code"], second["error"]["column"]) == ("wrong_type", "age")
    assert [each["error"]["code"] for each in others] == ["missing_column", "not_an_object", "wrong_length"]
    assert b"hunter2" not in answer.body
    ids = answer.json["prediction_ids"]
    assert [name is None for name in ids] == [False, True, False, True, True, True]
    assert (ids[0].rpartition("-")[2], ids[2].rpartition("-")[2]) == ("0", "2")


def test_a_strict_caller_gets_all_or_nothing(service: Service) -> None:
    refused = ask(service, [ROW, BAD], strict=True)
    assert (refused.status, refused.code) == (400, "wrong_type")
    assert (refused.json["error"]["column"], refused.json["error"]["row"]) == ("age", 1)
    assert ask(service, [ROW, ROW], strict=True).status == 200
    assert ask(service, [ROW, BAD], strict=False).status == 200


@pytest.mark.parametrize("rows", [[BAD], [BAD, LACKING], [LACKING] * 300])
def test_a_request_of_which_nothing_is_understood_is_refused(rows: list[object], service: Service) -> None:
    answer = ask(service, rows)
    assert answer.status == 400
    assert answer.json["error"]["row"] == 0


def test_the_place_is_counted_through_in_a_large_batch(service: Service) -> None:
    rows: list[object] = [ROW] * 700
    rows[3] = rows[127] = rows[128] = rows[699] = BAD
    found = ask(service, rows).json
    assert [place for place, each in enumerate(found["predictions"]) if "error" in each] == [3, 127, 128, 699]
    assert [place for place, name in enumerate(found["prediction_ids"]) if name is None] == [3, 127, 128, 699]


@pytest.mark.parametrize("path", ["/predict", "/invocations"])
def test_there_are_no_more_rows_than_a_request_may_have(path: str, service: Service) -> None:
    answer = ask(service, [{}] * 100_001, path)
    assert (answer.status, answer.code) == (400, "too_many")


def test_only_answered_rows_are_logged_and_refused_ones_are_counted(bundle: Bundle, tmp_path: Path) -> None:
    log = tmp_path / "log.sqlite"
    with serving(bundle.folder, log) as service:
        ids = ask(service, [BAD, ROW, LACKING, {**ROW, "age": 50}]).json["prediction_ids"]
        ask(service, [ROW, BAD], strict=True)
        ask(service, [BAD, BAD])
        eventually(lambda: read_requests(log)["requests"] == 3)
        page = service.ask("GET", "/metrics").body
    rows, scores = read_log(log, bundle.contract)
    assert rows["age"].to_list() == [40, 50]
    assert scores["prediction_id"].to_list() == [ids[1], ids[3]]
    counted = read_requests(log)
    assert (counted["predictions"], counted["refused"], counted["errors"]) == (2, 2, 0)
    assert counted["rows_refused"] == 2 + 1 + 2
    assert counted["p50_ms"] > 0
    assert sample(page, "fivefold_predictions_total") == 2
    assert sample(page, "fivefold_rows_refused_total") == 2 + 1 + 2
