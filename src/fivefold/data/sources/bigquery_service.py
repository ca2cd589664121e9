"""BigQuery's REST service: the few verbs that an extract needs; rows come as the text in which the service sends them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fivefold.core.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BigQueryService", "ServiceError"]

_HOST = "https://bigquery.googleapis.com"
_EMULATOR = "BIGQUERY_EMULATOR_HOST"
_SCOPES = ("https://www.googleapis.com/auth/bigquery",)
_PATIENCE = 60.0
_LONGEST_JOB = 1800.0
_WAIT_MS = 10_000
_PAGE_ROWS = 50_000
_AGAIN = {429, 500, 502, 503, 504}
_TRIES = 4


class ServiceError(Exception):
    """What the service refuses.

    Attributes
    ----------
    status : int
        Of HTTP.
    reason : str
        Such as ``notFound``, ``accessDenied`` or ``bytesBilledLimitExceeded``.
    """

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class BigQueryService:
    """The service as one project sees it.

    Parameters
    ----------
    project : str
        Pays for the queries.

    Raises
    ------
    MissingExtraError
        When the libraries are not installed.
    InputError
        When this machine has no credentials of Google's.
    """

    def __init__(self, project: str) -> None:
        self.project = project
        emulator = os.environ.get(_EMULATOR, "")
        self._host = (emulator if "://" in emulator else f"http://{emulator}") if emulator else _HOST
        self._session = _session(project, anonymous=bool(emulator))

    def table(self, project: str, dataset: str, name: str) -> dict[str, Any]:
        """What is known about a table."""
        return self._ask("GET", f"{project}/datasets/{dataset}/tables/{name}")

    def tables(self, project: str, dataset: str) -> list[str]:
        """Names of a data set's tables, at most 1,000."""
        found = self._ask("GET", f"{project}/datasets/{dataset}/tables", maxResults=1000)
        return [one["tableReference"]["tableId"] for one in found.get("tables", ())]

    def try_out(self, statement: str) -> dict[str, Any]:
        """Statistics of a query that is not run: bytes, tables and schema; this costs nothing."""
        body = {"configuration": {"dryRun": True, "query": _query(statement)}}
        statistics: dict[str, Any] = self._ask("POST", f"{self.project}/jobs", body)["statistics"]
        return statistics

    def run(self, statement: str, most_bytes: int) -> dict[str, Any]:
        """Start a query under a hard cap; return the job's reference."""
        configuration = {
            "query": _query(statement) | {"maximumBytesBilled": str(most_bytes)},
            "jobTimeoutMs": str(int(_LONGEST_JOB * 1000)),
            "labels": {"made_by": "fivefold"},
        }
        job = self._ask("POST", f"{self.project}/jobs", {"configuration": configuration})
        reference: dict[str, Any] = job["jobReference"]
        return reference

    def rows(self, job: dict[str, Any]) -> Iterator[list[Any]]:
        """Rows of a job, page by page, once it is done."""
        until = time.monotonic() + _LONGEST_JOB
        token = ""
        while True:
            words = {"maxResults": _PAGE_ROWS, "timeoutMs": _WAIT_MS, "location": job.get("location", "")}
            words |= {"pageToken": token, "formatOptions.useInt64Timestamp": "true"}
            page = self._ask("GET", f"{self.project}/queries/{job['jobId']}", **words)
            if not page.get("jobComplete"):
                if time.monotonic() > until:
                    raise ServiceError("The query did not end in time", 504, "timeout")
                continue
            for row in page.get("rows", ()):
                yield [cell["v"] for cell in row["f"]]
            token = page.get("pageToken", "")
            if not token:
                return

    def billed(self, job: dict[str, Any]) -> int:
        """Bytes that a job was billed for."""
        found = self._ask("GET", f"{self.project}/jobs/{job['jobId']}", location=job.get("location", ""))
        return int(found["statistics"].get("query", {}).get("totalBytesBilled", 0))

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, **words: object
    ) -> dict[str, Any]:
        """One request; what may pass by itself is tried again."""
        import requests
        from google.auth.exceptions import GoogleAuthError

        address = f"{self._host}/bigquery/v2/projects/{quote(path, safe='/')}"
        parameters = {name: str(value) for name, value in words.items() if value != ""}
        reply: Any = None
        for attempt in range(1, _TRIES + 1):
            try:
                reply = self._session.request(
                    method, address, params=parameters, json=body, timeout=_PATIENCE
                )
            except (requests.RequestException, GoogleAuthError) as error:
                message = f"{type(error).__name__}: the service cannot be reached"
                raise ServiceError(message, 0, "unreachable") from error
            # A query may have been taken although its answer was lost: it is not asked for twice.
            if reply.status_code not in _AGAIN or attempt == _TRIES or (body and reply.status_code == 504):
                break
            time.sleep(2.0**attempt / 2)
        try:
            answer: dict[str, Any] = reply.json()
        except ValueError:
            answer = {}
        if reply.status_code >= 400:
            told = answer.get("error", {})
            reasons = [one.get("reason", "") for one in told.get("errors", ())]
            raise ServiceError(
                str(told.get("message", reply.reason)), reply.status_code, (reasons or [""])[0]
            )
        return answer


def _query(statement: str) -> dict[str, Any]:
    """A query in GoogleSQL; an answer that the service still has is taken, since it costs nothing."""
    return {"query": statement, "useLegacySql": False, "useQueryCache": True}


def _session(project: str, *, anonymous: bool) -> Any:
    """A session that logs in by itself."""
    try:
        import google.auth
        import requests
        from google.auth.exceptions import DefaultCredentialsError
        from google.auth.transport.requests import AuthorizedSession
    except ImportError as error:
        raise MissingExtraError(
            "Reading from BigQuery needs a library that is not installed",
            seen=f"no module {error.name}",
            todo='pip install "fivefold[bigquery]"',
        ) from error
    if anonymous:
        return requests.Session()
    try:
        credentials, _ = google.auth.default(scopes=_SCOPES, quota_project_id=project)
    except DefaultCredentialsError:
        raise InputError(
            "BigQuery does not let you in",
            seen="none that can be used",
            expected="credentials of Google's on this machine",
            todo="gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS",
        ) from None
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
