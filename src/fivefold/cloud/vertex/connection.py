"""One request to Google's REST services: shown a token, tried again where that helps, and refused in one clear error."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fivefold.cloud.vertex.credentials import Anonymous, GoogleTokens
from fivefold.cloud.vertex.refusals import lost, refused
from fivefold.core.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.cloud.vertex.credentials import Tokens

__all__ = ["EMULATOR", "LOCATION", "PROJECT", "Asking", "Connection", "Patience", "emulator_address"]

EMULATOR = "VERTEX_EMULATOR_HOST"
"""Environment variable with the address of a server that stands for Google's, which is asked without credentials."""
LOCATION = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")
"""A region and nothing else: it becomes a part of the host's name that the access token is sent to."""
PROJECT = re.compile(r"[a-z0-9][a-z0-9.:-]*[a-z0-9]")
_AGAIN = {429, 500, 502, 503, 504}
_STORAGE = "https://storage.googleapis.com"


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and after what pauses something is tried again.

    Attributes
    ----------
    tries : int
    pause : float
        Seconds before the second try; each further pause is twice as long.
    longest : float
        Seconds that a pause has at most.
    answer : float
        Seconds to wait for an answer.
    """

    tries: int = 5
    pause: float = 1.0
    longest: float = 20.0
    answer: float = 60.0

    def before(self, attempt: int) -> float:
        """Seconds before a try, counted from 1."""
        return min(self.pause * 2.0 ** (attempt - 1), self.longest)


@dataclass(frozen=True, slots=True)
class Asking:
    """A request.

    Attributes
    ----------
    purpose : str
        What it is for, as an error will say: ``create the endpoint 'shop'``.
    method, path : str
    body : dict or bytes or None
    words : dict of str to str
        What stands behind the path.
    again : bool
        Whether it may be sent again when nobody knows whether it was done.
    tries : int or None
        How often it is tried; None for as often as the connection's patience says.
    """

    purpose: str
    method: str
    path: str
    body: dict[str, Any] | bytes | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    again: bool = True
    tries: int | None = None


class Connection:
    """Connections to Vertex AI and to Cloud Storage.

    Parameters
    ----------
    vertex, storage : str
        Addresses of the two services.
    tokens : Tokens
    patience : Patience

    Raises
    ------
    MissingExtraError
        When the libraries are not installed.
    """

    def __init__(self, vertex: str, storage: str, tokens: Tokens, patience: Patience | None = None) -> None:
        try:
            import requests
        except ImportError as error:
            raise MissingExtraError(
                "Vertex AI needs a library that is not installed",
                seen=f"no module {error.name}",
                todo='pip install "fivefold[vertex]"',
            ) from error
        self.vertex = vertex
        self.storage = storage
        self._tokens = tokens
        self._patience = patience or Patience()
        self._session: Any = requests.Session()

    @classmethod
    def to(cls, project: str, location: str, patience: Patience | None = None) -> Connection:
        """Return the connections for a project and a location; to the emulator where the environment names one."""
        emulator = emulator_address()
        if emulator:
            return cls(emulator, emulator, Anonymous(), patience)
        vertex = f"https://{location}-aiplatform.googleapis.com"
        return cls(vertex, _STORAGE, GoogleTokens(project), patience)

    def ask(self, asking: Asking) -> dict[str, Any]:
        """Ask Vertex AI.

        Raises
        ------
        VertexError
            When it refuses, or cannot be reached.
        """
        return self._ask(self.vertex, asking)

    def ask_storage(self, asking: Asking) -> dict[str, Any]:
        """Ask Cloud Storage.

        Raises
        ------
        VertexError
            When it refuses, or cannot be reached.
        """
        return self._ask(self.storage, asking)

    def fetch(self, asking: Asking) -> bytes:
        """Return what Cloud Storage holds.

        Raises
        ------
        VertexError
            When it refuses, or cannot be reached.
        """
        content: bytes = self._reply(self.storage, asking).content
        return content

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def _ask(self, host: str, asking: Asking) -> dict[str, Any]:
        """Ask for a document."""
        return _document(self._reply(host, asking))

    def _reply(self, host: str, asking: Asking) -> Any:
        """Ask until there is an answer, or no more patience."""
        renewed, attempt = False, 0
        while True:
            attempt += 1
            last = attempt >= (asking.tries or self._patience.tries)
            reply = self._try(host, asking, renewed=renewed, last=last)
            if reply is None:
                time.sleep(self._patience.before(attempt))
                continue
            if reply.status_code == 401 and not renewed:
                renewed = True  # it may have expired on the way; a new one is shown once
                continue
            if reply.status_code in _AGAIN and not last:
                time.sleep(self._patience.before(attempt))
                continue
            if reply.status_code >= 400:
                raise refused(asking.purpose, reply.status_code, _document(reply))
            return reply

    def _try(self, host: str, asking: Asking, *, renewed: bool, last: bool) -> Any:
        """Ask once; None where nothing came back and it may be asked again."""
        import requests

        shown = self._tokens.headers(renewed=renewed)
        raw = isinstance(asking.body, bytes)
        try:
            return self._session.request(
                asking.method,
                host + asking.path,
                params=dict(asking.words),
                data=asking.body if raw else None,
                json=None if raw else asking.body,
                headers=shown,
                timeout=self._patience.answer,
            )
        except requests.RequestException as error:
            # What was never sent may be sent again; so may what does no harm twice.
            unsent = isinstance(error, requests.ConnectTimeout) or "NewConnectionError" in repr(error)
            if not last and (asking.again or unsent):
                return None
            raise lost(asking.purpose, f"{type(error).__name__}", sent=not unsent) from error


def emulator_address() -> str:
    """Return the address of the emulator that the environment names; empty where it names none."""
    named = os.environ.get(EMULATOR, "").rstrip("/")
    return named if "://" in named or not named else f"http://{named}"


def _document(reply: Any) -> dict[str, Any]:
    """Read an answer; an empty one, or one that is no JSON object, says nothing."""
    try:
        answer = reply.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
