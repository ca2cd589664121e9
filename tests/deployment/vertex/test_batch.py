"""Many rows answered by a job: files and tables, what it costs, what breaks off, and what is left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fivefold.cloud.vertex.refusals import DENIED, LOST, NOT_FOUND, QUOTA, VertexError
from fivefold.core import records
from fivefold.core.errors import BudgetError, SettingsError
from fivefold.core.journal import Journal
from fivefold.core.orders import Bundle, Option
from fivefold.core.workbench import Workbench
from fivefold.deployment.batch import Batch, BatchAnswers, BatchPlan
from fivefold.deployment.targets.vertex.target import VertexTarget
from fivefold.runtime.bundle import load_bundle
from fivefold.service.golden import TOLERANCE, difference
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from fivefold.testing.vertex import Kind, VertexEmulator
from tests.commands import valid
from tests.deployment.vertex.orders import ordered

TABLE = Batch("bq://shop.sales.rows", "bq://shop.answers")
JOB = "batch prediction"


class Predicting:
    """A run whose model is to answer the rows of a table."""

    def __init__(self, cloud: VertexEmulator, folder: Path) -> None:
        self.cloud = cloud
        self.bundle: Bundle = tiny_bundle(folder / "bundle")
        self.bench: Workbench = tiny_workbench(folder)
        self.golden = load_bundle(self.bundle.folder).golden
        self.charged: list[float] = []
        self.fill()

    def fill(self) -> None:
        """Put the rows into the table; its columns stand in another order than the contract's."""
        self.cloud.serving.tables["shop.sales.rows"] = [
            dict(reversed(one.row.items())) for one in self.golden
        ]

    def plan(self, batch: Batch = TABLE, **options: Option) -> BatchPlan:
        return VertexTarget().plan_batch(self.bundle, self.bench, ordered(**options), batch)

    def __call__(self, batch: Batch = TABLE, **options: Option) -> BatchAnswers:
        order = ordered(**options)
        return VertexTarget().predict_batch(self.bundle, self.bench, order, batch, self.charged.append)

    def noted(self) -> list[str]:
        return [entry.resource.kind for entry in Journal(self.bench.live, "vertex").entries]

    def remove(self) -> bool:
        return VertexTarget().remove(None, self.bench.live)

    def check(self, answers: Sequence[Any]) -> None:
        """Compare with what the bundle itself answers."""
        pairs = zip(self.golden, answers, strict=True)
        assert max(difference(one.answer, answer) for one, answer in pairs) <= TOLERANCE


@pytest.fixture
def predicting(cloud: VertexEmulator, tmp_path: Path) -> Predicting:
    return Predicting(cloud, tmp_path)


def test_files_are_answered_line_by_line_without_an_endpoint(
    cloud: VertexEmulator, predicting: Predicting
) -> None:
    text = "".join(f"{json.dumps(golden.row)}\n" for golden in predicting.golden)
    cloud.storage.put(cloud.bucket, "rows.jsonl", text.encode())
    found = predicting(Batch(f"gs://{cloud.bucket}/rows.jsonl", f"gs://{cloud.bucket}/answers"))
    lines = cloud.storage.folder(found.address)["predictions_0001.jsonl"].decode().splitlines()
    predicting.check([json.loads(line)["prediction"] for line in lines])
    assert (found.answered, found.refused) == (len(predicting.golden), 0)
    assert valid(records.dump(found).decode(), "batch")["address"] == found.address
    assert cloud.serving.running == 0
    assert "endpoints.create" not in cloud.asked


def test_a_table_is_answered_into_another_and_anew_each_time(
    cloud: VertexEmulator, predicting: Predicting
) -> None:
    found = predicting()
    assert found.address == "bq://shop.answers.predictions"
    predicting.check([row["prediction"] for row in cloud.serving.tables["shop.answers.predictions"]])
    cloud.serving.tables["shop.sales.rows"] *= 2
    assert predicting().answered == 2 * len(predicting.golden)
    (job,) = cloud.jobs.shown()  # the job that was over is cleared
    took = datetime.fromisoformat(job["endTime"]) - datetime.fromisoformat(job["startTime"])
    assert len(predicting.charged) == 2
    assert predicting.charged[1] == pytest.approx(took.total_seconds() / 3600 * 0.1095)
    assert predicting.remove()
    assert cloud.inventory() == []
    assert not predicting.remove()


