"""Vertex AI's protocol for custom containers (contract 1.0.0): our own one, under the path that the platform names.

The platform hands on nothing of a reply but ``predictions`` and ``metadata``, so the ids of the predictions stand there.
Every number reaches a container as a double, and rows of batch prediction are lists in the order of the columns: both
are what an instance may be anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.service.gate import PREDICT_ROUTE
from fivefold.service.openapi import object_schema
from fivefold.service.protocols.native import answer_instances, predicting
from fivefold.service.replies import json_reply, request_id

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from fivefold.runtime.predictor import Predictor
    from fivefold.service.answering import Answering
    from fivefold.service.doors import Doors
    from fivefold.service.openapi import Paths

__all__ = ["Vertex"]


class Vertex:
    """Predictions under ``AIP_PREDICT_ROUTE``.

    Parameters
    ----------
    answering : Answering
    limit : int
        Bytes that a body may have.
    """

    def __init__(self, answering: Answering, limit: int) -> None:
        self._answering = answering
        self._limit = limit

    def routes(self, doors: Doors) -> list[Route]:
        """Return the routes: none where no platform named one."""
        from starlette.routing import Route

        paths = [doors.vertex] if doors.vertex else []
        return [Route(path, self.predict, methods=["POST"], name=PREDICT_ROUTE) for path in paths]

    def paths(self, predictor: Predictor, doors: Doors) -> Paths:
        """Describe them."""
        names = {"type": "array", "items": {"type": ["string", "null"]}}
        metadata = object_schema({"prediction_ids": names, "request_id": {"type": "string"}})
        example = {"prediction_ids": ["3f9a2c1e7b60-2a-0"], "request_id": "3f9a2c1e7b60-2a"}
        described = predicting("vertex", predictor, {"metadata": metadata}, {"metadata": example})
        return {doors.vertex: {"post": described}} if doors.vertex else {}

    async def predict(self, request: Request) -> Response:
        """``POST $AIP_PREDICT_ROUTE``: an answer per instance, in their order."""
        answered = await answer_instances(request, self._answering, self._limit)
        metadata = {"prediction_ids": answered.ids, "request_id": request_id(request)}
        return json_reply(request, {"predictions": answered.predictions, "metadata": metadata})
