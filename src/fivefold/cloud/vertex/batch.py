"""Batch prediction: a job of Vertex AI over a table of BigQuery or files of JSON lines, on machines that end with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fivefold.cloud.vertex.connection import Asking
from fivefold.cloud.vertex.work import until_over
from fivefold.core.errors import SettingsError

if TYPE_CHECKING:
    from fivefold.cloud.vertex.connection import Connection
    from fivefold.core.clock import Deadline

__all__ = ["predict_batch"]


def predict_batch(
    connection: Connection,
    model: str,
    *,
    source: str,
    destination: str,
    machine_type: str,
    until: Deadline,
) -> str:
    """Have a model of the registry answer many rows, and return where the answers lie.

    Parameters
    ----------
    connection : Connection
    model : str
        ``projects/P/locations/L/models/M``; the resource of kind ``model`` in a release.
    source : str
        ``bq://project.dataset.table``, or ``gs://bucket/file.jsonl`` with an instance on each line.
    destination : str
        ``bq://project.dataset``, or ``gs://bucket/folder``.
    machine_type : str
    until : Deadline
        When to stop waiting; the job goes on.

    Returns
    -------
    str
        Table or folder.

    Raises
    ------
    SettingsError
        When source or destination is of no known kind.
    VertexError
        When the job fails, or is not over in time.
    """
    body = {
        "displayName": f"fivefold-{model.rpartition('/')[2]}",
        "model": model,
        "inputConfig": _source(source),
        # Without it rows of a table come as lists, which need the table's columns in the order of the contract.
        "instanceConfig": {"instanceType": "object"},
        "outputConfig": _destination(destination),
        "dedicatedResources": {
            "machineSpec": {"machineType": machine_type},
            "startingReplicaCount": 1,
            "maxReplicaCount": 1,
        },
        "labels": {"made_by": "fivefold"},
    }
    purpose = f"predict {source}"
    path = f"/v1/{model.rpartition('/models/')[0]}/batchPredictionJobs"
    job = connection.ask(Asking(purpose, "POST", path, body, again=False))
    job = until_over(connection, job, purpose, until)
    info = job.get("outputInfo", {})
    table = f"{info.get('bigqueryOutputDataset', '')}.{info.get('bigqueryOutputTable', '')}"
    return str(info.get("gcsOutputDirectory") or table)


def _source(address: str) -> dict[str, Any]:
    """Describe where the rows are."""
    if address.startswith("bq://"):
        return {"instancesFormat": "bigquery", "bigquerySource": {"inputUri": address}}
    if address.startswith("gs://") and address.endswith(".jsonl"):
        return {"instancesFormat": "jsonl", "gcsSource": {"uris": [address]}}
    raise _unknown("source", address, "bq://project.dataset.table or gs://bucket/file.jsonl")


def _destination(address: str) -> dict[str, Any]:
    """Describe where the answers are to be."""
    if address.startswith("bq://"):
        return {"predictionsFormat": "bigquery", "bigqueryDestination": {"outputUri": address}}
    if address.startswith("gs://"):
        return {"predictionsFormat": "jsonl", "gcsDestination": {"outputUriPrefix": address}}
    raise _unknown("destination", address, "bq://project.dataset or gs://bucket/folder")


def _unknown(what: str, seen: str, expected: str) -> SettingsError:
    """Say what an address may be."""
    return SettingsError(
        f"The {what} of a batch prediction cannot be used",
        seen=repr(seen),
        expected=expected,
        todo="give such an address",
    )
