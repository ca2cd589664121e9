"""A BigQuery of one's own on loopback: its REST protocol over a :class:`Warehouse`, for tests without a cloud account.

It speaks ``jobs.insert`` (also ``dryRun`` and ``maximumBytesBilled``), ``jobs.query``, ``jobs.get``, ``getQueryResults``
in pages, ``jobs.cancel``, loading by resumable upload, ``datasets.get``, ``tables.get``, ``list`` and ``delete``, ``tabledata.list``
and ``models.get``, ``patch`` and ``delete``; Google's own client works against it. Models are those of :class:`WarehouseModels`.
"""

from __future__ import annotations

import gzip
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from fivefold.testing.loopback import Loopback
from fivefold.testing.refusals import Refusal, Refusals
from fivefold.testing.warehouse import Answer, Warehouse, WarehouseError
from fivefold.testing.warehouse_jobs import Job, labels_of, most_of
from fivefold.testing.warehouse_loads import WarehouseLoads
from fivefold.testing.warehouse_models import WarehouseModels
from fivefold.testing.warehouse_pages import page_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fivefold.testing.cloud_storage import CloudStorageEmulator

__all__ = ["BigQueryEmulator", "Job"]


class BigQueryEmulator(Loopback):
    """A server on loopback, for as long as it is entered.

    Parameters
    ----------
    project : str
    storage : CloudStorageEmulator, optional
        Where models are imported from.

    Attributes
    ----------
    warehouse : Warehouse
    models : WarehouseModels
    loads : WarehouseLoads
    jobs : list of Job
        In the order in which they came.
    datasets : dict of str to str
        Locations of the data sets that are there besides those of the tables.
    refusals : Refusals
    endless : bool
        Whether queries stay at work; as soon as this is false again, those that were not cancelled are done when they are looked at.
    cancelled : list of str
    """

    def __init__(self, project: str = "clinic", storage: CloudStorageEmulator | None = None) -> None:
        self.project = project
        self.warehouse = Warehouse(project)
        self.models = WarehouseModels(self.warehouse, storage.read if storage else lambda _: None)
        self.loads = WarehouseLoads(self.warehouse, lambda name: bool(self._location(name)))
        self.jobs: list[Job] = []
        self.datasets: dict[str, str] = {}
        self.refusals = Refusals()
        self.endless = False
        self.cancelled: list[str] = []
        self._at_work: dict[str, Mapping[str, Any]] = {}
        self._lock = threading.Lock()
        emulator = self

        class Handler(_Handler):
            server_of = emulator

        super().__init__(Handler)

    @property
    def host(self) -> str:
        """What ``BIGQUERY_EMULATOR_HOST`` is to hold."""
        return self.address

    def answer(
        self, method: str, path: str, words: Mapping[str, str], body: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Answer one request."""
        parts = [unquote(part) for part in path.removeprefix("/bigquery/v2/projects/").split("/")]
        with self._lock:
            match method, parts[1:]:
                case "POST", ["jobs"]:
                    return self._insert(body)
                case "POST", ["queries"]:
                    job = Job(str(body["query"]), bool(body.get("dryRun")), most_of(body), None)
                    return self._results(self._ask(body, job), words)
                case "GET", ["jobs", name]:
                    return self._describe(self._number(name))
                case "GET", ["queries", name]:
                    return self._results(self._number(name), words)
                case "POST", ["jobs", name, "cancel"]:
                    return self._cancel(name)
                case _, ["datasets", dataset, "models", name] if (dataset, name) in self.models.models:
                    return self._model(method, dataset, name, body)
                case "DELETE", ["datasets", dataset, "tables", name] if self.warehouse.drop(dataset, name):
                    return {}
                case "GET", ["datasets", dataset, *inside]:
                    return self._shown(dataset, inside, words)
        raise WarehouseError(f"Not found: {method} {path}", "notFound", 404)

    def upload(self, method: str, words: Mapping[str, str], raw: bytes) -> tuple[dict[str, Any], str]:
        """Answer a request of an upload; also say where the bytes are to be sent, once that is known."""
        with self._lock:
            if method == "POST":
                place = self.loads.open(json.loads(raw))
                return {}, f"{self.address}/upload/bigquery/v2/projects/{self.project}/jobs?upload_id={place}"
            told, named = self.loads.receive(int(words["upload_id"]), raw)
            into = told["load"]["destinationTable"]
            statement = f"LOAD {into['datasetId']}.{into['tableId']}"
            job = Job(statement, dry=False, most=None, answer=Answer([], [], 0, 0, cached=False))
            self.jobs.append(replace(job, labels=labels_of(told), id=self._free(named)))
            return self._describe(len(self.jobs) - 1), ""

    def _shown(self, dataset: str, inside: list[str], words: Mapping[str, str]) -> dict[str, Any]:
        """A data set, its tables, one of them or its rows."""
        match inside:
            case [] if self._location(dataset):
                reference = {"projectId": self.project, "datasetId": dataset}
                return {"datasetReference": reference, "location": self._location(dataset)}
            case ["tables"]:
                names = [name for home, name in self.warehouse.tables if home == dataset]
                return {"tables": [{"tableReference": self._reference(dataset, name)} for name in names]}
            case ["tables", name]:
                return self._table(dataset, name)
            case ["tables", name, "data"]:
                sql = f"SELECT * FROM `{dataset}`.`{name}`"  # noqa: S608 - names of our own tables
                return page_of(self.warehouse.query(sql, dry=False), words)
        raise WarehouseError(f"Not found: {'/'.join((dataset, *inside))}", "notFound", 404)

    def _insert(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take a job; the work is done at once, unless it is to be endless."""
        configuration = body["configuration"]
        query, dry = configuration["query"], bool(configuration.get("dryRun"))
        job = Job(str(query["query"]), dry, most_of(query), None, labels=labels_of(configuration))
        patience = int(configuration.get("jobTimeoutMs", 0))
        job = replace(
            job, patience=patience, id=self._free(str(body.get("jobReference", {}).get("jobId", "")))
        )
        if self.endless and not dry:
            self.jobs.append(job)
            self._at_work[job.id] = query
            number = len(self.jobs) - 1
        else:
            number = self._ask(query, job)
        return self._describe(number) | {"configuration": configuration}

    def _free(self, name: str) -> str:
        """The id of a new job, which must be free."""
        if name and any(job.id == name for job in self.jobs):
            raise WarehouseError(f"Already Exists: Job {self.project}:EU.{name}", "duplicate", 409)
        return name or f"job-{len(self.jobs)}"

    def _number(self, name: str) -> int:
        """Which job has a name; one that may end by now is done."""
        number = next((at for at, job in enumerate(self.jobs) if job.id == name), None)
        if number is None:
            raise WarehouseError(f"Not found: Job {self.project}:EU.{name}", "notFound", 404)
        if name in self._at_work and not self.endless:
            job, query = self.jobs[number], self._at_work.pop(name)
            try:
                self.jobs[number] = replace(job, answer=self._answered(query, job))
            except WarehouseError as error:
                self.jobs[number] = replace(job, error=error)
        return number

    def _cancel(self, name: str) -> dict[str, Any]:
        """End a job, if it is still at work."""
        number = self._number(name)
        self.cancelled.append(name)
        if self._at_work.pop(name, None) is not None:
            stopped = WarehouseError("Job execution was cancelled: User requested cancellation", "stopped")
            self.jobs[number] = replace(self.jobs[number], error=stopped)
        return {"kind": "bigquery#jobCancelResponse", "job": self._describe(number)}

    def _ask(self, query: Mapping[str, Any], job: Job) -> int:
        """Run a query and keep it; a query that cannot run is refused, one that is too dear becomes a failed job."""
        try:
            self.jobs.append(replace(job, answer=self._answered(query, job)))
        except WarehouseError as error:
            self.jobs.append(replace(job, error=error))
            if job.dry or error.reason != "bytesBilledLimitExceeded":
                raise
        return len(self.jobs) - 1

    def _answered(self, query: Mapping[str, Any], job: Job) -> Answer:
        """Run a query."""
        cache = bool(query.get("useQueryCache", True))
        return self.models.query(job.statement, dry=job.dry, most=job.most, cache=cache)

    def _describe(self, number: int) -> dict[str, Any]:
        """A job as ``jobs.get`` shows it."""
        job = self.jobs[number]
        status: dict[str, Any] = {"state": "RUNNING" if job.id in self._at_work else "DONE"}
        query: dict[str, Any] = {"statementType": "SELECT"}
        if job.error is not None:
            status["errorResult"] = {"reason": job.error.reason, "message": str(job.error)}
        if job.answer is not None:
            query |= {
                "totalBytesProcessed": str(job.answer.processed),
                "totalBytesBilled": str(0 if job.dry else job.answer.billed),
                "cacheHit": job.answer.cached,
                "schema": {"fields": job.answer.schema},
                "referencedTables": [
                    self._reference(table.dataset, table.name) for table in job.answer.tables
                ],
            }
        processed = query.get("totalBytesProcessed", "0")
        reference = {"projectId": self.project, "location": "EU"} | ({} if job.dry else {"jobId": job.id})
        return {
            "kind": "bigquery#job",
            "id": f"{self.project}:EU.{job.id}",
            "jobReference": reference,
            "configuration": {"query": {"query": job.statement}, "dryRun": job.dry, "jobType": "QUERY"},
            "status": status,
            "statistics": {"creationTime": "0", "totalBytesProcessed": processed, "query": query},
        }

    def _results(self, number: int, words: Mapping[str, str]) -> dict[str, Any]:
        """A page of a job's rows."""
        job = self.jobs[number]
        reference = {"projectId": self.project, "jobId": job.id, "location": "EU"}
        if job.id in self._at_work:
            return {"jobComplete": False, "jobReference": reference}
        if job.answer is None:
            assert job.error is not None
            raise job.error
        return {
            "kind": "bigquery#getQueryResultsResponse",
            "jobComplete": True,
            "jobReference": reference,
            "schema": {"fields": job.answer.schema},
            "totalBytesProcessed": str(job.answer.processed),
            "cacheHit": job.answer.cached,
            **page_of(job.answer, words),
        }

    def _location(self, dataset: str) -> str:
        """Where a data set lies; empty when there is none."""
        known = {inside: "EU" for inside, _ in self.warehouse.tables} | self.datasets
        return known.get(dataset, "")

    def _model(self, method: str, dataset: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Show, label or delete a model."""
        model = self.models.models[dataset, name]
        if method == "DELETE":
            del self.models.models[dataset, name]
            return {}
        if method == "PATCH":
            model.labels |= labels_of(body)
        reference = {"projectId": self.project, "datasetId": dataset, "modelId": name}
        return {"modelReference": reference, "location": self._location(dataset), **model.described()}

    def _table(self, dataset: str, name: str) -> dict[str, Any]:
        """A table as ``tables.get`` shows it."""
        table = self.warehouse.tables.get((dataset, name))
        if table is None:
            raise WarehouseError(f"Not found: Table {self.project}:{dataset}.{name}", "notFound", 404)
        rows, size = self.warehouse.size(table)
        shown: dict[str, Any] = {
            "kind": "bigquery#table",
            "tableReference": self._reference(dataset, name),
            "schema": {"fields": self.warehouse.schema(table)},
            "numRows": str(rows),
            "numBytes": str(size),
            "type": "TABLE",
            "location": "EU",
        }
        if table.partition:
            shown["timePartitioning"] = {"type": "DAY", "field": table.partition}
            shown["requirePartitionFilter"] = table.filtered
        return shown

    def _reference(self, dataset: str, name: str) -> dict[str, str]:
        """How a table is named."""
        return {"projectId": self.project, "datasetId": dataset, "tableId": name}


class _Handler(BaseHTTPRequestHandler):
    """HTTP around an emulator."""

    server_of: BigQueryEmulator
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a request without a body."""
        self._reply("GET", {})

    def do_DELETE(self) -> None:
        """Answer a deletion."""
        self._reply("DELETE", {})

    def do_PATCH(self) -> None:
        """Answer a change."""
        self._with_body("PATCH")

    def do_POST(self) -> None:
        """Answer a request with a body."""
        self._with_body("POST")

    def do_PUT(self) -> None:
        """Answer the bytes of an upload."""
        self._with_body("PUT")

    def _with_body(self, method: str) -> None:
        """Answer a request with a body, packed or not."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        if self.path.startswith("/upload/"):
            self._uploaded(method, raw)
        else:
            self._reply(method, json.loads(raw or b"{}"))

    def _uploaded(self, method: str, raw: bytes) -> None:
        """Answer a request of an upload."""
        words = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
        told = raw.decode() if method == "POST" else ""
        self._answered(
            f"{method} {unquote(self.path)} {told}", lambda: self.server_of.upload(method, words, raw)
        )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives
        """Keep quiet."""

    def _reply(self, method: str, body: Mapping[str, Any]) -> None:
        """Answer in JSON."""
        parts = urlsplit(self.path)
        words = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        request = f"{method} {unquote(self.path)} {json.dumps(body)}"
        self._answered(request, lambda: (self.server_of.answer(method, parts.path, words, body), ""))

    def _answered(self, request: str, work: Callable[[], tuple[dict[str, Any], str]]) -> None:
        """Do the work unless something is to go wrong, and send what comes of it."""
        status, place = 200, ""
        reply: dict[str, Any] = {}
        refusal = self.server_of.refusals.due(request)
        try:
            if refusal is None or refusal.done:
                reply, place = work()
        except WarehouseError as error:
            refusal = Refusal("", error.status, error.reason, str(error))
        if refusal is not None and not refusal.status:
            self.close_connection = True
            return
        if refusal is not None:
            status, reply = refusal.status, refusal.document()
        raw = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(raw)))
        if place:
            self.send_header("Location", place)
        self.end_headers()
        self.wfile.write(raw)
