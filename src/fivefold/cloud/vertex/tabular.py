"""AutoML on tables over Vertex AI's REST: a dataset, a training pipeline, its model's figures, and answers to rows of CSV.

The platform chooses the ids of datasets, pipelines and jobs, so they are found again by a display name of our own. What costs is
asked for once: whoever hears "unavailable" cannot know whether it was begun, and is to look for it first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from fivefold.cloud.vertex.connection import Asking
from fivefold.cloud.vertex.operations import finish
from fivefold.cloud.vertex.refusals import NOT_FOUND, VertexError
from fivefold.cloud.vertex.work import has_failed, is_over, until_over

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fivefold.cloud.vertex.connection import Connection
    from fivefold.core.clock import Deadline

__all__ = ["Collection", "TabularTraining"]

Collection: TypeAlias = Literal["datasets", "trainingPipelines", "batchPredictionJobs"]
_SCHEMATA = "gs://google-cloud-aiplatform/schema"
_DATASET = f"{_SCHEMATA}/dataset/metadata/tabular_1.0.0.yaml"
_TRAINING = f"{_SCHEMATA}/trainingjob/definition/automl_tabular_1.0.0.yaml"
_LABELS = {"made_by": "fivefold"}


class TabularTraining:
    """What is trained in a location.

    Parameters
    ----------
    connection : Connection
    parent : str
        ``projects/P/locations/L``.
    until : Deadline
        When to stop waiting.
    told : callable, optional
        Is told what goes on.
    """

    def __init__(
        self,
        connection: Connection,
        parent: str,
        until: Deadline,
        told: Callable[[str], None] | None = None,
    ) -> None:
        self._connection = connection
        self._parent = parent
        self._until = until
        self._told = told

    def named(self, collection: Collection, label: str) -> list[dict[str, Any]]:
        """Return what has a display name, the newest first.

        Raises
        ------
        VertexError
            When it may not be looked at.
        """
        path, words = f"/v1/{self._parent}/{collection}", {"filter": f'display_name="{label}"'}
        page = self._connection.ask(Asking(f"look for {collection} '{label}'", "GET", path, None, words))
        found = [one for one in page.get(collection, ()) if one.get("displayName") == label]
        return sorted(found, key=lambda one: str(one.get("createTime", "")), reverse=True)

    def model(self, name: str) -> dict[str, Any] | None:
        """Return a model; None where there is none."""
        try:
            return self._connection.ask(Asking(f"look for the model '{name}'", "GET", f"/v1/{name}"))
        except VertexError as error:
            if error.code != NOT_FOUND:
                raise
            return None

    def dataset(self, label: str, addresses: Sequence[str]) -> str:
        """Return the name of the dataset of this label; it is made of files of CSV if it is not there."""
        found = self.named("datasets", label)
        if found:
            return str(found[0]["name"])
        body = {
            "displayName": label,
            "metadataSchemaUri": _DATASET,
            "metadata": {"inputConfig": {"gcsSource": {"uri": list(addresses)}}},
            "labels": _LABELS,
        }
        purpose = f"make the dataset '{label}'"
        asking = Asking(purpose, "POST", f"/v1/{self._parent}/datasets", body, again=False)
        return str(finish(self._connection, self._connection.ask(asking), purpose, self._until)["name"])

    def train(
        self, label: str, dataset: str, split: str, inputs: Mapping[str, Any], model: str
    ) -> dict[str, Any]:
        """Have a model trained, or go on with the training of this label, and return the pipeline in the end.

        Parameters
        ----------
        label : str
        dataset : str
            Its name.
        split : str
            The column that says what a row is for: ``TRAIN``, ``VALIDATE`` or ``TEST``.
        inputs : mapping
            As ``automl_tabular_1.0.0.yaml`` describes them.
        model : str
            Name that the model is to have.

        Raises
        ------
        VertexError
            When the training fails, or is not over in time; then it goes on, and costs, until its node hours are spent.
        """
        purpose = f"train the model '{model.rpartition('/')[2]}'"
        going = next((one for one in self.named("trainingPipelines", label) if not has_failed(one)), None)
        # It may have ended since the model was looked for; whose model somebody took away is begun anew.
        if going is not None and (not is_over(going) or self.model(model) is not None):
            return until_over(self._connection, going, purpose, self._until, self._told)
        body = {
            "displayName": label,
            "inputDataConfig": {
                "datasetId": dataset.rpartition("/")[2],
                "predefinedSplit": {"key": split},
            },
            "trainingTaskDefinition": _TRAINING,
            "trainingTaskInputs": dict(inputs),
            "modelToUpload": {"displayName": label, "labels": _LABELS},
            "modelId": model.rpartition("/")[2],
            "labels": _LABELS,
        }
        asking = Asking(purpose, "POST", f"/v1/{self._parent}/trainingPipelines", body, again=False, tries=1)
        return until_over(self._connection, self._connection.ask(asking), purpose, self._until, self._told)

    def figures(self, model: str) -> dict[str, float]:
        """Return the platform's own figures of a model, on the rows that the split kept for it."""
        asking = Asking("read the evaluation", "GET", f"/v1/{model}/evaluations")
        found = self._connection.ask(asking).get("modelEvaluations", ())
        metrics = found[0].get("metrics", {}) if found else {}
        return {
            str(name): float(value)
            for name, value in metrics.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }

    def answer(self, label: str, model: str, source: str, target: str, machine: str) -> tuple[str, str]:
        """Have rows of CSV answered, or go on with the job of this label; return the folder of the answers and their form.

        Parameters
        ----------
        label, model : str
        source, target : str
            Address of the rows, and of the folder below which the answers are put.
        machine : str
            Type of the one machine.

        Raises
        ------
        VertexError
            When the job fails, or is not over in time.
        """
        purpose = f"answer {source}"
        found = self.named("batchPredictionJobs", label)
        job = next((one for one in found if not has_failed(one)), None) or self._begin(
            purpose, label, (model, source, target, machine)
        )
        job = until_over(self._connection, job, purpose, self._until, self._told)
        folder = str(job.get("outputInfo", {}).get("gcsOutputDirectory", ""))
        return folder, str(job["outputConfig"]["predictionsFormat"])

    def remove(self, collection: Collection, label: str) -> bool:
        """Remove all that has a display name, what is at work included; return whether anything stood."""
        found = self.named(collection, label)
        for one in found:
            purpose = f"remove '{label}' from {collection}"
            if collection != "datasets" and not is_over(one):
                path = f"/v1/{one['name']}:cancel"
                self._connection.ask(Asking(purpose, "POST", path, {}))
                self._settled(one, purpose)
            self._delete(str(one["name"]), purpose)
        return bool(found)

    def remove_model(self, name: str) -> bool:
        """Remove a model; return whether there was one."""
        return self._delete(name, f"remove the model '{name}'")

    def _begin(self, purpose: str, label: str, what: tuple[str, str, str, str]) -> dict[str, Any]:
        """Begin to answer rows, in a form that the model says it knows."""
        model, source, target, machine = what
        known = (self.model(model) or {}).get("supportedOutputStorageFormats", ())
        body = {
            "displayName": label,
            "model": model,
            "inputConfig": {"instancesFormat": "csv", "gcsSource": {"uris": [source]}},
            "outputConfig": {
                "predictionsFormat": "csv" if known and "jsonl" not in known else "jsonl",
                "gcsDestination": {"outputUriPrefix": target},
            },
            "dedicatedResources": {
                "machineSpec": {"machineType": machine},
                "startingReplicaCount": 1,
                "maxReplicaCount": 1,
            },
            "labels": _LABELS,
        }
        path = f"/v1/{self._parent}/batchPredictionJobs"
        return self._connection.ask(Asking(purpose, "POST", path, body, again=False, tries=1))

    def _settled(self, work: dict[str, Any], purpose: str) -> None:
        """Wait for what was given up to have ended in one way or another."""
        try:
            until_over(self._connection, work, purpose, self._until)
        except VertexError:
            asking = Asking(purpose, "GET", f"/v1/{work['name']}")
            if not is_over(self._connection.ask(asking)):
                raise

    def _delete(self, name: str, purpose: str) -> bool:
        """Delete one thing; what is not there is gone."""
        try:
            operation = self._connection.ask(Asking(purpose, "DELETE", f"/v1/{name}"))
            finish(self._connection, operation, purpose, self._until)
        except VertexError as error:
            if error.code != NOT_FOUND:
                raise
            return False
        return True
