"""The commands of a person with an account, against the fake."""

from __future__ import annotations

from pathlib import Path

import pytest

from fivefold.testing.vertex import VertexEmulator
from tests.commands import Call
from tests.deployment.priced import planned_and_refused
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
