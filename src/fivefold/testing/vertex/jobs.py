"""Batch prediction: rows of files or of a table are asked of a container of their own, and their answers written beside."""

from __future__ import annotations

import csv
import io
import json
import threading
from typing import TYPE_CHECKING, Any

from fivefold.testing.vertex.datasets import read_csv
from fivefold.testing.vertex.doubles import as_doubles
from fivefold.testing.vertex.operations import now
from fivefold.testing.vertex.refusal import RefusalError
from fivefold.testing.vertex.tabular_batch import check_formats, tabular_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.testing.vertex.faults import Fault
    from fivefold.testing.vertex.models import KeptModel, Models
    from fivefold.testing.vertex.serving import Serving
    from fivefold.testing.vertex.storage import Storage
    from fivefold.testing.vertex.tabular import TabularModel

__all__ = ["Jobs"]

_FIRST = 5_000_000
_BATCH = 64
_OVER = {"JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED"}


class Jobs:
    """All jobs of a location.

    Parameters
    ----------
    parent : str
    models : Models
    serving : Serving
    storage : Storage
    """

    def __init__(self, parent: str, models: Models, serving: Serving, storage: Storage) -> None:
        self._parent = parent
        self._models = models
        self._serving = serving
        self._storage = storage
        self._all: dict[str, dict[str, Any]] = {}
        self._ended: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.RLock()

    def create(self, document: dict[str, Any], held: Fault | None = None) -> dict[str, Any]:
        """Begin a job."""
        model = self._models.get(str(document.get("model", "")))
        if model.tabular is not None:
            check_formats(document, self._models.output_formats)
        if not (document.get("dedicatedResources") or {}).get("machineSpec", {}).get("machineType"):
            raise RefusalError("INVALID_ARGUMENT", "Required field is not set: dedicated_resources.")
        with self._lock:
            name = f"{self._parent}/batchPredictionJobs/{_FIRST + len(self._ended)}"
            self._ended[name] = threading.Event()
            job = self._all[name] = document | {
                "name": name,
                "state": "JOB_STATE_RUNNING",
                "createTime": now(),
                "startTime": now(),
            }
        thread = threading.Thread(target=self._run, args=(job, model, held), daemon=True)
        self._threads.append(thread)
        thread.start()
        return dict(job)

    def get(self, name: str) -> dict[str, Any]:
        """Return a job."""
        with self._lock:
            if name not in self._all:
                raise RefusalError("NOT_FOUND", f"The BatchPredictionJob does not exist: {name}")
            return dict(self._all[name])

    def cancel(self, name: str) -> dict[str, Any]:
        """Give a job up, which is over once its container has ended; one that is over stays what it is."""
        with self._lock:
            if self.get(name)["state"] not in _OVER:
                self._all[name] |= {"state": "JOB_STATE_CANCELLING"}
                self._ended[name].set()
        return {}

    def check_over(self, name: str) -> None:
        """Refuse to delete a job that is at work."""
        if self.get(name)["state"] not in _OVER:
            raise RefusalError(
                "FAILED_PRECONDITION", f"The BatchPredictionJob {name} is not in a final state."
            )

    def delete(self, name: str) -> dict[str, Any]:
        """Forget a job."""
        self.check_over(name)
        with self._lock:
            self._all.pop(name, None)
        return {"@type": "google.protobuf.Empty"}

    def shown(self) -> list[dict[str, Any]]:
        """Return all jobs."""
        with self._lock:
            return [dict(job) for job in self._all.values()]

    def close(self) -> None:
        """Wait for what is at work."""
        for ended in self._ended.values():
            ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self, job: dict[str, Any], model: KeptModel, held: Fault | None) -> None:
        """Do a job, unless it is cancelled before, and say what became of it."""
        ended = self._ended[job["name"]]
        if held is not None and held.kind in {"stalled", "slow"}:
            ended.wait(held.seconds if held.kind == "slow" else None)
        told = {} if ended.is_set() else self._outcome(job, model, held)
        with self._lock:
            job |= ({"state": "JOB_STATE_CANCELLED"} if ended.is_set() else told) | {"endTime": now()}
        ended.set()

    def _outcome(self, job: dict[str, Any], model: KeptModel, held: Fault | None) -> dict[str, Any]:
        """Do a job."""
        try:
            if held is not None and held.kind == "failed":
                raise RefusalError("INTERNAL", "Internal error occurred. Please retry in a few minutes.")
            return self._answered(job, model) if model.tabular is None else self._told(job, model.tabular)
        except RefusalError as error:
            return {"state": "JOB_STATE_FAILED", "error": error.outcome()}

    def _answered(self, job: dict[str, Any], model: KeptModel) -> dict[str, Any]:
        """Ask a container of its own, and say what became of it."""
        machine = job["dedicatedResources"]["machineSpec"]["machineType"]
        rows = list(self._rows(job))
        replica = self._serving.replica(model, "0", "0", machine)
        try:
            done, failed = [], []
            for begin in range(0, len(rows), _BATCH):
                part = rows[begin : begin + _BATCH]
                body = json.dumps({"instances": as_doubles(part)}).encode()
                status, answer = self._serving.ask_replica(replica, model, body)
                if status == 200:
                    done += list(zip(part, json.loads(answer)["predictions"], strict=True))
                else:
                    failed += [(row, {"code": 3, "message": answer.decode()}) for row in part]
        finally:
            self._serving.release(replica)
        return self._write(job, done, failed)

    def _told(self, job: dict[str, Any], model: TabularModel) -> dict[str, Any]:
        """Have what AutoML trained answer, and say what became of it."""
        rows: list[dict[str, str]] = []
        for uri in job["inputConfig"]["gcsSource"]["uris"]:
            rows += read_csv(self._storage.read(uri))
        files = tabular_files(model, rows, model.predict(rows), job["outputConfig"]["predictionsFormat"])
        folder = self._folder(job)
        for name, data in files.items():
            self._storage.keep(f"{folder}/{name}", data)
        stats = {"successfulCount": str(len(rows)), "failedCount": "0"}
        info = {"gcsOutputDirectory": folder}
        return {"state": "JOB_STATE_SUCCEEDED", "completionStats": stats, "outputInfo": info}

    def _rows(self, job: dict[str, Any]) -> Iterator[Any]:
        """Return the instances as the container is sent them."""
        config = job["inputConfig"]
        kind = config["instancesFormat"]
        if kind == "bigquery":
            place = config["bigquerySource"]["inputUri"].removeprefix("bq://")
            if place not in self._serving.tables:
                raise RefusalError("NOT_FOUND", f"Not found: Table {place}")
            objects = (job.get("instanceConfig") or {}).get("instanceType") == "object"
            for row in self._serving.tables[place]:
                yield row if objects else list(row.values())
            return
        for uri in config["gcsSource"]["uris"]:
            text = self._storage.read(uri).decode()
            yield from _lines(text) if kind == "jsonl" else _delimited(text)

    def _write(self, job: dict[str, Any], done: list[Any], failed: list[Any]) -> dict[str, Any]:
        """Write answers and refusals, and say where."""
        config = job["outputConfig"]
        told: dict[str, Any] = {
            "state": "JOB_STATE_SUCCEEDED",
            "completionStats": {"successfulCount": str(len(done)), "failedCount": str(len(failed))},
        }
        kept = {
            "predictions": [{"instance": row, "prediction": answer} for row, answer in done],
            "errors": [{"instance": row, "error": status} for row, status in failed],
        }
        if "bigqueryDestination" in config:
            dataset = config["bigqueryDestination"]["outputUri"].removeprefix("bq://")
            for kind, rows in kept.items():
                self._serving.tables[f"{dataset}.{kind}"] = rows
            info = {"bigqueryOutputDataset": f"bq://{dataset}", "bigqueryOutputTable": "predictions"}
            return told | {"outputInfo": info}
        folder = self._folder(job)
        for kind, rows in kept.items():
            if rows:
                text = "".join(f"{json.dumps(row)}\n" for row in rows)
                self._storage.keep(f"{folder}/{kind}_0001.jsonl", text.encode())
        return told | {"outputInfo": {"gcsOutputDirectory": folder}}

    @staticmethod
    def _folder(job: dict[str, Any]) -> str:
        """Where the answers of a job are written."""
        prefix = job["outputConfig"]["gcsDestination"]["outputUriPrefix"].rstrip("/")
        return f"{prefix}/prediction-{job['displayName']}-{job['createTime']}"


def _lines(text: str) -> Iterator[Any]:
    """Read lines of JSON as they are."""
    for line in text.splitlines():
        if line.strip():
            yield json.loads(line)


def _delimited(text: str) -> Iterator[list[Any]]:
    """Read CSV below its names: lists in the order of the columns; numbers are what has no quotes."""
    lines = io.StringIO(text, newline="")
    lines.readline()
    try:
        yield from csv.reader(lines, quoting=csv.QUOTE_NONNUMERIC)
    except ValueError as error:
        raise RefusalError("INVALID_ARGUMENT", f"The CSV cannot be read: {error}") from None
