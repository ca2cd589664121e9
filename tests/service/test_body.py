"""Whatever is sent, the answer is a prediction or a refusal in the one form: never a 5xx, never silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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
from tests.service.serving import ROW

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
Ask = Callable[[list[bytes]], tuple[int, bytes]]


@pytest.fixture(scope="module")
def ask(bundle: Bundle) -> Ask:
    """Call the application as a server does, with a body in pieces; it raises what no handler answered."""
    engine = Engine(bundle.folder)
    engine.load()
    app = create_app(engine, settings=ServiceSettings(limit=10_000))

    def call(pieces: list[bytes]) -> tuple[int, bytes]:
        sent: list[dict[str, Any]] = []
        left = list(pieces)

        async def receive() -> dict[str, Any]:
            piece = left.pop(0) if left else b""
            return {"type": "http.request", "body": piece, "more_body": bool(left)}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/predict", "headers": [], "query_string": b"", "root_path": "",
        }  # fmt: skip
        asyncio.run(app(scope, receive, send))
        return int(sent[0]["status"]), b"".join(message.get("body", b"") for message in sent[1:])

    return call


def assert_in_form(status: int, body: bytes, document: object) -> None:
    reply = orjson.loads(body)
    if status == 200:
        assert isinstance(document, dict)
        assert len(reply["predictions"]) == len(reply["prediction_ids"]) == len(document["instances"])
        assert all(0 <= each["score"] <= 1 for each in reply["predictions"])
        return
    assert status in (400, 413)
    assert set(reply["error"]) == {"code", "message", "column", "row", "request_id"}


@settings(max_examples=300, deadline=None)
@given(document=BODIES)
def test_any_json_gets_predictions_or_a_refusal(document: object, ask: Ask) -> None:
    import json

    text = json.dumps(document)
    status, body = ask([text.encode()])
    assert_in_form(status, body, document)


@settings(max_examples=100, deadline=None)
@given(pieces=st.lists(st.binary(max_size=40), max_size=5))
def test_any_bytes_get_a_refusal_or_predictions(pieces: list[bytes], ask: Ask) -> None:
    status, body = ask(pieces)
    assert status == 400
    assert orjson.loads(body)["error"]["code"] in {
        "invalid_json", "not_an_object", "missing_instances", "wrong_instances", "empty",
        "wrong_coverage",
    }  # fmt: skip


@pytest.mark.parametrize("sizes", [[10_001], [6_000, 6_000], [1] * 20_000])
def test_the_limit_holds_however_the_body_is_cut(sizes: list[int], ask: Ask) -> None:
    status, body = ask([b"x" * size for size in sizes])
    assert (status, orjson.loads(body)["error"]["code"]) == (413, "too_large")


def test_a_body_in_pieces_is_put_together(ask: Ask) -> None:
    text = orjson.dumps({"instances": [ROW]})
    assert ask([text[place : place + 7] for place in range(0, len(text), 7)])[0] == 200


def test_before_the_model_is_loaded_the_caller_is_told_to_wait(bundle: Bundle, tmp_path: Path) -> None:
    app = create_app(Engine(bundle.folder))
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": orjson.dumps({"instances": [ROW]}), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    for method, path, code in (
        ("POST", "/predict", "not_ready"),
        ("GET", "/schema", "not_ready"),
        ("GET", "/readyz", ""),
    ):
        sent.clear()
        scope = {
            "type": "http", "method": method, "path": path, "headers": [], "query_string": b"", "root_path": "",
        }  # fmt: skip
        asyncio.run(app(scope, receive, send))
        assert sent[0]["status"] == 503
        assert (b"retry-after", b"1") in sent[0]["headers"]
        assert code in sent[1]["body"].decode()
