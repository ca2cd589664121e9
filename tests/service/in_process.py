"""The application without a socket, for tests that ask thousands of times."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from fivefold.service.app import create_app
from fivefold.service.doors import Doors
from fivefold.service.engine import Engine
from fivefold.service.log import PredictionLog
from fivefold.service.settings import ServiceSettings
from tests.service.serving import Answer


class InProcess:
    """Calls the application as a server does, with a body in pieces; what no handler answers is raised.

    Parameters
    ----------
    bundle : Path
    log : PredictionLog, optional
    doors : Doors, optional
    settings : ServiceSettings, optional
    app : ASGIApp, optional
        Called instead of one that is made of all this.
    """

    def __init__(
        self,
        bundle: Path,
        *,
        log: PredictionLog | None = None,
        doors: Doors | None = None,
        settings: ServiceSettings | None = None,
        app: ASGIApp | None = None,
    ) -> None:
        if app is None:
            engine = Engine(bundle)
            engine.load()
            app = create_app(engine, log=log, doors=doors, settings=settings)
        self._app = app
        self._loop = asyncio.new_event_loop()

    def close(self) -> None:
        self._loop.close()

    def post(self, path: str, body: bytes | list[bytes], headers: dict[str, str] | None = None) -> Answer:
        return self.ask("POST", path, body, headers)

    def ask(
        self, method: str, path: str, body: bytes | list[bytes], headers: dict[str, str] | None = None
    ) -> Answer:
        sent: list[dict[str, Any]] = []
        left = [body] if isinstance(body, bytes) else list(body)

        async def receive() -> dict[str, Any]:
            piece = left.pop(0) if left else b""
            return {"type": "http.request", "body": piece, "more_body": bool(left)}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [
                (name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()
            ],
            "query_string": b"",
            "root_path": "",
        }
        self._loop.run_until_complete(self._app(scope, receive, send))
        found = {name.decode().lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        whole = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(int(sent[0]["status"]), found, whole)
