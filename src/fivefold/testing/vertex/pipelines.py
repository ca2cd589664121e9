"""Training pipelines: AutoML on a tabular dataset; a model stands in the registry, with its evaluation, once one has ended well."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from fivefold.testing.vertex.operations import now
from fivefold.testing.vertex.refusal import RefusalError
from fivefold.testing.vertex.tabular import TabularModel, TabularTask

if TYPE_CHECKING:
    from fivefold.testing.vertex.datasets import Datasets
    from fivefold.testing.vertex.faults import Fault
    from fivefold.testing.vertex.models import Models

__all__ = ["Pipelines"]

_TABULAR = "gs://google-cloud-aiplatform/schema/trainingjob/definition/automl_tabular_1.0.0.yaml"
_METRICS = "gs://google-cloud-aiplatform/schema/modelevaluation/{}_metrics_1.0.0.yaml"
_FIRST = 6_000_000_000
_FEWEST, _MOST = 1_000, 100_000_000
_SETS = {
    "train": "TRAIN",
    "training": "TRAIN",
    "validate": "VALIDATE",
    "validation": "VALIDATE",
    "test": "TEST",
}
_OVER = {"PIPELINE_STATE_SUCCEEDED", "PIPELINE_STATE_FAILED", "PIPELINE_STATE_CANCELLED"}
_SPENT = 0.9


class Pipelines:
    """All training pipelines of a location.

    Parameters
    ----------
    parent : str
    datasets : Datasets
    models : Models
    """

    def __init__(self, parent: str, datasets: Datasets, models: Models) -> None:
        self._parent = parent
        self._datasets = datasets
        self._models = models
        self._all: dict[str, dict[str, Any]] = {}
        self._ended: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []
        self._made = 0
        self._lock = threading.RLock()

    def create(self, document: dict[str, Any], held: Fault | None) -> dict[str, Any]:
        """Begin a training."""
        if not document.get("displayName"):
            message = "Required field is not set: training_pipeline.display_name."
            raise RefusalError("INVALID_ARGUMENT", message)
        if document.get("trainingTaskDefinition") != _TABULAR:
            raise RefusalError("INVALID_ARGUMENT", "Only AutoML on tables is trained here.")
        task = TabularTask.read(document.get("trainingTaskInputs") or {})
        data = document.get("inputDataConfig") or {}
        self._datasets.get(self._dataset(data))
        if document.get("modelId"):
            self._models.check_new(str(document["modelId"]))
        with self._lock:
            self._made += 1
            name = f"{self._parent}/trainingPipelines/{_FIRST + self._made}"
            ours = {"name": name, "state": "PIPELINE_STATE_PENDING", "createTime": now(), "updateTime": now()}
            self._all[name] = document | ours
            self._ended[name] = threading.Event()
            begun = dict(self._all[name])
        thread = threading.Thread(target=self._run, args=(name, task, held), daemon=True)
        self._threads.append(thread)
        thread.start()
        return begun

    def get(self, name: str) -> dict[str, Any]:
        """Return a pipeline."""
        with self._lock:
            if name not in self._all:
                raise RefusalError("NOT_FOUND", f"The TrainingPipeline does not exist: {name}")
            return dict(self._all[name])

    def shown(self) -> list[dict[str, Any]]:
        """Return all pipelines, the newest first."""
        with self._lock:
            return [dict(one) for one in reversed(self._all.values())]

    def cancel(self, name: str) -> dict[str, Any]:
        """Give a training up; one that is over stays what it is."""
        with self._lock:
            if self.get(name)["state"] not in _OVER:
                self._change(name, state="PIPELINE_STATE_CANCELLED", endTime=now())
                self._ended[name].set()
        return {}

    def check_over(self, name: str) -> None:
        """Refuse to delete a pipeline that is at work."""
        if self.get(name)["state"] not in _OVER:
            raise RefusalError("FAILED_PRECONDITION", f"The TrainingPipeline {name} is not in a final state.")

    def delete(self, name: str) -> dict[str, Any]:
        """Delete a pipeline; its model stays."""
        self.check_over(name)
        with self._lock:
            self._all.pop(name, None)
        return {"@type": "google.protobuf.Empty"}

    def close(self) -> None:
        """End what is still at work."""
        for ended in self._ended.values():
            ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self, name: str, task: TabularTask, held: Fault | None) -> None:
        """Train, unless it is cancelled before."""
        ended = self._ended[name]
        self._change(name, state="PIPELINE_STATE_RUNNING", startTime=now())
        if held is not None and held.kind in {"stalled", "slow"}:
            ended.wait(held.seconds if held.kind == "slow" else None)
        if ended.is_set():
            return
        try:
            if held is not None and held.kind == "failed":
                raise RefusalError("INTERNAL", "Internal error occurred. Please retry in a few minutes.")
            document = self.get(name)
            model, evaluation = self._trained(document, task)
            self._finish(name, document, model, evaluation)
        except RefusalError as error:
            self._change(name, state="PIPELINE_STATE_FAILED", error=error.outcome(), endTime=now())
        ended.set()

    def _trained(self, document: dict[str, Any], task: TabularTask) -> tuple[TabularModel, dict[str, Any]]:
        """Learn from the training rows, and measure on the test rows."""
        data = document["inputDataConfig"]
        rows = self._datasets.rows(self._dataset(data))
        if not _FEWEST <= len(rows) <= _MOST:
            raise RefusalError(
                "INVALID_ARGUMENT", f"The dataset must have {_FEWEST} to {_MOST} rows: {len(rows)}."
            )
        task.check(list(rows[0]))
        sets = _parted(rows, str((data.get("predefinedSplit") or {}).get("key", "")))
        for label, part in sets.items():
            if not part:
                raise RefusalError("INVALID_ARGUMENT", f"The dataset has no rows for the set {label}.")
        model = TabularModel(task, sets["TRAIN"])
        return model, {
            "metricsSchemaUri": _METRICS.format(task.kind),
            "metrics": model.measured(sets["TEST"]),
            "createTime": now(),
        }

    def _finish(
        self, name: str, document: dict[str, Any], model: TabularModel, evaluation: dict[str, Any]
    ) -> None:
        """Put the model into the registry, unless the training was cancelled meanwhile."""
        with self._lock:
            if name not in self._all or self._ended[name].is_set():
                return
            wanted = document.get("modelToUpload") or {}
            wanted |= {"displayName": wanted.get("displayName") or document["displayName"]}
            kept = self._models.keep_trained(
                str(document.get("modelId", "")), wanted | {"trainingPipeline": name}, model, evaluation
            )
            spent = int(model.task.budget * _SPENT)
            self._change(
                name,
                state="PIPELINE_STATE_SUCCEEDED",
                modelToUpload=wanted | {"name": kept},
                trainingTaskMetadata={"trainCostMilliNodeHours": str(spent)},
                endTime=now(),
            )

    def _dataset(self, data: dict[str, Any]) -> str:
        """Name of the dataset that a pipeline reads."""
        return f"{self._parent}/datasets/{str(data.get('datasetId', '')).rpartition('/')[2]}"

    def _change(self, name: str, **fields: object) -> None:
        """Change a pipeline that is still there."""
        with self._lock:
            if name in self._all and self._all[name]["state"] not in _OVER:
                self._all[name] |= fields | {"updateTime": now()}


def _parted(rows: list[dict[str, str]], key: str) -> dict[str, list[dict[str, str]]]:
    """Part the rows by a column, or eight to one to one; rows of which the column says nothing are ignored."""
    parts: dict[str, list[dict[str, str]]] = {"TRAIN": [], "VALIDATE": [], "TEST": []}
    usual = ["TRAIN"] * 8 + ["VALIDATE", "TEST"]
    if key and key not in rows[0]:
        raise RefusalError("INVALID_ARGUMENT", f"The split column {key} is not in the dataset.")
    for place, row in enumerate(rows):
        named = _SETS.get(row[key].lower(), "") if key else usual[place % 10]
        if named:
            parts[named].append(row)
    return parts
