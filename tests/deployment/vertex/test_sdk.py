"""The official client and ours against the same fake: each sees what the other did."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold.cloud.vertex.connection import Connection
from fivefold.core.clock import Deadline
from fivefold.core.errors import UnhealthyError
from fivefold.deployment.targets.vertex.registry import Registry
from fivefold.deployment.targets.vertex.target import VertexTarget
from fivefold.runtime.bundle import load_bundle
from fivefold.service.golden import TOLERANCE, difference
from fivefold.testing.targets import tiny_bundle
from fivefold.testing.vertex import Trouble, VertexEmulator
from tests.deployment.vertex.orders import IMAGE, deployed, resource
from tests.deployment.vertex.sdk import PROGRAM, Sdk
from tests.deployment.vertex.test_batch import Predicting
from tests.deployment.vertex.test_life import Run

pytestmark = pytest.mark.slow


@pytest.fixture
def sdk(cloud: VertexEmulator) -> Iterator[Sdk]:
    python = os.environ.get(PROGRAM)
    if not python:
        pytest.skip(f"no interpreter with the client: name one in {PROGRAM}")
    with Sdk(python, cloud.address, cloud.project, cloud.location) as client:
        yield client


def test_it_sees_each_step_of_a_life(cloud: VertexEmulator, sdk: Sdk, tmp_path: Path) -> None:
    first, second = Run.of(tmp_path / "1", 0.25), Run.of(tmp_path / "2", 0.26)
    assert sdk("look") == {"models": [], "endpoints": []}
    old = first.push()
    models = [resource(old, "model").rpartition("/")[2]]
    one = {"name": "shop", "traffic": {deployed(old): 100}, "deployed": [deployed(old)]}
    assert sdk("look") == {"models": models, "endpoints": [one]}

    new = second.push(share=10)
    models = sorted([*models, resource(new, "model").rpartition("/")[2]])
    both = sorted([deployed(old), deployed(new)])
    canary = {"name": "shop", "traffic": {deployed(old): 90, deployed(new): 10}, "deployed": both}
    assert sdk("look") == {"models": models, "endpoints": [canary]}

    cloud.serving.trouble[resource(new, "model").rpartition("/")[2]] = Trouble(every=2)
    with pytest.raises(UnhealthyError):
        second.push()
    assert sdk("look") == {"models": models, "endpoints": [one]}
    cloud.serving.trouble.clear()

    second.push()
    assert sdk("look")["endpoints"][0]["traffic"] == {deployed(new): 100}
    row = {"age": 31, "price": 9.5, "member": True, "city": "Oslo", "joined": "2016-04-29T18:38:08Z"}
    predictor = load_bundle(second.bundle.folder)
    found = sdk("predict", "shop", [row])
    assert found["deployed"] == deployed(new)
    assert difference(predictor.answer(predictor.read([row]))[0], found["predictions"][0]) <= TOLERANCE

    VertexTarget().roll_back(new, second.bench.live)
    assert sdk("look")["endpoints"][0]["traffic"] == {deployed(old): 100}
    second.remove(new)
    assert sdk("look") == {"models": [resource(old, "model").rpartition("/")[2]], "endpoints": [one]}
    first.remove(old)
    assert sdk("look") == {"models": [], "endpoints": []}
    assert cloud.inventory() == []


def test_it_sees_the_job_that_answers_a_table(cloud: VertexEmulator, sdk: Sdk, tmp_path: Path) -> None:
    predicting = Predicting(cloud, tmp_path)
    predicting()
    (job,) = sdk("batches")
    assert job["label"].startswith("fivefold-")
    assert (job["state"], job["table"]) == ("JOB_STATE_SUCCEEDED", "predictions")
    assert len(sdk("look")["models"]) == 1
    assert predicting.remove()
    assert sdk("batches") == []
    assert sdk("look") == {"models": [], "endpoints": []}


def test_our_client_sees_what_it_does(cloud: VertexEmulator, sdk: Sdk, tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    for path in bundle.folder.rglob("*"):
        if path.is_file():
            cloud.storage.put(cloud.bucket, f"m/{path.relative_to(bundle.folder)}", path.read_bytes())
    registry = Registry(Connection.to(cloud.project, cloud.location), Deadline.after(60.0))
    parent = f"projects/{cloud.project}/locations/{cloud.location}"
    model = f"{parent}/models/{sdk('upload', IMAGE, f'gs://{cloud.bucket}/m')}"
    found = registry.model(model)
    assert found is not None
    assert found["displayName"] == "by-sdk"
    endpoint = f"{parent}/endpoints/{sdk('create')}"
    sdk("deploy", {"0": 100})
    state = registry.endpoint(endpoint)
    assert state is not None
    (old,) = state.deployed
    assert (state.traffic, state.ours) == ({old: 100}, False)

    sdk("deploy", {"0": 20, old: 80})
    state = registry.endpoint(endpoint)
    assert state is not None
    (new,) = set(state.deployed) - {old}
    assert state.traffic == {old: 80, new: 20}
    sdk("part", {old: 50, new: 50})
    state = registry.endpoint(endpoint)
    assert state is not None
    assert state.traffic == {old: 50, new: 50}
    sdk("undeploy", old, {new: 100})
    row = {"age": 31, "price": 9.5, "member": True, "city": "Oslo", "joined": None}
    reply = registry.predict(endpoint, [row])
    assert reply["deployedModelId"] == new
    assert sdk("predict", endpoint, [row])["predictions"] == reply["predictions"]
    sdk("delete")
    assert registry.endpoint(endpoint) is None
    assert registry.model(model) is None