def test_it_is_priced_before_anything_is_made(cloud: VertexEmulator, predicting: Predicting) -> None:
    plan = predicting.plan(batch_hours=2.0)
    assert plan.money == pytest.approx(2 * 0.1095)
    assert "that of europe-west4 is not known here" in plan.why
    assert [one.kind for one in plan.makes] == ["objects", "model", JOB]
    assert cloud.inventory() == []
    predicting()
    assert [one.kind for one in predicting.plan().makes] == [JOB]


def test_a_job_beside_a_deployment_goes_with_it(cloud: VertexEmulator, predicting: Predicting) -> None:
    release = VertexTarget().push(predicting.bundle, predicting.bench, ordered())
    predicting()
    assert Journal(predicting.bench.live, "vertex").whole
    assert cloud.asked.count("models.upload") == 1
    assert VertexTarget().remove(release, predicting.bench.live)
    assert cloud.inventory() == []


@pytest.mark.parametrize(
    ("kind", "on", "code"),
    [
        ("denied", "storage.objects.create", DENIED),
        ("lost", "models.upload", LOST),
        ("quota", "jobs.create", QUOTA),
        ("lost", "jobs.create", LOST),
        ("failed", "jobs.create", "step_failed"),
        ("denied", "jobs.get", DENIED),
    ],
)
def test_what_broke_off_is_noted_and_goes_on_or_leaves_nothing(
    cloud: VertexEmulator, predicting: Predicting, kind: Kind, on: str, code: str
) -> None:
    job = on.startswith("jobs")
    if on == "jobs.get":
        cloud.faults.plant("slow", "jobs.create", seconds=0.3)
    for again in (False, True):
        cloud.faults.plant(kind, on)
        with pytest.raises(VertexError) as caught:
            predicting()
        assert caught.value.code == code
        assert Journal(predicting.bench.live, "vertex").whole, "no deployment broke off"
        assert (JOB in predicting.noted()) == job
        if again:
            assert predicting().answered == len(predicting.golden)
            assert len(cloud.jobs.shown()) == 1
        assert len(predicting.charged) == again, "once, however often it was asked for"
        predicting.remove()
        assert cloud.inventory() == []
        cloud.faults.clear()


def test_a_job_that_never_ends_is_given_up_when_its_price_is_reached(
    cloud: VertexEmulator, predicting: Predicting
) -> None:
    cloud.faults.plant("stalled", "jobs.create")
    with pytest.raises(BudgetError, match=r"not over within the hours.*0\.0001 h of n1-standard-2"):
        predicting(batch_hours=0.0001)
    assert predicting.charged == [pytest.approx(0.0001 * 0.1095)], "what was given up has cost as well"
    assert cloud.jobs.shown() == []
    assert JOB not in predicting.noted()
    assert predicting.remove()
    assert cloud.inventory() == []


def test_one_that_is_at_work_is_given_up_when_it_is_taken_away(
    cloud: VertexEmulator, predicting: Predicting
) -> None:
    cloud.faults.plant("stalled", "jobs.create")
    cloud.faults.plant("denied", "jobs.get")
    with pytest.raises(VertexError):
        predicting()
    assert [job["state"] for job in cloud.jobs.shown()] == ["JOB_STATE_RUNNING"]
    assert predicting.remove()
    assert "jobs.cancel" in cloud.asked
    assert cloud.inventory() == []


def test_what_cannot_be_done_is_said(cloud: VertexEmulator, predicting: Predicting) -> None:
    with pytest.raises(SettingsError, match="source of a batch prediction"):
        predicting.plan(Batch("rows.csv", "gs://shop-models/answers"))
    with pytest.raises(SettingsError, match="destination of a batch prediction"):
        predicting.plan(Batch("bq://shop.sales.rows", "predictions.csv"))
    with pytest.raises(SettingsError, match="batch_hours"):
        predicting.plan(batch_hours=0.0)
    assert cloud.asked == []
    with pytest.raises(VertexError) as caught:
        predicting(Batch("gs://shop-models/none.jsonl", "gs://shop-models/answers"))
    assert caught.value.code == NOT_FOUND
