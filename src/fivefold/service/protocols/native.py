"""The service's own protocol: ``{"instances": [...], "parameters": {...}}`` in, ``{"predictions": [...]}`` out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.service.asked import read_asked
from fivefold.service.doors import PREDICT
from fivefold.service.gate import PREDICT_ROUTE
from fivefold.service.replies import json_reply, request_id

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from fivefold.service.answering import Answered, Answering
    from fivefold.service.doors import Doors

__all__ = ["Native", "answer_instances"]


class Native:
    """Predictions under the service's own path.

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
        """Return the routes: none where Vertex AI asks under this very path."""
        from starlette.routing import Route

        paths = [] if doors.vertex == PREDICT else [PREDICT]
        return [Route(path, self.predict, methods=["POST"], name=PREDICT_ROUTE) for path in paths]

    async def predict(self, request: Request) -> Response:
        """``POST /predict``: an answer per instance, in their order."""
        answered = await answer_instances(request, self._answering, self._limit)
        document = {
            "predictions": answered.predictions,
            "prediction_ids": answered.ids,
            "request_id": request_id(request),
        }
        return json_reply(request, document)


async def answer_instances(request: Request, answering: Answering, limit: int) -> Answered:
    """Read ``{"instances": [...], "parameters": {...}}`` and answer it."""
    asked = await read_asked(request, limit)
    wishes = asked.parameters
    return await answering.answer(request, asked.instances, coverage=wishes.coverage, strict=wishes.strict)
