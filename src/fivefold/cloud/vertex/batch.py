"""Batch prediction: a job of Vertex AI over a table of BigQuery or files of JSON lines, on a machine that ends with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fivefold.cloud.vertex.connection import Asking
from fivefold.core.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.cloud.vertex.connection import Connection

__all__ = ["BatchJob", "answers_of", "hours_of"]


@dataclass(frozen=True, slots=True)
class BatchJob:
    """What a job is to do.

    Attributes
    ----------
    label : str
        Display name, by which it is found again: the platform chooses its id.
    model : str
        ``projects/P/locations/L/models/M``; the resource of kind ``model`` in a release.
    source : str
        ``bq://project.dataset.table``, or ``gs://bucket/file.jsonl`` with an instance on each line.
    destination : str
        ``bq://project.dataset``, or ``gs://bucket/folder``.
    machine_type : str
    """

    label: str
    model: str
    source: str
    destination: str
    machine_type: str

    def document(self) -> dict[str, Any]:
        """Describe it to the platform.

        Raises
        ------
        SettingsError
            When source or destination is of no known kind.
        """
        return {
            "displayName": self.label,
            "model": self.model,
            "inputConfig": _source(self.source),
            # Without it rows of a table come as lists, which need the table's columns in the order of the contract.
            "instanceConfig": {"instanceType": "object"},
            "outputConfig": _destination(self.destination),
            "dedicatedResources": {
                "machineSpec": {"machineType": self.machine_type},
                "startingReplicaCount": 1,
                "maxReplicaCount": 1,
            },
            "labels": {"made_by": "fivefold"},
        }

    def begin(self, connection: Connection) -> dict[str, Any]:
        """Ask for it, once, and return it as it was begun.

        Raises
        ------
        VertexError
            When it is refused; or the reply was lost, and nobody knows.
        """
        path = f"/v1/{self.model.rpartition('/models/')[0]}/batchPredictionJobs"
        purpose = f"predict {self.source}"
        return connection.ask(Asking(purpose, "POST", path, self.document(), again=False, tries=1))


def answers_of(job: Mapping[str, Any]) -> str:
    """Return the table or the folder in which the answers of a job lie."""
    info = job.get("outputInfo", {})
    table = f"{info.get('bigqueryOutputDataset', '')}.{info.get('bigqueryOutputTable', '')}"
    return str(info.get("gcsOutputDirectory") or table)


def hours_of(job: Mapping[str, Any]) -> float | None:
    """Return how long a job that is over was at work, by the platform's own times; None where it does not say.

    Examples
    --------
    >>> hours_of({"startTime": "2026-11-28T08:00:00.5Z", "endTime": "2026-11-28T08:30:00.5Z"})
    0.5
    """
    if "startTime" not in job or "endTime" not in job:
        return None
    begun, ended = (datetime.fromisoformat(str(job[name])) for name in ("startTime", "endTime"))
    return (ended - begun).total_seconds() / 3600


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
