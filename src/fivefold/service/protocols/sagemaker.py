"""SageMaker's protocol for containers, with the forms of a request that MLflow's scoring server takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from fivefold.core.errors import RequestError
from fivefold.service.asked import Asked
from fivefold.service.body import read_body
from fivefold.service.documents import read_document
from fivefold.service.gate import INVOKE_ROUTE, READY_ROUTE
from fivefold.service.media import CSV, JSON, LINES, expect_json, media_of, wanted
from fivefold.service.openapi import instances_schema, json_body, object_schema, operation, schema_of
from fivefold.service.protocols.delimited import read_delimited, write_delimited
from fivefold.service.protocols.dialects import asked_in_dialect
from fivefold.service.replies import json_reply, reply, request_id

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from fivefold.core.artefacts import Contract
    from fivefold.runtime.predictor import Predictor
    from fivefold.service.answering import Answered, Answering
    from fivefold.service.doors import Doors
    from fivefold.service.engine import Engine
    from fivefold.service.media import Media
    from fivefold.service.openapi import Json, Paths

__all__ = ["SageMaker"]

_LINE = '{"column": value, ...} in each line'


class SageMaker:
    """``/ping`` and ``/invocations``.

    Parameters
    ----------
    engine : Engine
    answering : Answering
    limit : int
        Bytes that a body may have.
    """

    def __init__(self, engine: Engine, answering: Answering, limit: int) -> None:
        self._engine = engine
        self._answering = answering
        self._limit = limit

    def routes(self) -> list[Route]:
        """Return the routes."""
        from starlette.routing import Route

        return [
            Route("/ping", self.ping, methods=["GET"], name=READY_ROUTE),
            Route("/invocations", self.invoke, methods=["POST"], name=INVOKE_ROUTE),
        ]

    def paths(self, predictor: Predictor, doors: Doors) -> Paths:  # noqa: ARG002 - SageMaker names no path
        """Describe them."""
        ping = operation("ping", "An empty answer once predictions can be had", {}, is_open=True)
        ping["responses"]["503"] = {"description": "The model is still being loaded."}
        answer = {"anyOf": [schema_of("Answer"), schema_of("RowError")]}
        response = {
            "predictions": {"type": "array", "items": answer},
            "prediction_ids": {"type": "array", "items": {"type": ["string", "null"]}},
            "request_id": {"type": "string"},
        }
        described = operation(
            "invoke",
            "Predictions for a frame as MLflow writes it, for instances, or for text/csv or application/jsonlines",
            json_body(object_schema(response)),
            body=json_body(
                _frame(predictor), {"dataframe_records": [each.row for each in predictor.golden[:1]]}
            ),
            refusals=(400, 413, 415, 429, 503, 504),
        )
        return {"/ping": {"get": ping}, "/invocations": {"post": described}}

    async def ping(self, request: Request) -> Response:
        """``GET /ping``: an empty 200 once predictions can be had, 503 before."""
        return reply(request, b"", JSON, status=503 if self._engine.predictor is None else 200)

    async def invoke(self, request: Request) -> Response:
        """``POST /invocations``: JSON, JSON Lines or CSV in, and out what ``Accept`` says, else JSON."""
        _ = self._answering.predictor  # without one nothing is read
        media, answer_media = media_of(request), wanted(request, (JSON, CSV, LINES))
        if media.kind not in {CSV, LINES}:
            expect_json(request, beside=(CSV, LINES))
        body = await read_body(request, self._limit)
        asked, headed = _asked(media, body, self._answering.predictor.contract)
        wishes = asked.parameters
        answered = await self._answering.answer(
            request,
            asked.instances,
            coverage=wishes.coverage,
            strict=wishes.strict or answer_media.kind == CSV,  # a line of CSV has no place for what was wrong
        )
        return _put(request, answered, answer_media, headed=headed)


def _frame(predictor: Predictor) -> Json:
    """Schema of a body of JSON: rows under one of two names, and nothing under the others."""
    instances = instances_schema(predictor.contract)
    return {
        "anyOf": [
            object_schema({name: instances}, {"params": {"type": "object", "maxProperties": 0}})
            for name in ("dataframe_records", "instances")
        ]
    }


def _asked(media: Media, body: bytes, contract: Contract) -> tuple[Asked, bool]:
    """Read a body, and say whether an answer in CSV is to begin with the names of its columns."""
    if media.kind == CSV:
        instances, headed = read_delimited(body, contract, header=media.parameters.get("header", ""))
        return Asked(instances), headed
    if media.kind == LINES:
        return Asked(_lines(body)), False
    document = read_document(body, '{"dataframe_split": ...}, {"dataframe_records": ...}, {"instances": ...}')
    return asked_in_dialect(document), True


def _lines(body: bytes) -> list[object]:
    """Read a document per line; empty lines are none."""
    lines = [line for line in body.split(b"\n") if line.strip()]
    if not lines:
        raise RequestError("The body has no line", expected=_LINE, code="empty")
    return [read_document(line, _LINE, row=row) for row, line in enumerate(lines)]


def _put(request: Request, answered: Answered, media: Media, *, headed: bool) -> Response:
    """Make the reply."""
    if media.kind == CSV:
        header = media.parameters.get("header", "present" if headed else "absent")
        body = write_delimited(answered, header=header == "present")
        return reply(request, body, f"{CSV}; charset=utf-8; header={header}")
    if media.kind == LINES:
        named = zip(answered.predictions, answered.ids, strict=True)
        lines = [orjson.dumps({**answer, "prediction_id": name}) for answer, name in named]
        return reply(request, b"\n".join([*lines, b""]), LINES)
    document = {
        "predictions": answered.predictions,
        "prediction_ids": answered.ids,
        "request_id": request_id(request),
    }
    return json_reply(request, document)
