"""SageMaker's two routes, with the forms of a request that MLflow's scoring server takes."""

from __future__ import annotations

import csv
import io
from typing import Any

import orjson
import pytest

from tests.service.houses import HOUSE
from tests.service.serving import ROW, Answer, Service

CSV = {"Content-Type": "text/csv"}
ROWS: list[dict[str, Any]] = [ROW, {**ROW, "age": 77, "city": None}]
NAMES = list(ROW)
TABLE = [[row[name] for name in NAMES] for row in ROWS]


def invoke(service: Service, document: object, **headers: str) -> Answer:
    return service.ask(
        "POST", "/invocations", orjson.dumps(document), {"Content-Type": "application/json", **headers}
    )


def invoke_csv(service: Service, text: str, **headers: str) -> Answer:
    return service.ask("POST", "/invocations", text.encode(), CSV | headers)


def table(answer: Answer) -> list[list[str]]:
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.body.decode())))


def test_ping_is_an_empty_yes(service: Service) -> None:
    answer = service.ask("GET", "/ping")
    assert (answer.status, answer.body) == (200, b"")


DIALECTS: dict[str, object] = {
    "instances": {"instances": ROWS},
    "instances as lists": {"instances": TABLE},
    "records": {"dataframe_records": ROWS},
    "split": {"dataframe_split": {"columns": NAMES, "index": [0, 1], "data": TABLE}},
    "split in another order": {
        "dataframe_split": {"columns": NAMES[::-1], "data": [line[::-1] for line in TABLE]}
    },
    "split without names": {"dataframe_split": {"data": TABLE}},
    "columns": {"inputs": {name: [row[name] for row in ROWS] for name in NAMES}},
    "inputs as rows": {"inputs": ROWS},
    "inputs as lists": {"inputs": TABLE},
}


@pytest.mark.parametrize("name", DIALECTS)
def test_mlflows_dialects_are_answered_as_rows_are(name: str, service: Service) -> None:
    answer = invoke(service, DIALECTS[name])
    assert answer.json["predictions"] == service.predict(ROWS).json["predictions"]
    assert len(set(answer.json["prediction_ids"])) == 2


def test_a_single_row_may_be_an_object(service: Service) -> None:
    answer = invoke(service, {"inputs": ROW})
    assert answer.json["predictions"] == service.predict([ROW]).json["predictions"]


@pytest.mark.parametrize("word", ["params", "parameters"])
def test_parameters_are_heeded(word: str, service: Service) -> None:
    coverage = service.ask("GET", "/schema").json["coverages"][0]
    answer = invoke(service, {"dataframe_records": ROWS, word: {"coverage": coverage}})
    assert all("set" in each for each in answer.json["predictions"])
    assert invoke(service, {"instances": [ROW, 3], word: {"strict": True}}).status == 400


