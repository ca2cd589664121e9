"""The service's own protocol: ``{"instances": [...], "parameters": {...}}`` in, ``{"predictions": [...]}`` out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.service.asked import read_asked
from fivefold.service.doors import PREDICT
from fivefold.service.gate import PREDICT_ROUTE
from fivefold.service.openapi import instances_schema, json_body, object_schema, operation, schema_of
from fivefold.service.replies import json_reply, request_id

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from fivefold.runtime.predictor import Predictor
    from fivefold.service.answering import Answered, Answering
    from fivefold.service.doors import Doors
    from fivefold.service.openapi import Json, Paths

__all__ = ["Native", "answer_instances", "predicting"]

_NAMES = {"type": "array", "items": {"type": ["string", "null"]}}
_NAMED = {"prediction_ids": _NAMES, "request_id": {"type": "string"}}
_EXAMPLE = {"prediction_ids": ["3f9a2c1e7b60-2a-0"], "request_id": "3f9a2c1e7b60-2a"}


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

    def paths(self, predictor: Predictor, doors: Doors) -> Paths:  # noqa: ARG002 - under its own path alone
        """Describe them."""
        return {PREDICT: {"post": predicting("predict", predictor, _NAMED, _EXAMPLE)}}

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


def predicting(name: str, predictor: Predictor, beside: Json, example: Json) -> Json:
    """Describe an operation that takes instances and gives predictions, with more beside them."""
    golden = predictor.golden[:1]
    answer = {"anyOf": [schema_of("Answer"), schema_of("RowError")]}
    response = object_schema({"predictions": {"type": "array", "items": answer}, **beside})
    return operation(
        name,
        "A prediction for each instance, in their order; where one cannot be understood, what is wrong with it",
        json_body(response, {"predictions": [each.answer for each in golden], **example}),
        body=json_body(_request(predictor), {"instances": [each.row for each in golden]}),
        refusals=(400, 413, 415, 429, 503, 504),
    )


def _request(predictor: Predictor) -> Json:
    """Schema of the body."""
    parameters: Json = {
        "strict": {"type": ["boolean", "null"], "description": "Answer all instances or none."}
    }
    if predictor.levels:
        words = "Also say how sure each answer is, for this share of rows."
        parameters["coverage"] = {"enum": [*predictor.levels, None], "description": words}
    return {
        "type": "object",
        "properties": {
            "instances": instances_schema(predictor.contract),
            "parameters": {"type": "object", "properties": parameters},
        },
        "required": ["instances"],
    }
