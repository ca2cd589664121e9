"""Whatever is sent, the answer is a prediction or a refusal in the one form: never a 5xx, never silence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.core.protocols import Bundle
from fivefold.service.app import create_app
from fivefold.service.engine import Engine
from fivefold.service.settings import ServiceSettings
from tests.service.in_process import InProcess
from tests.service.serving import ROW, Answer

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(list(ROW.values())),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
    max_leaves=12,
)
INSTANCES = st.one_of(
    st.fixed_dictionaries({}, optional=dict.fromkeys(ROW, JSON)),
    st.fixed_dictionaries(dict.fromkeys(ROW, SCALARS)),
    st.lists(SCALARS, min_size=len(ROW), max_size=len(ROW)),
    JSON,
)
BODIES = st.one_of(
    st.builds(lambda rows: {"instances": rows}, st.lists(INSTANCES, max_size=4)),
    st.builds(lambda rows: {"instances": rows}, JSON),
    JSON,
)


@pytest.fixture(scope="module")
def app(bundle: Bundle) -> Iterator[InProcess]:
    app = InProcess(bundle.folder, settings=ServiceSettings(limit=10_000))
    yield app
    app.close()


def assert_in_form(answer: Answer, document: object) -> None:
    reply = answer.json
    if answer.status == 200:
        assert isinstance(document, dict)
        assert len(reply["predictions"]) == len(reply["prediction_ids"]) == len(document["instances"])
        for each, name in zip(reply["predictions"], reply["prediction_ids"], strict=True):
            assert set(each["error"]) == {"code", "message", "column"} if name is None else each["score"] <= 1
        return
    assert answer.status in (400, 413)
    assert set(reply["error"]) == {"code", "message", "column", "row", "request_id"}


@settings(max_examples=300, deadline=None)
@given(document=BODIES)
def test_any_json_gets_predictions_or_a_refusal(document: object, app: InProcess) -> None:
    assert_in_form(app.post("/predict", json.dumps(document).encode()), document)


@settings(max_examples=100, deadline=None)
@given(pieces=st.lists(st.binary(max_size=40), max_size=5))
def test_any_bytes_get_a_refusal(pieces: list[bytes], app: InProcess) -> None:
    answer = app.post("/predict", pieces)
    assert answer.status == 400
    assert answer.code in {"invalid_json", "not_an_object", "missing_instances"}


@pytest.mark.parametrize("sizes", [[10_001], [6_000, 6_000], [1] * 20_000])
def test_the_limit_holds_however_the_body_is_cut(sizes: list[int], app: InProcess) -> None:
    answer = app.post("/predict", [b"x" * size for size in sizes])
    assert (answer.status, answer.code) == (413, "too_large")


def test_a_body_in_pieces_is_put_together(app: InProcess) -> None:
    text = orjson.dumps({"instances": [ROW]})
    assert app.post("/predict", [text[place : place + 7] for place in range(0, len(text), 7)]).status == 200


def test_before_the_model_is_loaded_the_caller_is_told_to_wait(bundle: Bundle, tmp_path: Path) -> None:
    app = create_app(Engine(bundle.folder))
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": orjson.dumps({"instances": [ROW]}), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask(scope: dict[str, Any]) -> None:
        await app(scope, receive, send)

    for method, path, code in (
        ("POST", "/predict", "not_ready"),
        ("GET", "/schema", "not_ready"),
        ("GET", "/readyz", ""),
    ):
        sent.clear()
        scope = {
            "type": "http", "method": method, "path": path, "headers": [], "query_string": b"", "root_path": "",
        }  # fmt: skip
        asyncio.run(ask(scope))
        assert sent[0]["status"] == 503
        assert (b"retry-after", b"1") in sent[0]["headers"]
        assert code in sent[1]["body"].decode()
