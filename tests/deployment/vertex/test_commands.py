"""The commands of a person with an account, against the fake."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fivefold.deployment.targets.vertex.target import VertexTarget
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from fivefold.testing.vertex import VertexEmulator
from tests.commands import Call
from tests.deployment.priced import planned_and_refused
from tests.deployment.vertex.orders import IMAGE, deployed, ordered

SETTINGS = f"""
[deploy]
target = "vertex"

[deploy.vertex]
project = "shop"
location = "europe-west4"
image = "{IMAGE}"
bucket = "shop-models"
endpoint = "sales"
requests = 10
"""


@pytest.mark.slow
def test_planned_refused_deployed_taken_away(
    cloud: VertexEmulator, fivefold: Call, finished_run: Path, tmp_path: Path
) -> None:
    run = planned_and_refused(fivefold, finished_run, tmp_path, SETTINGS, "79.94 USD")
    assert cloud.inventory() == []

    cloud.faults.plant("lost", "endpoints.deploy")
    broken = fivefold("deploy", run, "--money", "80 USD")
    assert (broken.code, "The connection to Vertex AI broke" in broken.err) == (1, True)
    resumed = fivefold("deploy", run, "--money", "80 USD", "--resume")
    assert resumed.code == 0, resumed.err
    assert cloud.asked.count("endpoints.deploy") == 1

    alone = fivefold("rollback", run)
    assert (alone.code, "no model to go back to" in alone.err) == (2, True)
    gone = fivefold("undeploy", run)
    assert gone.code == 0, gone.err
    assert cloud.inventory() == []


@pytest.mark.slow
def test_a_run_that_was_rolled_back_can_be_deployed_again(
    cloud: VertexEmulator, fivefold: Call, finished_run: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished_run, tmp_path / "fivefold-runs" / finished_run.name)
    (tmp_path / "fivefold.toml").write_text(SETTINGS)
    older = tiny_workbench(tmp_path / "older")
    old = deployed(VertexTarget().push(tiny_bundle(tmp_path / "bundle"), older, ordered(endpoint="sales")))
    deploy = (
        "deploy",
        finished_run.name,
        "--money",
        "80 USD",
        "--set",
        "retry_pause=0.01",
        "--set",
        "max_shift=1.0",
        "--set",
        "max_slowdown=1000.0",
    )

    def traffic() -> dict[str, int]:
        return cloud.endpoints.get(f"{cloud.parent}/endpoints/sales").traffic

    first = fivefold(*deploy)
    assert first.code == 0, first.err
    assert traffic()[old] == 0
    assert fivefold("rollback", finished_run.name).code == 0
    assert traffic() == {old: 100}
    again = fivefold(*deploy)
    assert again.code == 0, again.err
    assert "stands already" not in again.err
    assert traffic().get(old, 0) == 0
