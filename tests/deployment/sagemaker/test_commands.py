"""The commands of a person with an account, against the stand-in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fivefold.testing.refusals import Refusal
from fivefold.testing.sagemaker import SageMakerEmulator
from tests.commands import Call
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
    run = tmp_path / "fivefold-runs" / finished_run.name
    shutil.copytree(finished_run, run)
    (tmp_path / "fivefold.toml").write_text(SETTINGS)
    planned = fivefold("deploy", run.name, "--plan")
    assert planned.code == 0, planned.err
    assert "83.95 USD a month in all" in planned.out
    refused = fivefold("deploy", run.name)
    assert refused.code == 3
    assert "83.95 USD" in refused.err
    assert cloud.inventory() == []

    cloud.refusals.planned = [Refusal("CreateEndpoint", 0, times=9, after=1, done=True)]
    broken = fivefold("deploy", run.name, "--money", "84 USD")
    assert (broken.code, "The connection to SageMaker broke" in broken.err) == (1, True)
    cloud.refusals.planned = []
    resumed = fivefold("deploy", run.name, "--money", "84 USD", "--resume")
    assert resumed.code == 0, resumed.err
    shown = json.loads(fivefold("show", run.name, "deploy", "--json").out)
    assert '"platform": "sagemaker"' in json.dumps(shown), "it was played before"

    alone = fivefold("rollback", run.name)
    assert (alone.code, "no model to go back to" in alone.err) == (2, True)
    gone = fivefold("undeploy", run.name)
    assert gone.code == 0, gone.err
    assert cloud.inventory() == []
