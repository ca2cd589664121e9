"""Google's own client and our route against the same stand-in: each sees what the other did."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sklearn.metrics import roc_auc_score
from tests.deployment.vertex.sdk import PROGRAM, Sdk
from tests.training.routes.vertex_automl.conftest import order
from tests.training.routes.vertex_automl.tables import some_work

from fivefold.cloud.vertex.connection import Connection
from fivefold.cloud.vertex.refusals import VertexError
from fivefold.cloud.vertex.tabular import TabularTraining
from fivefold.core.workbench import Workbench
from fivefold.testing.vertex import VertexEmulator
from fivefold.training.routes.vertex_automl.answers import read_answers
from fivefold.training.routes.vertex_automl.route import VertexAutoMLRoute
from fivefold.training.routes.vertex_automl.table import SPLIT, Table

pytestmark = pytest.mark.slow


@pytest.fixture
def sdk(cloud: VertexEmulator) -> Iterator[Sdk]:
    python = os.environ.get(PROGRAM)
    if not python:
        pytest.skip(f"no interpreter with the client: name one in {PROGRAM}")
    with Sdk(python, cloud.address, cloud.project, cloud.location) as client:
        yield client


def test_it_sees_what_the_route_made(
    cloud: VertexEmulator, bench: Workbench, sdk: Sdk, tmp_path: Path
) -> None:
    work, _ = some_work(tmp_path)
    assert sdk("trainings") == [[], [], []]
    cloud.faults.plant("failed", "jobs.create")
    with pytest.raises(VertexError):
        VertexAutoMLRoute().train(work, bench, order(keep=True))
    datasets, trainings, jobs = sdk("trainings")
    assert len(datasets) == 1
    assert datasets == trainings == jobs
    assert sdk("look")["models"] == datasets  # the model's own id is the same word
    VertexAutoMLRoute().train(work, bench, order(keep=True))
    assert sdk("trainings") == [[], [], []]
    assert sdk("look")["models"] == datasets
    VertexAutoMLRoute().remove(bench.live)
    assert sdk("look")["models"] == []


def test_we_read_what_it_made(cloud: VertexEmulator, bench: Workbench, sdk: Sdk, tmp_path: Path) -> None:
    work, truth = some_work(tmp_path)
    table = Table.of(work)
    (part,) = table.parts()
    cloud.storage.put(cloud.bucket, "rows.csv", part)
    cloud.storage.put(cloud.bucket, "sealed.csv", table.sealed())
    columns = [
        (options["columnName"], kind)
        for one in table.inputs(1.0)["transformations"]
        for kind, options in one.items()
    ]
    found = sdk("train", f"gs://{cloud.bucket}/rows.csv", table.target, columns, SPLIT, "by-sdk")
    assert (found["model"], found["state"]) == ("by-sdk", "PIPELINE_STATE_SUCCEEDED")
    connection = Connection.to(cloud.project, cloud.location)
    training = TabularTraining(
        connection, f"projects/{cloud.project}/locations/{cloud.location}", bench.deadline
    )
    name = f"projects/{cloud.project}/locations/{cloud.location}/models/by-sdk"
    assert training.figures(name) == pytest.approx(found["metrics"])
    (pipeline,) = training.named("trainingPipelines", "by-sdk")
    sent, ours = pipeline["trainingTaskInputs"], table.inputs(1.0)
    for key in ("targetColumn", "predictionType"):
        assert sent[key] == ours[key]
    assert float(sent["trainBudgetMilliNodeHours"]) == float(ours["trainBudgetMilliNodeHours"])
    assert pipeline["inputDataConfig"]["predefinedSplit"] == {"key": SPLIT}
    where = sdk("answer", f"gs://{cloud.bucket}/sealed.csv", f"gs://{cloud.bucket}/out")
    scores = read_answers(cloud.storage.folder(where), "jsonl", table)
    assert roc_auc_score(truth, scores[:, 1]) > 0.9
    assert json.loads(next(iter(cloud.storage.folder(where).values())).splitlines()[0])["instance"]
    assert sdk("forget") == [[], [], []]
