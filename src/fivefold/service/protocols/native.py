"""The service's own protocol, which is Vertex AI's as well: ``{"instances": [...]}`` in, ``{"predictions": [...]}`` out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.service.body import asked_of, read_body
from fivefold.service.gate import PREDICT_ROUTE
from fivefold.service.replies import json_reply, request_id

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from fivefold.service.answering import Answering
    from fivefold.service.doors import Doors

__all__ = ["Native"]


class Native:
    """Predictions under the service's own path, and under the one that Vertex AI names.

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
        """Return the routes."""
        from starlette.routing import Route

        return [Route(path, self.predict, methods=["POST"], name=PREDICT_ROUTE) for path in doors.predict]

    async def predict(self, request: Request) -> Response:
        """``POST /predict``: an answer per instance, in their order."""
        asked = asked_of(await read_body(request, self._limit))
        answered = await self._answering.answer(request, asked.instances, coverage=asked.coverage)
        document = {
            "predictions": answered.predictions,
            "prediction_ids": answered.ids,
            "request_id": request_id(request),
        }
        return json_reply(request, document)
