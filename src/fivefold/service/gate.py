"""The gate: every request passes it, gets its id, and is counted and timed when it leaves."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from fivefold.service.log import PredictionLog
    from fivefold.service.metrics import Metrics

__all__ = ["PREDICT_ROUTE", "Gate"]

PREDICT_ROUTE = "predict"
_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Gate:
    """ASGI middleware.

    Parameters
    ----------
    app : ASGIApp
    routes : mapping of str to str
        Name of the route by path, for the metrics; every other path is ``other``.
    metrics : Metrics
    log : PredictionLog or None
        Is told of requests for predictions that got none.
    """

    def __init__(
        self, app: ASGIApp, routes: Mapping[str, str], metrics: Metrics, log: PredictionLog | None
    ) -> None:
        self._app = app
        self._routes = routes
        self._metrics = metrics
        self._log = log
        # Drawn once and then counted: asking the system for chance each time costs as much as a small model.
        self._life = secrets.token_hex(6)
        self._count = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        scope["own_id"] = f"{self._life}-{next(self._count):x}"
        scope["request_id"] = _sane_id(scope) or scope["own_id"]
        status = 500  # until a reply begins; an exception that nobody answers leaves it at that

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            route = self._routes.get(scope["path"], "other")
            self._metrics.request(route, status, time.perf_counter() - began)
            if self._log is not None and route == PREDICT_ROUTE and status >= 400:
                self._log.note(status)


def _sane_id(scope: Scope) -> str:
    """Return the caller's id when it is a plain word; an empty string otherwise."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE.fullmatch(value):
            return str(value.decode())
    return ""
