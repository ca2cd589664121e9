"""The gate: every request passes it, gets its id, and is counted and timed when it leaves."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import Route
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from fivefold.service.log import PredictionLog
    from fivefold.service.metrics import Metrics

__all__ = [
    "EXPLAIN_ROUTE",
    "INVOKE_ROUTE",
    "LIVE_ROUTE",
    "METRICS_ROUTE",
    "PREDICTING",
    "PREDICT_ROUTE",
    "READY_ROUTE",
    "V2_ROUTE",
    "Gate",
    "header",
]

PREDICT_ROUTE = "predict"
V2_ROUTE = "v2_infer"
INVOKE_ROUTE = "invocations"
PREDICTING = frozenset({PREDICT_ROUTE, V2_ROUTE, INVOKE_ROUTE})
"""Names of the routes that answer rows, whatever the protocol."""
LIVE_ROUTE = "live"
READY_ROUTE = "ready"
EXPLAIN_ROUTE = "explain"
METRICS_ROUTE = "metrics"
_OTHER = "other"
_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
"""Headers of every reply: nothing is guessed, passed on or kept. Few, since the server checks each one each time."""
_NO_PAGE = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
"""What a browser may load for a reply that is no page, and where it may be framed: nothing, and nowhere."""


class Gate:
    """ASGI middleware, the outermost: what breaks inside is counted and carries the headers, too.

    Parameters
    ----------
    app : ASGIApp
    routes : sequence of Route
        Their names are those of the metrics, whatever stands in a path where a route has a parameter; every other path is
        ``other``. A request is counted under its route even when it is refused before it gets there.
    metrics : Metrics
    log : PredictionLog or None
        Is told of requests for predictions that got none.
    """

    def __init__(
        self, app: ASGIApp, routes: Sequence[Route], metrics: Metrics, log: PredictionLog | None
    ) -> None:
        self._app = app
        # The first of two routes with one path is the one that answers.
        self._names = {route.path: route.name for route in reversed(routes) if not route.param_convertors}
        self._patterns = [(route.path_regex, route.name) for route in routes if route.param_convertors]
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
        scope["header"] = dict(scope["headers"])
        scope["own_id"] = f"{self._life}-{next(self._count):x}"
        scope["request_id"] = _sane_id(scope) or scope["own_id"]
        path = scope["path"]
        route = scope["route_name"] = self._names.get(path) or self._matching(path)
        status = 500  # until a reply begins; an exception that nobody answers leaves it at that

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = scope["status"] = message["status"]
                message["headers"] = [*message["headers"], *_SAFE, scope.get("policy", _NO_PAGE)]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            self._metrics.request(route, status, time.perf_counter() - began)
            if self._log is not None and route in PREDICTING and status >= 400:
                self._log.note(status)

    def _matching(self, path: str) -> str:
        """Return the name of the route with parameters that a path belongs to."""
        return next((name for pattern, name in self._patterns if pattern.match(path)), _OTHER)


def header(scope: Scope, name: bytes) -> bytes:
    """Return the header of this name (in lower case) of a request that came through the gate; empty when there is none."""
    return bytes(scope["header"].get(name, b""))


def _sane_id(scope: Scope) -> str:
    """Return the caller's id when it is a plain word; an empty string otherwise."""
    given = header(scope, b"x-request-id")
    return given.decode() if _SANE.fullmatch(given) else ""
