"""The commands of a person with an account, against the stand-in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fivefold.testing.refusals import Refusal
from fivefold.testing.sagemaker import SageMakerEmulator
from tests.commands import Call
from tests.deployment.priced import planned_and_refused
from tests.deployment.sagemaker.orders import IMAGE, REGION

SETTINGS = f"""
[deploy]
target = "sagemaker"

[deploy.sagemaker]
region = "{REGION}"
image = "{IMAGE}"
role = "arn:aws:iam::123456789012:role/sagemaker"
endpoint = "sales"
pause = 0.05
"""


@pytest.mark.slow
def test_planned_refused_deployed_taken_away(
    cloud: SageMakerEmulator, fivefold: Call, finished_run: Path, tmp_path: Path
) -> None:
    run = planned_and_refused(fivefold, finished_run, tmp_path, SETTINGS, "83.95 USD")
    assert cloud.inventory() == []

    cloud.refusals.planned = [Refusal("CreateEndpoint", 0, times=9, after=1, done=True)]
    broken = fivefold("deploy", run, "--money", "84 USD")
    assert (broken.code, "The connection to SageMaker broke" in broken.err) == (1, True)
    cloud.refusals.planned = []
    resumed = fivefold("deploy", run, "--money", "84 USD", "--resume")
    assert resumed.code == 0, resumed.err
    shown = json.loads(fivefold("show", run, "deploy", "--json").out)
    assert '"platform": "sagemaker"' in json.dumps(shown), "it was played before"

    alone = fivefold("rollback", run)
    assert (alone.code, "no model to go back to" in alone.err) == (2, True)
    gone = fivefold("undeploy", run)
    assert gone.code == 0, gone.err
    assert cloud.inventory() == []
