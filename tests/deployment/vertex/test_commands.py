"""The commands of a person with an account, against the fake."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fivefold.testing.vertex import VertexEmulator
from tests.commands import Call
from tests.deployment.vertex.orders import IMAGE

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
    run = tmp_path / "fivefold-runs" / finished_run.name
    shutil.copytree(finished_run, run)
    (tmp_path / "fivefold.toml").write_text(SETTINGS)
    planned = fivefold("deploy", run.name, "--plan")
    assert planned.code == 0, planned.err
    assert "79.94 USD a month in all" in planned.out
    refused = fivefold("deploy", run.name)
    assert refused.code == 3
    assert "79.94 USD" in refused.err
    assert cloud.inventory() == []

    cloud.faults.plant("lost", "endpoints.deploy")
    broken = fivefold("deploy", run.name, "--money", "80 USD")
    assert (broken.code, "The connection to Vertex AI broke" in broken.err) == (1, True)
    resumed = fivefold("deploy", run.name, "--money", "80 USD", "--resume")
    assert resumed.code == 0, resumed.err
    assert cloud.asked.count("endpoints.deploy") == 1

    alone = fivefold("rollback", run.name)
    assert (alone.code, "no model to go back to" in alone.err) == (2, True)
    gone = fivefold("undeploy", run.name)
    assert gone.code == 0, gone.err
    assert cloud.inventory() == []
