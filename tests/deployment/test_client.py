from __future__ import annotations

from pathlib import Path

import pytest

from fivefold.core.errors import StepError
from fivefold.deployment.client import Client, Reply
from fivefold.service.port import bind
from fivefold.testing.targets import tiny_bundle
from tests.service.serving import ROW, serving


def test_it_asks_and_sends_over_one_connection(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    with (
        serving(bundle.folder, None) as service,
        Client(f"http://127.0.0.1:{service.port}", timeout=5) as client,
    ):
        assert client.get("/readyz").json()["status"] == "ready"
        assert len(client.post("/predict", {"instances": [ROW, ROW]}).json()["predictions"]) == 2
        assert client.get("/nowhere").status == 404
        named = client.post("/predict", {"instances": [ROW]}, {"x-request-id": "mine"}).json()
        assert named["request_id"] == "mine"


def test_nobody_there_is_a_clear_error() -> None:
    with bind("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
    with (
        Client(f"http://127.0.0.1:{port}", timeout=5) as client,
        pytest.raises(StepError, match=f"{port} does not"),
    ):
        client.get("/readyz")


def test_nobody_who_answers_is_a_clear_error() -> None:
    with bind("127.0.0.1", 0) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(address, timeout=0.05) as client, pytest.raises(StepError, match="does not answer"):
            client.get("/readyz")


def test_what_is_no_json_is_none() -> None:
    assert Reply(200, b"<html>").json() is None