WRONG: dict[str, tuple[object, str]] = {
    "a list": ([ROW], "not_an_object"),
    "nothing": ({}, "missing_instances"),
    "two kinds": ({"instances": ROWS, "inputs": ROWS}, "wrong_instances"),
    "records that are no list": ({"dataframe_records": ROW}, "wrong_instances"),
    "no records": ({"dataframe_records": []}, "empty"),
    "split without data": ({"dataframe_split": {"columns": NAMES}}, "wrong_instances"),
    "split of words": ({"dataframe_split": "hunter2"}, "wrong_instances"),
    "split without rows": ({"dataframe_split": {"columns": NAMES, "data": []}}, "empty"),
    "split with wrong names": ({"dataframe_split": {"columns": [1], "data": [[1]]}}, "wrong_instances"),
    "split with a name twice": (
        {"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}},
        "wrong_instances",
    ),
    "split with a short row": (
        {"dataframe_split": {"columns": NAMES, "data": [*TABLE, [1]]}},
        "wrong_length",
    ),
    "split with a row that is none": (
        {"dataframe_split": {"columns": NAMES, "data": ["hunter2"]}},
        "wrong_length",
    ),
    "columns of unequal length": ({"inputs": {"age": [1, 2], "city": ["Rome"]}}, "wrong_instances"),
    "columns and values mixed": ({"inputs": {"age": [1, 2], "city": "Rome"}}, "wrong_instances"),
    "empty columns": ({"inputs": {"age": [], "city": []}}, "empty"),
    "inputs of words": ({"inputs": "hunter2"}, "wrong_instances"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_is_refused_with_a_code(name: str, service: Service) -> None:
    document, code = WRONG[name]
    answer = invoke(service, document)
    assert (answer.status, answer.code) == (400, code)
    assert "Next: " in answer.json["error"]["message"]
    assert b"hunter2" not in answer.body


def test_csv_is_read_with_names_in_any_order_and_without_names(service: Service) -> None:
    expected = service.predict(ROWS).json["predictions"]
    texts = [["" if value is None else str(value) for value in line] for line in TABLE]
    plain = "\n".join(",".join(line) for line in texts)
    turned = "\r\n".join(",".join(line[::-1]) for line in [NAMES, *texts])
    for text in (plain, f"{plain}\n", f"{','.join(NAMES)}\n\n{plain}\n\n", f"\ufeff{turned}"):
        assert invoke_csv(service, text).json["predictions"] == expected


def test_a_caller_may_say_whether_there_are_names(service: Service, numbers: Service) -> None:
    one = numbers.predict([{"area": 80}]).json["predictions"]
    present = numbers.ask("POST", "/invocations", b"area\n80\n", {"Content-Type": "text/csv; header=present"})
    assert present.json["predictions"] == one
    absent = f"{','.join(NAMES)}\n40,1,true,Rome,2020-05-01\n".encode()
    answer = service.ask("POST", "/invocations", absent, {"Content-Type": "text/csv; header=absent"})
    assert [place for place, each in enumerate(answer.json["predictions"]) if "error" in each] == [0]


def test_values_with_commas_quotes_and_line_ends_are_one_value(houses: Service) -> None:
    places = ["a, b", 'a "b"', "a\nb"]
    quoted = "".join('80,3,"{}"\n'.format(place.replace('"', '""')) for place in places)
    expected = houses.predict([{**HOUSE, "place": place} for place in places]).json["predictions"]
    assert invoke_csv(houses, quoted).json["predictions"] == expected


def test_an_answer_in_csv_has_names_if_the_question_had_some(service: Service) -> None:
    wanted = {"Accept": "text/csv"}
    expected = service.predict([ROW]).json["predictions"][0]
    line = ",".join(map(str, ROW.values()))
    head, row = table(invoke_csv(service, f"{','.join(NAMES)}\n{line}\n", **wanted))
    assert head == ["label", "score", "probability: no", "probability: yes", "prediction_id"]
    assert (row[0], float(row[1])) == (expected["label"], expected["score"])
    assert [float(share) for share in row[2:4]] == list(expected["probabilities"].values())
    (alone,) = table(invoke_csv(service, line, **wanted))
    assert alone[:4] == row[:4]
    assert len(table(invoke(service, {"instances": [ROW]}, **wanted))) == 2
    assert len(table(invoke(service, {"instances": [ROW]}, Accept="text/csv; header=absent"))) == 1


def test_an_answer_in_csv_says_how_sure_it_is(service: Service, houses: Service) -> None:
    said = {"params": {"coverage": service.ask("GET", "/schema").json["coverages"][0]}}
    head, row = table(invoke(service, {"instances": [ROW]} | said, Accept="text/csv"))
    assert row[0] in row[head.index("set")].split(" | ")
    head, row = table(invoke(houses, {"instances": [HOUSE]} | said, Accept="text/csv"))
    assert head[:3] == ["value", "interval: low", "interval: high"]
    assert float(row[1]) < float(row[0]) < float(row[2])


def test_an_answer_in_csv_has_no_place_for_a_bad_row(service: Service) -> None:
    answer = invoke(service, {"instances": [ROW, "no row"]}, Accept="text/csv")
    assert (answer.status, answer.json["error"]["row"]) == (400, 1)


def test_json_lines_go_in_and_out(service: Service) -> None:
    text = b"\n".join([orjson.dumps(ROW), b"", b'"no row"', orjson.dumps(TABLE[1]), b""])
    answer = service.ask(
        "POST",
        "/invocations",
        text,
        {"Content-Type": "application/jsonlines", "Accept": "application/jsonlines"},
    )
    first, bad, second = (orjson.loads(line) for line in answer.body.splitlines())
    expected = service.predict(ROWS).json["predictions"]
    assert first == expected[0] | {"prediction_id": first["prediction_id"]}
    assert second == expected[1] | {"prediction_id": second["prediction_id"]}
    assert (bad["error"]["code"], bad["prediction_id"]) == ("not_an_object", None)
    assert answer.headers["content-type"] == "application/jsonlines"


@pytest.mark.parametrize(
    ("kind", "body", "code", "row"),
    [
        ("text/csv", b"", "empty", None),
        ("text/csv", b"\n\n", "empty", None),
        ("text/csv", b"age,price,member,city,joined\n", "empty", None),
        ("text/csv", b"age,age,price,member,city,joined\n1,1,1,1,1,1\n", "invalid_csv", None),
        ("text/csv", b"age,price,member,city,joined\n40,1,true,Rome,2020-05-01\n40,1\n", "wrong_length", 1),
        ("text/csv", b"40,1\n", "wrong_length", 0),
        ("text/csv", b'40,"hunter2\n', "invalid_csv", None),
        ("text/csv", b"40,\xff\n", "invalid_csv", None),
        ("text/csv", b'"' + b"x" * 200_000 + b'",1\n', "invalid_csv", None),
        ("application/jsonlines", b"\n", "empty", None),
        ("application/jsonlines", b"{}\n{hunter2}\n", "invalid_json", 1),
    ],
)
def test_what_is_no_csv_and_no_json_line_is_refused(
    kind: str, body: bytes, code: str, row: int | None, service: Service
) -> None:
    answer = service.ask("POST", "/invocations", body, {"Content-Type": kind})
    assert (answer.status, answer.code, answer.json["error"]["row"]) == (400, code, row)
    assert b"hunter2" not in answer.body


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/html, */*;q=0.8", "image/png"])
def test_whoever_accepts_nothing_in_particular_is_answered_in_json(accept: str, service: Service) -> None:
    answer = invoke(service, {"instances": [ROW]}, Accept=accept)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
