"""AutoML in the stand-in: as strict as the platform's pages say, and it really learns."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from fivefold.testing.vertex import VertexEmulator
from tests.deployment.vertex.test_emulator import Platform

TABULAR = "gs://google-cloud-aiplatform/schema/dataset/metadata/tabular_1.0.0.yaml"
TRAINING = "gs://google-cloud-aiplatform/schema/trainingjob/definition/automl_tabular_1.0.0.yaml"
ROWS = "gs://shop-models/rows.csv"
INPUTS: dict[str, Any] = {
    "targetColumn": "shown",
    "predictionType": "classification",
    "transformations": [{"auto": {"columnName": "age"}}, {"categorical": {"column_name": "city"}}],
    "trainBudgetMilliNodeHours": 1000,
}


@pytest.fixture
def ask(cloud: VertexEmulator) -> Platform:
    lines = [
        f"{place % 90},{'Oslo' if place % 3 else 'Bergen'},{'yes' if place % 90 > 40 else 'no'}"
        for place in range(1100)
    ]
    cloud.storage.put(cloud.bucket, "rows.csv", "\n".join(["age,city,shown", *lines]).encode())
    return Platform(cloud)


def dataset(ask: Platform, address: str = ROWS) -> str:
    body = {
        "displayName": "rows",
        "metadataSchemaUri": TABULAR,
        "metadata": {"inputConfig": {"gcsSource": {"uri": [address]}}},
    }
    code, operation = ask("POST", "/datasets", body)
    assert (code, operation["done"]) == (200, True)
    return str(operation["response"]["name"].rpartition("/")[2])


def begin(
    ask: Platform, identifier: str, model: str = "", changed: Mapping[str, object] = MappingProxyType({})
) -> tuple[int, Any]:
    body = {
        "displayName": "shown",
        "inputDataConfig": {"datasetId": identifier},
        "trainingTaskDefinition": TRAINING,
        "trainingTaskInputs": INPUTS | dict(changed),
        "modelToUpload": {"displayName": "shown"},
    }
    return ask("POST", "/trainingPipelines", body | ({"modelId": model} if model else {}))


def ended(ask: Platform, pipeline: dict[str, Any]) -> dict[str, Any]:
    path, until = "/trainingPipelines/" + pipeline["name"].rpartition("/")[2], time.monotonic() + 60.0
    while not (found := ask("GET", path)[1])["state"].endswith(("SUCCEEDED", "FAILED", "CANCELLED")):
        assert time.monotonic() < until
        time.sleep(0.02)
    return dict(found)


def test_a_pipeline_puts_a_model_with_its_evaluation_into_the_registry(ask: Platform) -> None:
    code, pipeline = begin(ask, dataset(ask), "shown-1")
    assert (code, pipeline["state"]) == (200, "PIPELINE_STATE_PENDING")
    found = ended(ask, pipeline)
    assert found["state"] == "PIPELINE_STATE_SUCCEEDED"
    assert found["modelToUpload"]["name"].endswith("/models/shown-1")
    (evaluation,) = ask("GET", "/models/shown-1/evaluations")[1]["modelEvaluations"]
    assert evaluation["metrics"]["auRoc"] > 0.95
    assert ask("GET", "/models/shown-1/evaluations/1")[1] == evaluation
    assert "bigquery" in ask("GET", "/models/shown-1")[1]["supportedOutputStorageFormats"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"trainBudgetMilliNodeHours": 999}, "between 1000 and 72000"),
        ({"predictionType": "forecasting"}, "prediction_type"),
        ({"optimizationObjective": "minimize-rmse"}, "optimization_objective"),
        ({"transformations": []}, "transformations"),
        ({"targetColumn": ""}, "target_column"),
    ],
)
def test_inputs_that_no_training_can_use_are_refused(
    ask: Platform, changed: dict[str, object], said: str
) -> None:
    code, answer = begin(ask, dataset(ask), changed=changed)
    assert (code, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert said in answer["error"]["message"]


def test_what_only_the_table_tells_fails_later(cloud: VertexEmulator, ask: Platform) -> None:
    cloud.storage.put(cloud.bucket, "few.csv", b"age,city,shown\n1,Oslo,yes\n")
    short = ended(ask, begin(ask, dataset(ask, "gs://shop-models/few.csv"))[1])
    assert (short["state"], short["error"]["code"]) == ("PIPELINE_STATE_FAILED", 3)
    assert "1000 to" in short["error"]["message"]
    wrong = ended(ask, begin(ask, dataset(ask), changed={"targetColumn": "left"})[1])
    assert "left" in wrong["error"]["message"]


def test_datasets_and_pipelines_are_guarded(cloud: VertexEmulator, ask: Platform) -> None:
    identifier = dataset(ask)
    code, answer = ask("POST", f"/datasets/{identifier}:import", {"importConfigs": []})
    assert (code, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    body = {"displayName": "d", "metadataSchemaUri": TABULAR}
    assert ask("POST", "/datasets", body)[1]["error"]["status"] == "INVALID_ARGUMENT"
    gone = body | {"metadata": {"inputConfig": {"gcsSource": {"uri": ["gs://shop-models/none.csv"]}}}}
    assert ask("POST", "/datasets", gone)[0] == 404
    assert begin(ask, "77")[0] == 404
    cloud.faults.plant("stalled", "pipelines.create")
    pipeline = begin(ask, identifier)[1]
    path = "/trainingPipelines/" + pipeline["name"].rpartition("/")[2]
    assert ask("DELETE", path)[1]["error"]["status"] == "FAILED_PRECONDITION"
    assert ask("POST", f"{path}:cancel", {})[0] == 200
    assert ended(ask, pipeline)["state"] == "PIPELINE_STATE_CANCELLED"
    assert ask("DELETE", path)[1]["done"]
    assert ask("DELETE", f"/datasets/{identifier}")[1]["done"]
    assert cloud.inventory() == [ROWS]


def test_lists_are_filtered_by_name_and_by_nothing_else(ask: Platform) -> None:
    identifier = dataset(ask)
    found = ask("GET", '/datasets?filter=display_name="rows"')[1]["datasets"]
    assert [one["name"].rpartition("/")[2] for one in found] == [identifier]
    assert ask("GET", '/datasets?filter=display_name="other"')[1] == {}
    assert ask("GET", "/datasets?filter=size>3")[0] == 400


def test_a_batch_must_be_asked_for_in_a_form_that_the_model_knows(
    cloud: VertexEmulator, ask: Platform
) -> None:
    ended(ask, begin(ask, dataset(ask), "shown-1")[1])
    body: dict[str, Any] = {
        "displayName": "batch",
        "model": "projects/shop/locations/europe-west4/models/shown-1",
        "inputConfig": {"instancesFormat": "jsonl", "gcsSource": {"uris": [ROWS]}},
        "outputConfig": {
            "predictionsFormat": "jsonl",
            "gcsDestination": {"outputUriPrefix": "gs://shop-models/a"},
        },
        "dedicatedResources": {"machineSpec": {"machineType": "n1-standard-2"}},
    }
    assert "instances_format" in ask("POST", "/batchPredictionJobs", body)[1]["error"]["message"]
    body["inputConfig"]["instancesFormat"] = "csv"
    body["outputConfig"]["predictionsFormat"] = "tf-record"
    assert "predictions_format" in ask("POST", "/batchPredictionJobs", body)[1]["error"]["message"]
    cloud.faults.plant("stalled", "jobs.create")
    body["outputConfig"]["predictionsFormat"] = "csv"
    job = ask("POST", "/batchPredictionJobs", body)[1]
    path = "/batchPredictionJobs/" + job["name"].rpartition("/")[2]
    assert ask("DELETE", path)[1]["error"]["status"] == "FAILED_PRECONDITION"
    ask("POST", f"{path}:cancel", {})
    assert ask("GET", path)[1]["state"] == "JOB_STATE_CANCELLED"
