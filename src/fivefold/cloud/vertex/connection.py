"""Connections to Vertex AI and to the Cloud Storage beside it; what they refuse is one clear error each."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fivefold.cloud.credentials import Anonymous, GoogleTokens
from fivefold.cloud.google import GoogleRest, Patience, ServiceError, at
from fivefold.cloud.storage import STORAGE_HOST, StorageService
from fivefold.cloud.vertex.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fivefold.cloud.credentials import Tokens

__all__ = [
    "EMULATOR",
    "LOCATION",
    "PROJECT",
    "Asking",
    "Connection",
    "Patience",
    "emulator_address",
    "told",
]

EMULATOR = "VERTEX_EMULATOR_HOST"
"""Environment variable with the address of a server that stands for Google's, which is asked without credentials."""
LOCATION = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")
"""A region and nothing else: it becomes a part of the host's name that the access token is sent to."""
PROJECT = re.compile(r"[a-z0-9][a-z0-9.:-]*[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Asking:
    """A request.

    Attributes
    ----------
    purpose : str
        What it is for, as an error will say: ``create the endpoint 'shop'``.
    method, path : str
    body : dict or None
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
    body: dict[str, Any] | None = None
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
    patience : Patience, optional

    Attributes
    ----------
    vertex : str
    storage : StorageService

    Raises
    ------
    MissingExtraError
        When the libraries are not installed.
    """

    def __init__(self, vertex: str, storage: str, tokens: Tokens, patience: Patience | None = None) -> None:
        self.vertex = vertex
        self.storage = StorageService(GoogleRest(storage, tokens, patience))
        self._rest = GoogleRest(vertex, tokens, patience)

    @classmethod
    def to(cls, project: str, location: str, patience: Patience | None = None) -> Connection:
        """Return the connections for a project and a location; to the emulator where the environment names one."""
        emulator = emulator_address()
        if emulator:
            return cls(emulator, emulator, Anonymous(), patience)
        vertex = f"https://{location}-aiplatform.googleapis.com"
        return cls(vertex, STORAGE_HOST, GoogleTokens(project), patience)

    def ask(self, asking: Asking) -> dict[str, Any]:
        """Ask Vertex AI.

        Raises
        ------
        VertexError
            When it refuses, or cannot be reached.
        """
        with told(asking.purpose):
            return self._rest.ask(
                asking.method,
                asking.path,
                words=asking.words,
                body=asking.body,
                again=asking.again,
                tries=asking.tries,
            )

    def close(self) -> None:
        """Let go of the connections."""
        self._rest.close()
        self.storage.close()


@contextlib.contextmanager
def told(purpose: str) -> Iterator[None]:
    """Turn what a service refuses into one error that says what was asked for.

    Parameters
    ----------
    purpose : str
        As in ``create the endpoint 'shop'``.
    """
    try:
        yield
    except ServiceError as error:
        raise refused(purpose, error) from error


def emulator_address() -> str:
    """Return the address of the emulator that the environment names; empty where it names none."""
    return at(os.environ.get(EMULATOR, ""))
