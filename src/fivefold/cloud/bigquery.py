"""BigQuery's REST service: the few verbs that are needed; rows come as the text in which the service sends them."""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fivefold.cloud.credentials import Anonymous, GoogleTokens
from fivefold.cloud.google import GoogleRest, ServiceError, at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fivefold.cloud.names import Name

__all__ = ["BigQueryService", "ServiceError"]

_HOST = "https://bigquery.googleapis.com"
_EMULATOR = "BIGQUERY_EMULATOR_HOST"
_SCOPE = "https://www.googleapis.com/auth/bigquery"
_EXTRA = "bigquery"
_LONGEST_JOB = 1800.0
_WAIT_MS = 10_000
_PAGE_ROWS = 50_000
_POLL = 0.5
_GIVING_UP = 60.0
"""Seconds that a job is given to end after it was asked to."""


class BigQueryService:
    """The service as one project sees it.

    Parameters
    ----------
    project : str
        Pays for the queries.
    scopes : tuple of str
        What else the credentials are asked for: a model is imported with them from Cloud Storage.

    Raises
    ------
    MissingExtraError
        When the libraries are not installed.
    InputError
        When this machine has no credentials of Google's.
    """

    def __init__(self, project: str, scopes: tuple[str, ...] = ()) -> None:
        self.project = project
        emulator = at(os.environ.get(_EMULATOR, ""))
        tokens = Anonymous() if emulator else GoogleTokens(project, (_SCOPE, *scopes), _EXTRA)
        self._rest = GoogleRest(emulator or _HOST, tokens, extra=_EXTRA)

    def dataset(self, project: str, dataset: str) -> dict[str, Any]:
        """What is known about a data set."""
        return self._ask("GET", f"{project}/datasets/{dataset}")

    def table(self, project: str, dataset: str, name: str) -> dict[str, Any]:
        """What is known about a table."""
        return self._ask("GET", f"{project}/datasets/{dataset}/tables/{name}")

    def tables(self, project: str, dataset: str) -> list[str]:
        """Names of a data set's tables, at most 1,000."""
        found = self._ask("GET", f"{project}/datasets/{dataset}/tables", maxResults=1000)
        return [one["tableReference"]["tableId"] for one in found.get("tables", ())]

    def model(self, project: str, dataset: str, name: str) -> dict[str, Any] | None:
        """What is known about a model; None when there is none."""
        try:
            return self._ask("GET", f"{project}/datasets/{dataset}/models/{name}")
        except ServiceError as error:
            if error.status != 404:
                raise
            return None

    def label_model(self, project: str, dataset: str, name: str, labels: Mapping[str, str]) -> None:
        """Write labels to a model."""
        self._ask("PATCH", f"{project}/datasets/{dataset}/models/{name}", {"labels": dict(labels)})

    def delete_model(self, project: str, dataset: str, name: str) -> bool:
        """Delete a model; return whether there was one."""
        try:
            self._ask("DELETE", f"{project}/datasets/{dataset}/models/{name}")
        except ServiceError as error:
            if error.status != 404:
                raise
            return False
        return True

    def delete_table(self, project: str, dataset: str, name: str) -> bool:
        """Delete a table; return whether there was one."""
        try:
            self._ask("DELETE", f"{project}/datasets/{dataset}/tables/{name}")
        except ServiceError as error:
            if error.status != 404:
                raise
            return False
        return True

    def name_job(self, location: str = "") -> dict[str, str]:
        """Name a job that is about to be asked for, so that it is one job however often it is asked for.

        Parameters
        ----------
        location : str
            Of the data that it works on; the service finds that out itself if it is not told, but a lost job is found by it.
        """
        named = {"projectId": self.project, "jobId": f"fivefold_{uuid.uuid4().hex}"}
        return named | ({"location": location} if location else {})

    def load(
        self,
        table: Name,
        parquet: bytes,
        reference: Mapping[str, str],
        seconds: float,
        labels: Mapping[str, str],
    ) -> None:
        """Fill a table from a Parquet file, in place of what is in it; this costs nothing.

        Parameters
        ----------
        table : Name
        parquet : bytes
        reference : mapping of str to str
            Of the job, as :meth:`name_job` gives it.
        seconds : float
            What sending and loading may take.
        labels : mapping of str to str

        Raises
        ------
        ServiceError
            When it is refused, or does not end in time; it is then asked to end.
        """
        until = time.monotonic() + seconds
        into = {"projectId": table.project, "datasetId": table.dataset, "tableId": table.part}
        load = {"destinationTable": into, "sourceFormat": "PARQUET", "writeDisposition": "WRITE_TRUNCATE"}
        configuration = {"load": load, "labels": {"made_by": "fivefold", **labels}}
        body = {"jobReference": dict(reference), "configuration": configuration}
        path = f"/upload/bigquery/v2/projects/{quote(self.project, safe='')}/jobs"
        try:
            job = self._rest.upload(path, body, parquet, max(1.0, seconds))
        except ServiceError as error:
            job = self._begun(reference, error)
        while job["status"]["state"] != "DONE":
            if time.monotonic() > until:
                self.cancel(job["jobReference"])
                message = f"Loading {table} did not end in time"
                raise ServiceError(message, 504, "timeout")
            time.sleep(_POLL)
            job = self._found(job["jobReference"])
        refused = job["status"].get("errorResult")
        if refused:
            raise ServiceError(str(refused.get("message", "")), 400, str(refused.get("reason", "")))

    def try_out(self, statement: str) -> dict[str, Any]:
        """Statistics of a query that is not run: bytes, tables and schema; this costs nothing."""
        body = {"configuration": {"dryRun": True, "query": _query(statement)}}
        statistics: dict[str, Any] = self._ask("POST", f"{self.project}/jobs", body)["statistics"]
        return statistics

    def run(
        self,
        statement: str,
        most_bytes: int,
        *,
        seconds: float = _LONGEST_JOB,
        labels: Mapping[str, str] | None = None,
        reference: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Start a query under a hard cap of bytes and of time; return the job's reference.

        It is begun, and billed, once, even where the answer is lost and it is asked for again: it has a name of ours.
        """
        named = dict(reference or self.name_job())
        configuration = {
            "query": _query(statement) | {"maximumBytesBilled": str(most_bytes)},
            "jobTimeoutMs": str(max(1, int(seconds * 1000))),
            "labels": {"made_by": "fivefold", **(labels or {})},
        }
        try:
            body = {"jobReference": named, "configuration": configuration}
            job = self._rest.ask("POST", self._path(f"{self.project}/jobs"), body=body, again=False)
        except ServiceError as error:
            job = self._begun(named, error)
        known: dict[str, Any] = job["jobReference"]
        return known

    def rows(self, job: Mapping[str, Any], seconds: float = _LONGEST_JOB) -> Iterator[list[Any]]:
        """Rows of a job, page by page, once it is done, which it must be within so many seconds."""
        until = time.monotonic() + seconds
        token = ""
        while True:
            patience = max(1, min(_WAIT_MS, int((until - time.monotonic()) * 1000)))
            words = {"maxResults": _PAGE_ROWS, "timeoutMs": patience, "location": job.get("location", "")}
            words |= {"pageToken": token, "formatOptions.useInt64Timestamp": "true"}
            page = self._ask("GET", f"{self.project}/queries/{job['jobId']}", **words)
            if not page.get("jobComplete"):
                if time.monotonic() > until:
                    message = f"The job {job['jobId']} did not end in time"
                    raise ServiceError(message, 504, "timeout")
                continue
            for row in page.get("rows", ()):
                yield [cell["v"] for cell in row["f"]]
            token = page.get("pageToken", "")
            if not token:
                return

    def billed(self, job: Mapping[str, Any]) -> int:
        """Bytes that a job was billed for."""
        found = self._found(job)
        return int(found["statistics"].get("query", {}).get("totalBytesBilled", 0))

    def cancel(self, job: Mapping[str, Any]) -> None:
        """Ask for the end of a job."""
        where = {"location": job.get("location", "")}
        self._ask("POST", f"{self.project}/jobs/{job['jobId']}/cancel", **where)

    def job(self, job: Mapping[str, Any]) -> dict[str, Any] | None:
        """What is known about a job; None when it was never begun."""
        try:
            return self._found(job)
        except ServiceError as error:
            if error.status != 404:
                raise
            return None

    def give_up(self, job: Mapping[str, Any]) -> None:
        """See to it that a job is over, so that nothing comes of it any more.

        Raises
        ------
        ServiceError
            When it goes on all the same.
        """
        until, found = time.monotonic() + _GIVING_UP, self.job(job)
        if found is not None and found["status"]["state"] != "DONE":
            self.cancel(job)
        while found is not None and found["status"]["state"] != "DONE":
            if time.monotonic() > until:
                message = f"The job {job['jobId']} does not end although it was asked to"
                raise ServiceError(message, 504, "timeout")
            found = self.job(job)
            time.sleep(_POLL if found and found["status"]["state"] != "DONE" else 0.0)

    def _begun(self, reference: Mapping[str, str], error: ServiceError) -> dict[str, Any]:
        """The job that was begun although its answer was lost, or by an earlier ask; otherwise the error stands."""
        if error.status in {0, 409} or error.status >= 500:
            with contextlib.suppress(ServiceError):
                return self._found(reference)
        raise error

    def _found(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """What is known about a job."""
        return self._ask("GET", f"{self.project}/jobs/{job['jobId']}", location=job.get("location", ""))

    def close(self) -> None:
        """Let go of the connections."""
        self._rest.close()

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, **words: object
    ) -> dict[str, Any]:
        """One request that does no harm twice."""
        return self._rest.ask(method, self._path(path), words=words, body=body)

    @staticmethod
    def _path(path: str) -> str:
        """Path of what belongs to a project."""
        return f"/bigquery/v2/projects/{quote(path, safe='/')}"


def _query(statement: str) -> dict[str, Any]:
    """A query in GoogleSQL; an answer that the service still has is taken, since it costs nothing."""
    return {"query": statement, "useLegacySql": False, "useQueryCache": True}
