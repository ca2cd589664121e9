"""What the service answers: one method per route."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fivefold.core.version import __version__
from fivefold.runtime.schema import instance_schema
from fivefold.service.body import asked_of, read_body
from fivefold.service.doors import PREDICT, READY
from fivefold.service.log import Entry
from fivefold.service.replies import NotReadyError, json_reply, reply, request_id

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from fivefold.runtime.predictor import Predictor
    from fivefold.service.engine import Answers, Engine
    from fivefold.service.log import PredictionLog
    from fivefold.service.metrics import Metrics

__all__ = ["PROBE", "Handlers"]

PROBE = ("x-fivefold-probe", "golden")
"""Header of a request that plays golden rows: it is answered like any other, and is not part of what the monitor sees."""


class Handlers:
    """The routes over one engine.

    Parameters
    ----------
    engine : Engine
    metrics : Metrics
    log : PredictionLog or None
    limit : int
        Bytes that a body may have.
    """

    def __init__(self, engine: Engine, metrics: Metrics, log: PredictionLog | None, limit: int) -> None:
        self._engine = engine
        self._metrics = metrics
        self._log = log
        self._limit = limit

    async def predict(self, request: Request) -> Response:
        """``POST /predict``: an answer per instance, in their order."""
        body = await read_body(request, self._limit)
        began = time.perf_counter()
        predictor = self._predictor()
        asked = asked_of(body)
        instances = asked.instances
        answers = await self._engine.answer(predictor, instances, coverage=asked.coverage)
        # Not made of the caller's id, which may come twice.
        ids = [f"{request.scope['own_id']}-{position}" for position in range(len(instances))]
        document = {
            "predictions": answers.predictions,
            "prediction_ids": ids,
            "request_id": request_id(request),
        }
        response = json_reply(request, document)
        if not _is_probe(request, predictor, instances):
            self._metrics.answered(answers)
            self._record(request, predictor, ids, answers, time.perf_counter() - began)
        return response

    async def live(self, request: Request) -> Response:
        """``GET /livez``: the process answers."""
        return json_reply(request, {"status": "live"})

    async def ready(self, request: Request) -> Response:
        """``GET /readyz``: 200 once the model is loaded and gave the known answers, 503 before."""
        predictor = self._engine.predictor
        if predictor is None:
            return json_reply(request, {"status": "starting"}, status=503, headers={"retry-after": "1"})
        return json_reply(request, {"status": "ready", "version": predictor.version})

    async def schema(self, request: Request) -> Response:
        """``GET /schema``: the contract, the JSON Schema of an instance, and a request with its answer to copy from."""
        predictor = self._predictor()
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
            "live": "GET /livez",
            "ready": f"GET {READY}",
            "schema": "GET /schema",
            "metrics": "GET /metrics",
        }
        about = {"service": "fivefold", "software": __version__, "status": self._engine.state}
        return json_reply(request, about | {"routes": routes})

    def _predictor(self) -> Predictor:
        """Return the predictor, once it is ready."""
        predictor = self._engine.predictor
        if predictor is None:
            raise NotReadyError
        return predictor

    def _record(
        self, request: Request, predictor: Predictor, ids: list[str], answers: Answers, seconds: float
    ) -> None:
        """Hand the answered request to the log, without what tells who somebody is."""
        if self._log is None:
            return
        rows, hidden = answers.rows, predictor.hidden
        if hidden:
            rows = [{name: value for name, value in row.items() if name not in hidden} for row in rows]
        entry = Entry(
            time=time.time(),
            request_id=request_id(request),
            prediction_ids=ids,
            version=predictor.version,
            rows=rows,
            predictions=answers.predictions,
            latency_ms=seconds * 1000,
            unseen=answers.unseen,
            extra=answers.extra,
        )
        self._log.record(entry)


def _is_probe(request: Request, predictor: Predictor, instances: list[object]) -> bool:
    """Whether this plays golden rows; the header alone would let anybody keep their requests out of the log."""
    if request.headers.get(PROBE[0]) != PROBE[1]:
        return False
    return all(any(instance == golden.row for golden in predictor.golden) for instance in instances)
