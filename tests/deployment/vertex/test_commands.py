"""The commands of a person with an account, against the fake."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path

import pytest

from fivefold.deployment.targets.vertex.target import VertexTarget
from fivefold.runtime.bundle import load_bundle
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from fivefold.testing.vertex import VertexEmulator
from fivefold.workflow import load
from tests.commands import Call, valid
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
def test_many_rows_are_priced_refused_answered_and_cleared(
    cloud: VertexEmulator, fivefold: Call, finished_run: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished_run, tmp_path / "fivefold-runs" / finished_run.name)
    (tmp_path / "fivefold.toml").write_text(SETTINGS)
    rows = [golden.row for golden in load_bundle(finished_run / "train" / "bundle").golden]
    cloud.storage.put(cloud.bucket, "rows.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows).encode())
    standing = cloud.inventory()
    flags = ("--on", "vertex", "--out", "gs://shop-models/answers")
    words = ("predict", "latest", "gs://shop-models/rows.jsonl", *flags)

    planned = fivefold(*words, "--plan")
    assert planned.code == 0, planned.err
    assert "0.11 USD at most: 1 h of one n1-standard-2 at 0.1095 USD an hour" in planned.out
    assert valid(fivefold(*words, "--plan", "--json").out, "batch-plan")["money"] == pytest.approx(0.1095)
    refused = fivefold(*words)
    assert (refused.code, "0.11 USD at most" in refused.err) == (3, True)
    assert cloud.inventory() == standing

    cloud.faults.plant("lost", "jobs.create")
    broken = fivefold(*words, "--money", "0.12 USD")
    assert (broken.code, "The connection to Vertex AI broke" in broken.err) == (1, True)
    deploying = fivefold("deploy", "latest", "--resume")
    assert (deploying.code, "No deployment" in deploying.err) == (2, True)
    answered = fivefold(*words, "--money", "0.12 USD")
    assert answered.code == 0, answered.err
    assert cloud.asked.count("jobs.create") == 1
    count, _, where = answered.out.strip().splitlines()[-1].partition(" rows scored: ")
    assert int(count) == len(rows)
    answers = cloud.storage.folder(where)
    assert len(answers["predictions_0001.jsonl"].splitlines()) == len(rows)
    (charged,) = [one.money for one in load("latest").ledger.entries if one.step == "predict"]
    assert 0 < charged < 0.1095
    assert " charged" in fivefold("show", "latest").out

    gone = fivefold("undeploy", "latest")
    assert gone.code == 0, gone.err
    left = [name for name in cloud.inventory() if name not in standing]
    assert left == [f"{where}/predictions_0001.jsonl"], "what was asked for stays"

    mixed = fivefold(*words, "--coverage", "0.9")
    assert (mixed.code, "--coverage" in mixed.err) == (2, True)
    here = fivefold("predict", "latest", "rows.csv", "--money", "1 USD")
    assert (here.code, "--money" in here.err) == (2, True)
    nowhere = fivefold("predict", "latest", "gs://shop-models/rows.jsonl", "--on", "local")
    assert (nowhere.code, "answers no batches" in nowhere.err) == (2, True)


@pytest.mark.slow
def test_a_run_that_is_over_before_the_platform_is_leaves_what_it_began_to_resume(
    cloud: VertexEmulator, fivefold: Call, visits_csv: Path, tmp_path: Path
) -> None:
    (tmp_path / "fivefold.toml").write_text(SETTINGS.replace("[deploy]\n", '[deploy]\nmoney = "80 USD"\n'))
    cloud.faults.plant("stalled", "endpoints.deploy")
    began = time.monotonic()
    ended = fivefold("run", str(visits_csv), "--target", "shown", "--budget", "20s")
    assert ended.code == 1
    assert "does not come to an end" in ended.err
    assert re.search(r"fivefold deploy [0-9a-f]{8} --resume", ended.err)
    assert time.monotonic() - began < 300, "it waited by the run's time, not by its patience of 30 minutes"
    cloud.operations.go_on()
    resumed = fivefold("deploy", "latest", "--resume")
    assert resumed.code == 0, resumed.err
    assert cloud.asked.count("endpoints.deploy") == 1
    assert fivefold("undeploy", "latest").code == 0
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
    assert old not in traffic()
    for _ in range(2):
        assert fivefold("rollback", finished_run.name).code == 0
        assert traffic() == {old: 100}
    assert fivefold("show", finished_run.name, "deploy").out.count("rolled back:") == 1
    again = fivefold(*deploy)
    assert again.code == 0, again.err
    assert "stands already" not in again.err
    assert old not in traffic()
