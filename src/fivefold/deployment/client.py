"""A small HTTP client for a service on this machine: one connection that stays open, JSON both ways."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import orjson

from fivefold.core.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

__all__ = ["Client", "Reply", "says_ready"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes
    ----------
    status : int
    body : bytes
    """

    status: int
    body: bytes

    def json(self) -> Any:
        """Read the body; None when it is no JSON."""
        with contextlib.suppress(orjson.JSONDecodeError):
            return orjson.loads(self.body)
        return None


class Client:
    """Talks to one address.

    Parameters
    ----------
    address : str
        For example ``http://127.0.0.1:8080``.
    timeout : float
        Seconds to wait for an answer.
    token : str
        Is shown with every request; none if empty.
    """

    def __init__(self, address: str, *, timeout: float, token: str = "") -> None:
        parts = urlsplit(address)
        self._address = address
        self._base = parts.path.rstrip("/")
        self._shown = {"authorization": f"Bearer {token}"} if token else {}
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def get(self, path: str) -> Reply:
        """Ask for a page.

        Raises
        ------
        StepError
            When nothing, or no HTTP, comes back.
        """
        return self._ask("GET", path, None, {})

    def post(self, path: str, document: object, headers: Mapping[str, str] | None = None) -> Reply:
        """Send a document as JSON.

        Raises
        ------
        StepError
            When nothing, or no HTTP, comes back.
        """
        return self.send(path, orjson.dumps(document), headers)

    def send(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """Send bytes that are JSON, unless the headers say otherwise.

        Raises
        ------
        StepError
            When nothing, or no HTTP, comes back.
        """
        return self._ask("POST", path, body, {"content-type": "application/json", **(headers or {})})

    def begin(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Send a request and return when all of it is on its way; :meth:`finish` reads the reply.

        Raises
        ------
        StepError
            When it cannot be sent.
        """
        with self._telling(f"POST {path}"):
            shown = {**self._shown, "content-type": "application/json", **(headers or {})}
            self._connection.request("POST", self._base + path, body, shown)

    def finish(self) -> Reply:
        """Read the whole reply to what was begun.

        Raises
        ------
        StepError
            When nothing, or no HTTP, comes back.
        """
        with self._telling("what was sent"), self._connection.getresponse() as response:
            return Reply(response.status, response.read())

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Send one request and read the whole reply."""
        with self._telling(f"{method} {path}"):
            self._connection.request(method, self._base + path, body, {**self._shown, **headers})
            with self._connection.getresponse() as response:
                return Reply(response.status, response.read())

    @contextlib.contextmanager
    def _telling(self, request: str) -> Iterator[None]:
        """Say what was asked of a service that does not answer."""
        try:
            yield
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise StepError(
                f"The service at {self._address} does not answer",
                seen=f"{type(error).__name__}: {error}",
                expected=f"a reply to {request}",
                todo="look into its output, live/service.log in the run's folder",
            ) from error


def says_ready(address: str, *, timeout: float) -> bool:
    """Whether the service at an address says that it is ready."""
    try:
        with Client(address, timeout=timeout) as client:
            return client.get("/readyz").status == 200
    except StepError:
        return False
