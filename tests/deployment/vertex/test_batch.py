from __future__ import annotations

import json
from pathlib import Path

import pytest

from fivefold.cloud.vertex.batch import predict_batch
from fivefold.cloud.vertex.connection import Connection
from fivefold.cloud.vertex.refusals import NOT_FOUND, STALLED, VertexError
from fivefold.core.clock import Deadline
from fivefold.core.errors import SettingsError
from fivefold.deployment.targets.vertex.target import VertexTarget
from fivefold.runtime.bundle import load_bundle
from fivefold.runtime.predictor import Predictor
from fivefold.service.golden import TOLERANCE, difference
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from fivefold.testing.vertex import VertexEmulator
from tests.deployment.vertex.orders import ORDER, resource

MACHINE = "n1-standard-2"


@pytest.fixture
def model(cloud: VertexEmulator, tmp_path: Path) -> tuple[str, Predictor]:
    bundle = tiny_bundle(tmp_path / "bundle")
    release = VertexTarget().push(bundle, tiny_workbench(tmp_path), ORDER)
    return resource(release, "model"), load_bundle(bundle.folder)


def test_files_are_answered_line_by_line(cloud: VertexEmulator, model: tuple[str, Predictor]) -> None:
    name, predictor = model
    rows = [golden.row for golden in predictor.golden]
    cloud.storage.put(cloud.bucket, "rows.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows).encode())
    connection = Connection.to(cloud.project, cloud.location)
    where = predict_batch(
        connection,
        name,
        source=f"gs://{cloud.bucket}/rows.jsonl",
        destination=f"gs://{cloud.bucket}/answers",
        machine_type=MACHINE,
        until=Deadline.after(60.0),
    )
    lines = cloud.storage.folder(where)["predictions_0001.jsonl"].decode().splitlines()
    answers = [json.loads(line)["prediction"] for line in lines]
    assert (
        max(difference(g.answer, one) for g, one in zip(predictor.golden, answers, strict=True)) <= TOLERANCE
    )
    assert cloud.serving.running == 1


def test_a_table_is_answered_into_another(cloud: VertexEmulator, model: tuple[str, Predictor]) -> None:
    name, predictor = model
    # Its columns stand in another order than the contract's.
    cloud.serving.tables["shop.sales.rows"] = [
        dict(reversed(golden.row.items())) for golden in predictor.golden
    ]
    where = predict_batch(
        Connection.to(cloud.project, cloud.location),
        name,
        source="bq://shop.sales.rows",
        destination="bq://shop.answers",
        machine_type=MACHINE,
        until=Deadline.after(60.0),
    )
    assert where == "bq://shop.answers.predictions"
    answers = [row["prediction"] for row in cloud.serving.tables["shop.answers.predictions"]]
    assert (
        max(difference(g.answer, one) for g, one in zip(predictor.golden, answers, strict=True)) <= TOLERANCE
    )


def test_what_cannot_be_done_is_said(cloud: VertexEmulator, model: tuple[str, Predictor]) -> None:
    connection = Connection.to(cloud.project, cloud.location)

    def ask(source: str, destination: str, seconds: float) -> str:
        return predict_batch(
            connection,
            model[0],
            source=source,
            destination=destination,
            machine_type=MACHINE,
            until=Deadline.after(seconds),
        )

    with pytest.raises(SettingsError, match="source of a batch prediction"):
        ask("rows.csv", "gs://shop-models/answers", 60.0)
    with pytest.raises(SettingsError, match="destination of a batch prediction"):
        ask("bq://shop.sales.rows", "answers", 60.0)
    with pytest.raises(VertexError) as caught:
        ask("gs://shop-models/none.jsonl", "gs://shop-models/answers", 60.0)
    assert caught.value.code == NOT_FOUND
    cloud.serving.tables["shop.sales.rows"] = []
    with pytest.raises(VertexError) as caught:
        ask("bq://shop.sales.rows", "bq://shop.answers", 0.0)
    assert caught.value.code == STALLED
