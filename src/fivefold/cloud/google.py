"""Google's services over REST: a session that logs in by itself, and requests of which what may pass by itself is tried again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from fivefold.core.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GoogleRest", "ServiceError"]

_PATIENCE = 60.0
_AGAIN = {429, 500, 502, 503, 504}
_TRIES = 4


class ServiceError(Exception):
    """What a service refuses.

    Attributes
    ----------
    status : int
        Of HTTP; 0 when it cannot be reached.
    reason : str
        Such as ``notFound``, ``accessDenied`` or ``bytesBilledLimitExceeded``.
    """

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class GoogleRest:
    """One host of Google's, or what stands for it on this machine.

    Parameters
    ----------
    host : str
        Such as ``https://bigquery.googleapis.com``.
    emulator : str
        Address of an emulator, with or without ``http://``; it is asked without credentials. Empty for none.
    project : str
        Pays.
    scopes : tuple of str
        What the session is for.

    Raises
    ------
    MissingExtraError
        When the libraries are not installed.
    InputError
        When this machine has no credentials of Google's.
    """

    def __init__(self, host: str, emulator: str, project: str, scopes: tuple[str, ...]) -> None:
        self.host = (emulator if "://" in emulator else f"http://{emulator}") if emulator else host
        self._session = _session(project, scopes, anonymous=bool(emulator))

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        words: Mapping[str, object] | None = None,
        body: Mapping[str, Any] | None = None,
        data: bytes | None = None,
        patience: float = _PATIENCE,
    ) -> dict[str, Any]:
        """Send one request; what may pass by itself is tried again.

        Parameters
        ----------
        method, path : str
            The path is quoted already.
        words : mapping of str to object, optional
            What stands behind the question mark; empty texts are left out.
        body : mapping, optional
            Sent as JSON. It may start work, which is not asked for twice when only the answer was lost.
        data : bytes, optional
            Sent as it is.
        patience : float
            Seconds to wait for an answer.

        Raises
        ------
        ServiceError
            When the service refuses it, or cannot be reached.
        """
        parameters = {name: str(value) for name, value in (words or {}).items() if value != ""}
        sent: dict[str, Any] = {"params": parameters, "timeout": patience, "json": body}
        if data is not None:
            sent |= {"data": data, "headers": {"Content-Type": "application/octet-stream"}}
        return _answer(self._tried(method, self.host + path, sent))

    def upload(self, path: str, body: Mapping[str, Any], data: bytes, patience: float) -> dict[str, Any]:
        """Say what comes, and send it in one piece to the place that the service then names.

        Parameters
        ----------
        path : str
            Quoted already.
        body : mapping
            What is to be done with the data.
        data : bytes
        patience : float
            Seconds that sending may take.

        Raises
        ------
        ServiceError
            When the service refuses it, or cannot be reached.
        """
        kind = {
            "X-Upload-Content-Type": "application/octet-stream",
            "X-Upload-Content-Length": str(len(data)),
        }
        opened: dict[str, Any] = {"params": {"uploadType": "resumable"}, "timeout": _PATIENCE, "json": body}
        reply = self._tried("POST", self.host + path, opened | {"headers": kind})
        _answer(reply)
        sent = {"data": data, "timeout": patience, "json": None}
        return _answer(self._tried("PUT", reply.headers.get("Location", ""), sent))

    def _tried(self, method: str, address: str, sent: dict[str, Any]) -> Any:
        """One request, tried again as long as what is wrong may pass by itself."""
        import requests
        from google.auth.exceptions import GoogleAuthError, RefreshError

        reply: Any = None
        for attempt in range(1, _TRIES + 1):
            try:
                reply = self._session.request(method, address, **sent)
            except RefreshError as error:
                message = "The credentials of this machine are no longer valid"
                raise ServiceError(message, 401, "expired") from error
            except (requests.RequestException, GoogleAuthError) as error:
                message = f"{type(error).__name__}: the service cannot be reached"
                raise ServiceError(message, 0, "unreachable") from error
            # What may have begun is not asked for twice when only the answer was lost.
            begun = sent.get("json") and reply.status_code == 504
            if reply.status_code not in _AGAIN or attempt == _TRIES or begun:
                break
            time.sleep(2.0**attempt / 2)
        return reply


def _answer(reply: Any) -> dict[str, Any]:
    """The JSON of a reply, or the refusal that it is."""
    try:
        answer = reply.json()
    except ValueError:
        answer = {}
    if reply.status_code >= 400:
        told = answer.get("error", {}) if isinstance(answer, dict) else {}
        reasons = [one.get("reason", "") for one in told.get("errors", ())]
        raise ServiceError(str(told.get("message", reply.reason)), reply.status_code, (reasons or [""])[0])
    return answer if isinstance(answer, dict) else {}


def _session(project: str, scopes: tuple[str, ...], *, anonymous: bool) -> Any:
    """A session that logs in by itself."""
    try:
        import google.auth
        import requests
        from google.auth.exceptions import DefaultCredentialsError
        from google.auth.transport.requests import AuthorizedSession
    except ImportError as error:
        raise MissingExtraError(
            "BigQuery and Cloud Storage need a library that is not installed",
            seen=f"no module {error.name}",
            todo='pip install "fivefold[bigquery]"',
        ) from error
    if anonymous:
        return requests.Session()
    try:
        credentials, _ = google.auth.default(scopes=list(scopes), quota_project_id=project)
    except DefaultCredentialsError:
        raise InputError(
            "Google's services do not let you in",
            seen="no credentials that can be used",
            expected="credentials of Google's on this machine",
            todo="gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS",
        ) from None
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]  # google-auth has no types
