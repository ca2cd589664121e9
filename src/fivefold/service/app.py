"""The ASGI application: routes, gate and handlers put together."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from fivefold.service.doors import Doors
from fivefold.service.gate import PREDICT_ROUTE, Gate
from fivefold.service.handlers import Handlers
from fivefold.service.metrics import Metrics
from fivefold.service.replies import exception_handlers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.applications import Starlette

    from fivefold.service.engine import Engine
    from fivefold.service.log import PredictionLog

__all__ = ["BODY_LIMIT", "create_app"]

BODY_LIMIT = 1_500_000
"""Bytes of a request: what the shared endpoints of Vertex AI let through."""


def create_app(
    engine: Engine,
    *,
    log: PredictionLog | None = None,
    doors: Doors | None = None,
    limit: int = BODY_LIMIT,
    begin: Callable[[], None] | None = None,
) -> Starlette:
    """Return the application.

    Parameters
    ----------
    engine : Engine
        May still have to be loaded: ``/readyz`` and ``/predict`` answer 503 until then.
    log : PredictionLog, optional
        Whoever made it closes it, once the application has ended.
    doors : Doors, optional
        Further paths under which a platform asks.
    limit : int
        Bytes that a request's body may have.
    begin : callable, optional
        Called in the event loop when the application starts.
    """
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.routing import Route

    doors = doors or Doors()
    metrics = Metrics(engine, log)
    handlers = Handlers(engine, metrics, log, limit)
    routes = [Route(path, handlers.predict, methods=["POST"], name=PREDICT_ROUTE) for path in doors.predict]
    routes += [Route(path, handlers.ready, methods=["GET"], name="ready") for path in doors.ready]
    routes += [
        Route("/livez", handlers.live, methods=["GET"], name="live"),
        Route("/schema", handlers.schema, methods=["GET"], name="schema"),
        Route("/metrics", handlers.metrics, methods=["GET"], name="metrics"),
        Route("/", handlers.index, methods=["GET"], name="index"),
    ]

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if begin is not None:
            begin()
        yield

    gate = Middleware(Gate, {route.path: route.name for route in routes}, metrics, log)
    app = Starlette(
        routes=routes, middleware=[gate], exception_handlers=exception_handlers(), lifespan=lifespan
    )
    app.router.redirect_slashes = False
    return app
