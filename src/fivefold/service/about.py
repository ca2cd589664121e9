"""What the service says about itself: whether it lives and is ready, what it takes, and how it fares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.version import __version__
from fivefold.runtime.schema import instance_schema
from fivefold.service.doors import PREDICT, READY, V2
from fivefold.service.gate import LIVE_ROUTE, METRICS_ROUTE, READY_ROUTE
from fivefold.service.labels import LABELS
from fivefold.service.openapi import json_body, object_schema, openapi_document, operation
from fivefold.service.pages.docs import docs_main
from fivefold.service.pages.form import form_main
from fivefold.service.pages.shell import page
from fivefold.service.replies import json_reply, reply, wants_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from fivefold.core.html import Markup
    from fivefold.runtime.predictor import Predictor
    from fivefold.service.answering import Answering
    from fivefold.service.doors import Doors
    from fivefold.service.engine import Engine
    from fivefold.service.metrics import Metrics
    from fivefold.service.openapi import Documented, Json, Paths
    from fivefold.service.settings import ServiceSettings

__all__ = ["About"]

_TEXT = {"text/plain": {"schema": {"type": "string"}}}
_PAGE = {"text/html": {"schema": {"type": "string"}}}
_ANYTHING: Json = {"type": "object"}


class About:
    """The routes beside the predictions.

    Parameters
    ----------
    engine : Engine
    answering : Answering
    metrics : Metrics
    documented : sequence of Documented
        What else the API's document tells of.
    doors : Doors
    settings : ServiceSettings
    """

    def __init__(
        self,
        engine: Engine,
        answering: Answering,
        metrics: Metrics,
        *,
        documented: Sequence[Documented],
        doors: Doors,
        settings: ServiceSettings,
    ) -> None:
        self._engine = engine
        self._answering = answering
        self._metrics = metrics
        self._parts = (*documented, self)
        self._doors = doors
        self._settings = settings
        self._made: tuple[Predictor, Json, Markup, Markup] | None = None

    def routes(self) -> list[Route]:
        """Return the routes."""
        from starlette.routing import Route

        routes = [Route(path, self.ready, methods=["GET"], name=READY_ROUTE) for path in self._doors.ready]
        return [
            *routes,
            Route("/livez", self.live, methods=["GET"], name=LIVE_ROUTE),
            Route("/schema", self.schema, methods=["GET"], name="schema"),
            Route("/metrics", self.metrics, methods=["GET"], name=METRICS_ROUTE),
            Route("/openapi.json", self.openapi, methods=["GET"], name="openapi"),
            Route("/docs", self.docs, methods=["GET"], name="docs"),
            Route("/", self.index, methods=["GET"], name="index"),
        ]

    async def live(self, request: Request) -> Response:
        """``GET /livez``: the process answers."""
        return json_reply(request, {"status": "live"})

    async def ready(self, request: Request) -> Response:
        """``GET /readyz``: 200 once the model is loaded and gave the known answers, 503 before."""
        models = self._engine.models
        if models is None:
            return json_reply(request, {"status": "starting"}, status=503, headers={"retry-after": "1"})
        beside = None if models.challenger is None else models.challenger.version
        return json_reply(
            request,
            {
                "status": "ready",
                "version": models.champion.version,
                "challenger": beside,
                "change": models.line_up.change,
            },
        )

    async def schema(self, request: Request) -> Response:
        """``GET /schema``: the contract, the JSON Schema of an instance, and a request with its answer to copy from."""
        predictor = self._answering.predictor
        contract = predictor.contract
        example = predictor.golden[0]
        return json_reply(
            request,
            {
                "version": predictor.version,
                "task": contract.task,
                "target": contract.target,
                "classes": contract.classes,
                "positive": contract.positive,
                "metric": predictor.metric,
                "coverages": predictor.levels,
                "columns": contract.columns,
                "instance": instance_schema(contract),
                "example": {
                    "request": {"instances": [example.row]},
                    "response": {"predictions": [example.answer]},
                },
            },
        )

    async def metrics(self, request: Request) -> Response:
        """``GET /metrics``: Prometheus' text format."""
        return reply(request, self._metrics.page(), "text/plain; version=0.0.4; charset=utf-8")

    async def openapi(self, request: Request) -> Response:
        """``GET /openapi.json``: the API's document."""
        return json_reply(request, self._described()[1])

    async def docs(self, request: Request) -> Response:
        """``GET /docs``: the same as a page."""
        predictor, _, docs, _ = self._described()
        return page(request, f"The API: predict {predictor.contract.target}", docs)

    async def index(self, request: Request) -> Response:
        """``GET /``: for a browser a form to try a prediction with, for others what there is."""
        if wants_page(request.scope):
            predictor, _, _, form = self._described()
            return page(request, f"Predict {predictor.contract.target}", form)
        routes = {
            "predict": f"POST {PREDICT}",
            "explain": "POST /explain",
            "open_inference": f"POST {V2}/models/{self._settings.name}/infer",
            "invocations": "POST /invocations",
            "labels": f"POST {LABELS}",
            "live": "GET /livez",
            "ready": f"GET {READY}",
            "schema": "GET /schema",
            "metrics": "GET /metrics",
            "openapi": "GET /openapi.json",
            "docs": "GET /docs",
        }
        about = {"service": "fivefold", "software": __version__, "status": self._engine.state}
        return json_reply(request, about | {"routes": routes}, headers={"vary": "accept"})

    def paths(self, predictor: Predictor, doors: Doors) -> Paths:  # noqa: ARG002 - what it says of no model
        """Describe the routes."""
        # Which versions answer, and the number of the change that made it so, are told once it is ready.
        told = {
            "version": {"type": "string"},
            "challenger": {"type": ["string", "null"]},
            "change": {"type": "integer"},
        }
        status = json_body(object_schema({"status": {"type": "string"}}, told))
        ready = {
            path: {
                "get": operation(
                    f"ready_{place}" if place else "ready",
                    "Ready once the model is loaded and has given the known answers to its golden rows",
                    status,
                    is_open=True,
                )
            }
            for place, path in enumerate(doors.ready)
        }
        for item in ready.values():
            item["get"]["responses"]["503"] = {"description": "It is still being loaded.", "content": status}
        anything = json_body(_ANYTHING)
        return {
            "/schema": {
                "get": operation(
                    "schema", "The contract, and a request with its answer", anything, refusals=[503]
                )
            },
            "/livez": {"get": operation("live", "The process answers", status, is_open=True)},
            **ready,
            "/metrics": {"get": operation("metrics", "Counters and times for Prometheus", _TEXT)},
            "/openapi.json": {"get": operation("openapi", "This document", anything, refusals=[503])},
            "/docs": {"get": operation("docs", "This document as a page", _PAGE, refusals=[503])},
            "/": {
                "get": operation("index", "A form to try a prediction with, or the routes", _PAGE | anything)
            },
        }

    def _described(self) -> tuple[Predictor, Json, Markup, Markup]:
        """Return the predictor, the API's document, and both pages, made once for each predictor."""
        predictor = self._answering.predictor
        if self._made is None or self._made[0] is not predictor:
            document = openapi_document(
                predictor, self._parts, self._doors, secured=bool(self._settings.tokens)
            )
            self._made = (predictor, document, docs_main(document), form_main(predictor))
        return self._made
