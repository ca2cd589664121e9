"""A service that runs in a thread of the tests, and raw requests to it."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import orjson

from fivefold.service.port import bind
from fivefold.service.server import serve
from fivefold.service.settings import ServiceSettings

SECONDS = 20.0
ROW: dict[str, str | float | bool] = {
    "age": 40,
    "price": 12.5,
    "member": True,
    "city": "Rome",
    "joined": "2020-05-01",
}


@dataclass(frozen=True)
class Answer:
    """A reply, read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


@dataclass(frozen=True)
class Service:
    """Where a service answers."""

    port: int

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())

    def predict(self, instances: object, headers: dict[str, str] | None = None) -> Answer:
        return self.ask("POST", "/predict", orjson.dumps({"instances": instances}), headers)

    def raw(self, request: bytes) -> bytes:
        """Send bytes as they are, and return what comes back until the service closes or pauses."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            pieces = []
            while piece := connection.recv(65536):
                pieces.append(piece)
            return b"".join(pieces)


@contextlib.contextmanager
def serving(
    bundle: Path, log: str | Path | None, settings: ServiceSettings | None = None
) -> Iterator[Service]:
    """Serve a bundle in a thread; ready inside, ended and written out outside."""
    listening = bind("127.0.0.1", 0)
    port = int(listening.getsockname()[1])
    leash, hand = os.pipe()
    words = {
        "host": "",
        "port": 0,
        "log": log,
        "settings": settings,
        "fd": listening.detach(),
        "leash": leash,
    }
    thread = threading.Thread(target=serve, args=(bundle,), kwargs=words)
    thread.start()
    service = Service(port)
    try:
        eventually(lambda: service.ask("GET", "/readyz").status == 200)
        yield service
    finally:
        os.close(hand)
        thread.join(SECONDS)
    assert not thread.is_alive()


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    until = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)
