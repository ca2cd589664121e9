"""What the service says about itself: whether it lives and is ready, what it takes, and how it fares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.version import __version__
from fivefold.runtime.schema import instance_schema
from fivefold.service.doors import PREDICT, READY
from fivefold.service.gate import LIVE_ROUTE, READY_ROUTE
from fivefold.service.labels import LABELS
from fivefold.service.replies import json_reply, reply

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from fivefold.service.answering import Answering
    from fivefold.service.doors import Doors
    from fivefold.service.engine import Engine
    from fivefold.service.metrics import Metrics

__all__ = ["About"]


class About:
    """The routes beside the predictions.

    Parameters
    ----------
    engine : Engine
    answering : Answering
    metrics : Metrics
    name : str
        What the model is called in paths.
    """

    def __init__(self, engine: Engine, answering: Answering, metrics: Metrics, name: str) -> None:
        self._engine = engine
        self._name = name
        self._answering = answering
        self._metrics = metrics

    def routes(self, doors: Doors) -> list[Route]:
        """Return the routes."""
        from starlette.routing import Route

        routes = [Route(path, self.ready, methods=["GET"], name=READY_ROUTE) for path in doors.ready]
        return [
            *routes,
            Route("/livez", self.live, methods=["GET"], name=LIVE_ROUTE),
            Route("/schema", self.schema, methods=["GET"], name="schema"),
            Route("/metrics", self.metrics, methods=["GET"], name="metrics"),
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

    async def index(self, request: Request) -> Response:
        """``GET /``: what there is."""
        routes = {
            "predict": f"POST {PREDICT}",
            "explain": "POST /explain",
            "open_inference": f"POST /v2/models/{self._name}/infer",
            "invocations": "POST /invocations",
            "labels": f"POST {LABELS}",
            "live": "GET /livez",
            "ready": f"GET {READY}",
            "schema": "GET /schema",
            "metrics": "GET /metrics",
        }
        about = {"service": "fivefold", "software": __version__, "status": self._engine.state}
        return json_reply(request, about | {"routes": routes})
