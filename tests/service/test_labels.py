"""``POST /labels``: outcomes that come late are kept beside the predictions, or refused with their position."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.core.artefacts import Contract, Kind
from fivefold.core.errors import RequestError
from fivefold.core.protocols import Bundle
from fivefold.service.labels import labels_of
from fivefold.service.log import Labels, read_labels, read_requests
from fivefold.testing.targets import tiny_bundle
from tests.service.serving import ROW, Answer, Service, serving

KINDS: dict[Kind, tuple[str, str]] = {
    "integer": ("0", "1"),
    "number": ("0.5", "1.0"),
    "boolean": ("False", "True"),
    "string": ("no", "yes"),
    "datetime": ("2020-01-01", "2021-01-01"),
}


def tell(service: Service, *labels: Any) -> Answer:
    return service.ask("POST", "/labels", orjson.dumps({"labels": labels}))


def told(name: str, value: object) -> dict[str, object]:
    return {"prediction_id": name, "label": value}


def test_labels_are_in_the_log_when_the_reply_comes(bundle: Bundle, committing: str) -> None:
    with serving(bundle.folder, committing) as service:
        ids = service.predict([ROW, ROW]).json["prediction_ids"]
        answer = tell(
            service, told(ids[0], "yes"), told(ids[1], "no"), told("of-another-replica-0", "perhaps")
        )
        assert answer.status == 200
        request_id = answer.headers["x-request-id"]
        assert answer.json == {"accepted": 3, "unknown": 1, "unseen": 1, "request_id": request_id}
        found = read_labels(committing, bundle.contract)
        assert found["prediction_id"].to_list() == [*ids, "of-another-replica-0"]
        assert found["label"].to_list() == ["yes", "no", "perhaps"]
        assert tell(service, told(ids[0], "no")).json["unknown"] == 0
    found = read_labels(committing, bundle.contract)
    assert found["label"].to_list()[-1] == "no"
    assert found["known_at"].is_sorted()
    assert read_requests(committing)["requests"] == 1


def test_numbers_are_taken_for_a_number(tmp_path: Path) -> None:
    made = tiny_bundle(tmp_path / "bundle", task="regression")
    log = tmp_path / "log.sqlite"
    with serving(made.folder, log) as service:
        (name,) = service.predict([ROW]).json["prediction_ids"]
        assert tell(service, told(name, 12), told(name, 3.5)).json["unseen"] == 0
        refused = tell(service, told(name, 12), told(name, True))
        assert (refused.status, refused.code) == (400, "wrong_type")
        assert refused.json["error"]["row"] == 1
    assert read_labels(log, made.contract)["label"].to_list() == [12.0, 3.5]


WRONG: dict[str, tuple[bytes, str, int | None]] = {
    "no JSON": (b"{", "invalid_json", None),
    "nothing": (b"", "invalid_json", None),
    "a list": (b"[]", "not_an_object", None),
    "no labels": (b'{"instances": []}', "missing_labels", None),
    "labels that are no list": (b'{"labels": {}}', "wrong_labels", None),
    "an empty list": (b'{"labels": []}', "empty", None),
    "a label that is no object": (
        b'{"labels": [{"prediction_id": "a", "label": "no"}, 3]}',
        "not_an_object",
        1,
    ),
    "no id": (b'{"labels": [{"label": "no"}]}', "wrong_prediction_id", 0),
    "an id that is no text": (b'{"labels": [{"prediction_id": 7, "label": "no"}]}', "wrong_prediction_id", 0),
    "an id with a blank": (
        b'{"labels": [{"prediction_id": "a b", "label": "no"}]}',
        "wrong_prediction_id",
        0,
    ),
    "a long id": (
        b'{"labels": [{"prediction_id": "%s", "label": "no"}]}' % (b"a" * 129),
        "wrong_prediction_id",
        0,
    ),
    "no label": (
        b'{"labels": [{"prediction_id": "a", "label": "no"}, {"prediction_id": "b"}]}',
        "missing_label",
        1,
    ),
    "null": (b'{"labels": [{"prediction_id": "a", "label": null}]}', "missing_label", 0),
    "a label of another type": (
        b'{"labels": [{"prediction_id": "a", "label": ["S3cret"]}]}',
        "wrong_type",
        0,
    ),
}


@pytest.mark.parametrize("wrong", list(WRONG))
def test_what_is_no_label_is_refused_with_its_position_and_nothing_is_kept(
    wrong: str, service: Service
) -> None:
    body, code, row = WRONG[wrong]
    answer = service.ask("POST", "/labels", body)
    assert (answer.status, answer.code) == (400, code)
    assert answer.json["error"]["row"] == row
    assert "Next: " in answer.json["error"]["message"]
    assert b"S3cret" not in answer.body
    page = (Path(__file__).parents[2] / "docs" / "steps" / "deploy.md").read_text(encoding="utf-8")
    assert f"`{code}`" in page


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
LABEL = st.fixed_dictionaries(
    {},
    optional={
        "prediction_id": st.sampled_from(["a-0", "b", ""]) | JSON,
        "label": st.sampled_from([0, 1, "no"]) | JSON,
    },
)
CONTRACTS = [
    Contract("y", "regression", (), None, (), target_kind="number"),
    *(Contract("y", "binary", classes, classes[1], (), target_kind=kind) for kind, classes in KINDS.items()),
]


@given(
    document=st.fixed_dictionaries({"labels": st.lists(LABEL | JSON, max_size=3)}) | JSON,
    at=st.integers(0, 5),
)
def test_whatever_comes_is_understood_and_can_be_kept_or_is_refused(document: object, at: int) -> None:
    contract = CONTRACTS[at]
    body = json.dumps(
        document
    ).encode()  # as lenient as callers are: NaN, Infinity, surrogates, endless integers
    try:
        ids, values = labels_of(body, contract)
    except RequestError:
        return
    assert len(ids) == len(values) > 0
    for line in Labels(0.0, "r", ids, values).lines():
        assert orjson.loads(line.label) is not None


def test_a_body_of_another_kind_is_refused(service: Service) -> None:
    answer = service.ask("POST", "/labels", b"prediction_id,label\na,no\n", {"content-type": "text/csv"})
    assert (answer.status, answer.code) == (415, "wrong_content_type")


def test_a_body_beyond_the_limit_is_refused(service: Service) -> None:
    answer = service.ask("POST", "/labels", b'{"labels": [' + b" " * 1_600_000 + b"]}")
    assert (answer.status, answer.code) == (413, "too_large")


@pytest.mark.parametrize("log", [None, "segments/", "stdout"])
def test_a_log_that_keeps_no_labels_says_so(log: str | None, bundle: Bundle, tmp_path: Path) -> None:
    address = f"{tmp_path}/segments/" if log == "segments/" else log
    with serving(bundle.folder, address) as service:
        answer = tell(service, told("a-0", "no"))
        assert (answer.status, answer.code) == (501, "labels_not_kept")
