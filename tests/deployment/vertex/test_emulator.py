"""The fake is as strict as the platform: what it lets through, the platform would, and the container is treated by the contract."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from fivefold.deployment.targets.vertex.target import VertexTarget
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from fivefold.testing.vertex import Probes, VertexEmulator
from fivefold.testing.vertex.replica import BundleReplica
from tests.deployment.vertex.orders import ORDER, deployed, resource

ROW: dict[str, Any] = {"age": 31, "price": 9.5, "member": True, "city": "Oslo", "joined": None}


class Platform:
    """Raw requests."""

    def __init__(self, cloud: VertexEmulator) -> None:
        self.root = f"{cloud.address}/v1/projects/{cloud.project}/locations/{cloud.location}"

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        reply = requests.request(method, self.root + path, json=body, timeout=30)
        return reply.status_code, reply.json()


@pytest.fixture
def ask(cloud: VertexEmulator) -> Platform:
    return Platform(cloud)


@pytest.fixture
def endpoint(cloud: VertexEmulator, tmp_path: Path) -> tuple[str, str]:
    release = VertexTarget().push(tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path), ORDER)
    return "/endpoints/" + resource(release, "endpoint").rpartition("/")[2], deployed(release)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("GET", "/models/none", None, "NOT_FOUND", "does not exist"),
        ("GET", "/elsewhere", None, "NOT_FOUND", "Not found"),
        ("POST", "/models:upload", {"model": {"displayName": "m"}}, "INVALID_ARGUMENT", "image_uri"),
        ("POST", "/endpoints", {}, "INVALID_ARGUMENT", "display_name"),
        ("POST", "/endpoints?endpointId=Not!", {"displayName": "e"}, "INVALID_ARGUMENT", "endpoint_id"),
        ("POST", "/endpoints/none:predict", {"instances": [{}]}, "NOT_FOUND", "does not exist"),
    ],
)
def test_what_the_platform_refuses_is_refused_in_its_words(
    ask: Platform, method: str, path: str, body: Any, status: str, said: str
) -> None:
    code, answer = ask(method, path, body)
    assert (answer["error"]["code"], answer["error"]["status"]) == (code, status)
    assert said in answer["error"]["message"]


def test_an_endpoint_is_guarded(ask: Platform, endpoint: tuple[str, str]) -> None:
    path, chosen = endpoint
    mask = f"{path}?updateMask=trafficSplit"
    assert ask("PATCH", mask, {"trafficSplit": {chosen: 90}})[1]["error"]["status"] == "INVALID_ARGUMENT"
    assert "unknown" in ask("PATCH", mask, {"trafficSplit": {"77": 100}})[1]["error"]["message"]
    assert ask("DELETE", path)[1]["error"]["status"] == "FAILED_PRECONDITION"
    model = ask("GET", path)[1]["deployedModels"][0]["model"].rpartition("/")[2]
    assert ask("DELETE", f"/models/{model}")[1]["error"]["status"] == "FAILED_PRECONDITION"
    body = {"deployedModel": {"model": model, "dedicatedResources": {"machineSpec": {"machineType": "n"}}}}
    assert "min_replica_count" in ask("POST", f"{path}:deployModel", body)[1]["error"]["message"]


def test_names_carry_the_number_of_the_project(ask: Platform, endpoint: tuple[str, str]) -> None:
    assert ask("GET", endpoint[0])[1]["name"].startswith("projects/424242/locations/")


def test_an_answer_says_who_gave_it(ask: Platform, endpoint: tuple[str, str]) -> None:
    path, chosen = endpoint
    code, plain = ask("POST", f"{path}:predict", {"instances": [ROW]})
    assert (code, plain["deployedModelId"]) == (200, chosen)
    assert plain["metadata"]["prediction_ids"]
    reply = requests.post(f"{ask.root}{path}:rawPredict", json={"instances": [ROW]}, timeout=30)
    assert reply.json()["predictions"] == plain["predictions"]
    assert reply.headers["X-Vertex-AI-Deployed-Model-Id"] == chosen


def test_a_body_that_the_container_refuses_is_refused(ask: Platform, endpoint: tuple[str, str]) -> None:
    code, answer = ask("POST", f"{endpoint[0]}:predict", {"instances": [{"age": "old"}]})
    assert (code, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert "wrong_type" in answer["error"]["message"]
    code, answer = ask("POST", f"{endpoint[0]}:predict", {"instances": [{"city": "x" * 1_500_000}]})
    assert "exceeds the limit" in answer["error"]["message"]


def test_a_replica_that_is_silent_gets_no_traffic_until_it_answers_again(
    cloud: VertexEmulator, ask: Platform, tmp_path: Path
) -> None:
    cloud.serving.probes = Probes(health=0.1, patience=0.2)
    release = VertexTarget().push(tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path), ORDER)
    path = "/endpoints/" + resource(release, "endpoint").rpartition("/")[2]
    (replica,) = cloud.serving.replicas
    assert isinstance(replica.container, BundleReplica)
    assert replica.container.process is not None
    pid = replica.container.process.pid
    os.kill(pid, signal.SIGSTOP)
    _until(lambda: not replica.healthy)
    code, answer = ask("POST", f"{path}:predict", {"instances": [ROW]})
    assert (code, answer["error"]["status"]) == (503, "UNAVAILABLE")
    os.kill(pid, signal.SIGCONT)
    _until(lambda: replica.healthy)
    assert ask("POST", f"{path}:predict", {"instances": [ROW]})[0] == 200


def _until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    until = time.monotonic() + 60.0
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)
