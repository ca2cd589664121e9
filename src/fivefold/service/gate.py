"""The gate: every request passes it, gets its id, and is counted and timed when it leaves."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
import time
from typing import TYPE_CHECKING

from fivefold.service.golden import PROBE, REHEARSAL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.routing import Route
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from fivefold.service.log import PredictionLog
    from fivefold.service.metrics import Metrics

__all__ = [
    "CLIENT_LEFT",
    "EXPLAIN_ROUTE",
    "INVOKE_ROUTE",
    "LIVE_ROUTE",
    "METRICS_ROUTE",
    "PREDICTING",
    "PREDICT_ROUTE",
    "READY_ROUTE",
    "V2_ROUTE",
    "Gate",
    "Leaving",
    "header",
    "is_marked",
    "is_rehearsed",
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
CLIENT_LEFT = 499
"""The status of a request whose caller left before it was complete, as nginx has it; nobody sees it but the metrics."""
((_MARK, _GOLDEN),) = ((name.encode(), value.encode()) for name, value in PROBE.items())
_REHEARSED = REHEARSAL[_MARK.decode()].encode()
_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
"""Headers of every reply: nothing is guessed, passed on or kept. Few, since the server checks each one each time."""
_NO_PAGE = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
"""What a browser may load for a reply that is no page, and where it may be framed: nothing, and nowhere."""


class Leaving:
    """What is left to do about a request, in the loop's next turn: its reply is on its way then, and nobody waits for this.

    It is done before anything that is asked later, and before the service ends. It shows nothing of what it holds, since a loop
    that reports an error prints what it called.
    """

    __slots__ = ("_calls",)

    def __init__(self) -> None:
        self._calls: list[tuple[Callable[..., None], tuple[object, ...]]] = []

    def then(self, call: Callable[..., None], *arguments: object) -> None:
        """Add something."""
        self._calls.append((call, arguments))

    def __call__(self) -> None:
        """Do all of it."""
        # Let go of: they hold the request, which holds this. In a circle all of it, the models too, would stay until garbage is looked
        # for, and for ever where a change of models exempts from that search what is there.
        calls, self._calls = self._calls, []
        for call, arguments in calls:
            call(*arguments)


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
        self._counter = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        scope["header"] = dict(scope["headers"])
        scope["own_id"] = f"{self._life}-{next(self._counter):x}"
        scope["request_id"] = _sane_id(scope) or scope["own_id"]
        path = scope["path"]
        scope["route_name"] = self._names.get(path) or self._matching(path)
        leaving = scope["leaving"] = Leaving()

        def watch(
            message: Message,
        ) -> Awaitable[None]:  # hands on what is awaited: one more coroutine costs more than this
            if message["type"] == "http.response.start":
                scope["status"] = message["status"]
                message["headers"] = [*message["headers"], *_SAFE, scope.get("policy", _NO_PAGE)]
            return send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            # An exception that nobody answers is one, too.
            leaving.then(self._count_out, scope, time.perf_counter() - began)
            asyncio.get_running_loop().call_soon(leaving)

    def _count_out(self, scope: Scope, seconds: float) -> None:
        """Count a request that has its reply."""
        route, status = scope["route_name"], scope.get("status", 500)
        self._metrics.request(route, status, seconds)
        if route not in PREDICTING or status < 400 or status == CLIENT_LEFT:
            return  # who left was refused nothing
        # What breaks over a rehearsal is broken.
        rehearsed = status < 500 and is_rehearsed(scope)
        if rehearsed:
            self._metrics.rehearsed()
        if self._log is not None:
            self._log.note(status, rehearsed=rehearsed)

    def _matching(self, path: str) -> str:
        """Return the name of the route with parameters that a path belongs to."""
        return next((name for pattern, name in self._patterns if pattern.match(path)), _OTHER)


def header(scope: Scope, name: bytes) -> bytes:
    """Return the header of this name (in lower case) of a request that came through the gate; empty when there is none."""
    return bytes(scope["header"].get(name, b""))


def is_marked(scope: Scope) -> bool:
    """Whether a request says of itself that it plays golden rows, alone or in a rehearsal."""
    return header(scope, _MARK) in (_GOLDEN, _REHEARSED)


def is_rehearsed(scope: Scope) -> bool:
    """Whether a request says of itself that it is a rehearsal's."""
    return header(scope, _MARK) == _REHEARSED


def _sane_id(scope: Scope) -> str:
    """Return the caller's id when it is a plain word; an empty string otherwise."""
    given = header(scope, b"x-request-id")
    return given.decode() if given and _SANE.fullmatch(given) else ""
