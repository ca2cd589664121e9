"""The ASGI application: protocols, gate and what is known about the service put together."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from fivefold.service.about import About
from fivefold.service.admission import Admission
from fivefold.service.answering import Answering
from fivefold.service.doors import Doors
from fivefold.service.explaining import Explaining
from fivefold.service.gate import Gate
from fivefold.service.guard import Guard
from fivefold.service.labels import LabelsRoute
from fivefold.service.metrics import Metrics
from fivefold.service.protocols.native import Native
from fivefold.service.protocols.open_inference import OpenInference
from fivefold.service.protocols.sagemaker import SageMaker
from fivefold.service.protocols.vertex import Vertex
from fivefold.service.replies import exception_handlers
from fivefold.service.settings import ServiceSettings
from fivefold.service.shortcut import Shortcut

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.applications import Starlette

    from fivefold.service.engine import Engine
    from fivefold.service.hosts import Hosts
    from fivefold.service.log import PredictionLog
    from fivefold.service.tracing import Traces, Tracing

__all__ = ["create_app"]


def create_app(
    engine: Engine,
    *,
    log: PredictionLog | None = None,
    doors: Doors | None = None,
    settings: ServiceSettings | None = None,
    begin: Callable[[], None] | None = None,
    traces: Traces | None = None,
    hosts: Hosts | None = None,
) -> Gate | Tracing:
    """Return the application (ASGI).

    Parameters
    ----------
    engine : Engine
        May still have to be loaded: ``/readyz`` and ``/predict`` answer 503 until then.
    log : PredictionLog, optional
        Whoever made it closes it, once the application has ended.
    doors : Doors, optional
        Further paths under which a platform asks.
    settings : ServiceSettings, optional
    begin : callable, optional
        Called in the event loop when the application starts.
    traces : Traces, optional
        Where a span for each request goes.
    hosts : Hosts, optional
        The names under which it may be asked for where no token is demanded; none stands for any.
    """
    from starlette.applications import Starlette
    from starlette.middleware.errors import ServerErrorMiddleware

    doors, settings = doors or Doors(), settings or ServiceSettings()
    metrics = Metrics(engine, log)
    answering = Answering(engine, metrics, log)
    native, vertex = Native(answering, settings.limit), Vertex(answering, settings.limit)
    explaining = Explaining(answering, settings.limit)
    inference = OpenInference(engine, answering, settings)
    sagemaker = SageMaker(engine, answering, settings.limit)
    labels = LabelsRoute(answering, log, settings.limit)
    # In the order in which a person should read of them; of two with one path the last is heeded.
    parts = (native, explaining, labels, vertex, sagemaker, inference)
    about = About(engine, answering, metrics, documented=parts, doors=doors, settings=settings)
    routes = [
        # Looked through in this order for each request: what is asked most stands first.
        *native.routes(doors),
        *inference.routes(),
        *sagemaker.routes(),
        *vertex.routes(doors),
        *explaining.routes(),
        *labels.routes(),
        *about.routes(),
    ]

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if begin is not None:
            begin()
        yield
        await answering.finish()

    handlers = exception_handlers()
    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    app.router.redirect_slashes = False
    told = ServerErrorMiddleware(app, handler=handlers[Exception])
    short = Shortcut(told, {route.path: route.endpoint for route in native.routes(doors)}, handlers)
    # Outermost first: all is counted, nothing is let in without a token, who is let in may have to wait, and what breaks is told.
    gate = Gate(Guard(Admission(short, settings), settings.tokens, hosts), routes, metrics, log)
    return gate if traces is None else traces.around(gate, routes)
