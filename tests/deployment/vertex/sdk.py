"""Google's own client in a process of its own: it is told a step on each line, and says what it sees."""

from __future__ import annotations

import json
import os
import subprocess
from types import TracebackType
from typing import Any, Self

PROGRAM = "TEST_VERTEX_SDK"
"""A Python with ``google-cloud-aiplatform``, in an environment of its own."""
SCRIPT = """
import json, sys
from google.auth.credentials import AnonymousCredentials
from google.cloud import aiplatform

address, project, location = sys.argv[1:]
aiplatform.init(
    project=project, location=location, credentials=AnonymousCredentials(), api_endpoint=address, api_transport="rest"
)
kept = {}

def look():
    endpoints = [
        {"name": one.name, "traffic": dict(one.traffic_split), "deployed": sorted(m.id for m in one.list_models())}
        for one in aiplatform.Endpoint.list()
    ]
    return {"models": sorted(one.name for one in aiplatform.Model.list()), "endpoints": endpoints}

def predict(endpoint, rows):
    found = aiplatform.Endpoint(endpoint).predict(instances=rows)
    return {"predictions": found.predictions, "deployed": found.deployed_model_id}

def upload(image, artefact):
    kept["model"] = aiplatform.Model.upload(
        display_name="by-sdk", serving_container_image_uri=image, artifact_uri=artefact,
        serving_container_predict_route="/vertex/predict", serving_container_health_route="/readyz",
        serving_container_ports=[8080],
    )
    return kept["model"].name

def create():
    kept["endpoint"] = aiplatform.Endpoint.create(display_name="by-sdk")
    return kept["endpoint"].name

def deploy(split):
    kept["endpoint"].deploy(
        kept["model"], machine_type="n1-standard-2", min_replica_count=1, max_replica_count=1, traffic_split=split
    )
    return look()

def part(split):
    kept["endpoint"].update(traffic_split=split)
    return look()

def undeploy(deployed, split):
    kept["endpoint"].undeploy(deployed, traffic_split=split or None)
    return look()

def delete():
    kept["endpoint"].undeploy_all()
    kept["endpoint"].delete()
    kept["model"].delete()
    return look()

def train(source, target, columns, split, model):
    kept["dataset"] = aiplatform.TabularDataset.create(display_name="by-sdk", gcs_source=source)
    job = aiplatform.AutoMLTabularTrainingJob(
        display_name="by-sdk", optimization_prediction_type="classification",
        column_transformations=[{kind: {"column_name": name}} for name, kind in columns],
    )
    kept["job"] = job
    kept["trained"] = job.run(
        dataset=kept["dataset"], target_column=target, predefined_split_column_name=split, model_id=model,
        budget_milli_node_hours=1000,
    )
    (evaluation,) = kept["trained"].list_model_evaluations()
    return {"model": kept["trained"].name, "state": job.state.name, "metrics": dict(evaluation.metrics)}

def answer(source, target):
    job = aiplatform.Model(kept["trained"].name).batch_predict(
        job_display_name="by-sdk", gcs_source=source, gcs_destination_prefix=target, instances_format="csv",
        predictions_format="jsonl", machine_type="n1-standard-2", starting_replica_count=1, max_replica_count=1,
    )
    kept["batch"] = job
    return job.output_info.gcs_output_directory

def trainings():
    kinds = aiplatform.TabularDataset, aiplatform.AutoMLTabularTrainingJob, aiplatform.BatchPredictionJob
    return [sorted(one.display_name for one in kind.list()) for kind in kinds]

def forget():
    for name in ("batch", "trained", "job", "dataset"):
        kept[name].delete()
    return trainings()

def batches():
    return [
        {"label": job.display_name, "state": job.state.name, "table": job.output_info.bigquery_output_table}
        for job in aiplatform.BatchPredictionJob.list()
    ]

verbs = {
    f.__name__: f
    for f in (look, predict, upload, create, deploy, part, undeploy, delete, train, answer, trainings, forget, batches)
}
for line in sys.stdin:
    verb, words = json.loads(line)
    print("=> " + json.dumps(verbs[verb](*words)), flush=True)
"""


class Sdk:
    """The client, for as long as it is entered.

    Parameters
    ----------
    python, address, project, location : str
    """

    def __init__(self, python: str, address: str, project: str, location: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        self._process = subprocess.Popen(
            [python, "-c", SCRIPT, address, project, location],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=kept,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=60)

    def __call__(self, verb: str, *words: object) -> Any:
        """Have a step done, and return what it gives."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([verb, words]) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("=> "):
                return json.loads(line[3:])
        _, said = self._process.communicate(timeout=60)
        raise AssertionError(said[-3000:])
