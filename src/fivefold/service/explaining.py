"""``POST /explain``: what each column adds to the answers of a few rows, worked out beside the predictions."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from fivefold.core.errors import RequestError
from fivefold.runtime.background import background_rows
from fivefold.runtime.explanation import BlendExplainer
from fivefold.service.asked import read_asked
from fivefold.service.gate import EXPLAIN_ROUTE
from fivefold.service.openapi import instances_schema, json_body, object_schema, operation
from fivefold.service.replies import json_reply, request_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from fivefold.core.protocols import Floats
    from fivefold.runtime.explanation import Explanation
    from fivefold.runtime.predictor import Json, Predictor
    from fivefold.runtime.values import Cleaned
    from fivefold.service.answering import Answering
    from fivefold.service.doors import Doors
    from fivefold.service.openapi import Paths

__all__ = ["MOST_ROWS", "Explaining"]

MOST_ROWS = 100
"""Rows of one request: explaining one takes as long as answering hundreds."""
_BACKGROUND = 256
_SCALES = {
    "binary": "log odds of the positive class",
    "multiclass": "log odds of each class against the mean of all",
    "regression": "the number itself",
}


class Explaining:
    """Explains; what that needs is made ready when it is asked for the first time.

    Parameters
    ----------
    answering : Answering
    limit : int
        Bytes that a body may have.
    """

    def __init__(self, answering: Answering, limit: int) -> None:
        self._answering = answering
        self._limit = limit
        self._lock = asyncio.Lock()
        self._ready: tuple[str, BlendExplainer, str] | None = None

    def routes(self) -> list[Route]:
        """Return the routes."""
        from starlette.routing import Route

        return [Route("/explain", self.explain, methods=["POST"], name=EXPLAIN_ROUTE)]

    def paths(self, predictor: Predictor, doors: Doors) -> Paths:  # noqa: ARG002 - no platform names this one
        """Describe them."""
        figure = {"type": ["number", "object"], "description": "One number, or one per class."}
        columns = dict.fromkeys((column.name for column in predictor.contract.columns), figure)
        told = {
            "base": figure,
            "contributions": {"type": "object", "properties": columns},
            "off": {"type": "number"},
            "error": {"type": "number", "minimum": 0},
        }
        words = {key: {"type": "string"} for key in ("scale", "background", "version", "request_id")}
        numbers = {"share": {"type": "number"}, "sampled": {"type": "number"}}
        explanations = {"explanations": {"type": "array", "items": object_schema(told)}}
        instances = instances_schema(predictor.contract) | {"maxItems": MOST_ROWS}
        asked = {"type": "object", "properties": {"instances": instances}, "required": ["instances"]}
        described = operation(
            "explain",
            f"What each column adds to the answer, for at most {MOST_ROWS} instances",
            json_body(object_schema(explanations | words | numbers)),
            body=json_body(asked, {"instances": [each.row for each in predictor.golden[:1]]}),
            refusals=(400, 413, 415, 429, 503, 504),
        )
        return {"/explain": {"post": described}}

    async def explain(self, request: Request) -> Response:
        """``POST /explain``: per instance the base and what each column adds to it."""
        instances = (await read_asked(request, self._limit)).instances
        if len(instances) > MOST_ROWS:
            raise RequestError(
                f"There are more than {MOST_ROWS} instances",
                expected=f"at most {MOST_ROWS} rows to explain",
                todo="send them in several requests",
                code="too_many",
            )
        models = self._answering.models
        predictor = models.champion
        request.scope["models"], request.scope["rows"] = models, len(instances)
        rows = predictor.read(instances)
        left = threading.Event()
        async with self._lock:  # one at a time: predictions keep the other core, or half of the only one
            try:
                found = await asyncio.to_thread(self._explained, predictor, rows.values, left.is_set)
            finally:
                left.set()  # a thread cannot be cancelled: it looks whether anybody still waits
        return json_reply(request, {**found, "version": predictor.version, "request_id": request_id(request)})

    def _explained(
        self, predictor: Predictor, rows: Sequence[Mapping[str, Cleaned]], stop: Callable[[], bool]
    ) -> dict[str, Json]:
        """Work it out, in a thread of its own."""
        explainer, background = self._explainer(predictor)
        found = explainer.explain(predictor.encoded(rows), stop)
        if found is None:
            return {}  # nobody waits for it any more
        return {
            "explanations": _told(found, predictor.contract.classes),
            "scale": _SCALES[predictor.contract.task],
            "share": round(found.share, 6),
            "sampled": round(found.sampled, 6),
            "background": background,
        }

    def _explainer(self, predictor: Predictor) -> tuple[BlendExplainer, str]:
        """Return the explainer of this very model, and by which rows it judges."""
        if self._ready is None or self._ready[0] != predictor.version:
            drawn = predictor.read(background_rows(predictor, _BACKGROUND), {}).values
            words = f"{len(drawn)} rows drawn column by column from the sketch of the training rows"
            if not drawn:  # a sketch of which no row can be made is no fault of who asks
                drawn = predictor.read([each.row for each in predictor.golden]).values
                words = f"the {len(drawn)} golden rows of the bundle"
            about = predictor.encoded(drawn)
            explainer = BlendExplainer(predictor.blend, predictor.encoder, about, sampled=True)
            self._ready = (predictor.version, explainer, words)
        return self._ready[1:]


def _told(found: Explanation, classes: tuple[str, ...]) -> list[Json]:
    """One object per row: base, contributions, how far both together are off the blend's own answer, and how far each may be off."""
    names = classes if found.base.size > 1 else ()
    rows = zip(found.parts, found.off.tolist(), found.error.tolist(), strict=True)
    return [
        {
            "base": _figure(found.base, names),
            "contributions": {
                column: _figure(part, names) for column, part in zip(found.columns, parts, strict=True)
            },
            "off": off,
            "error": error,
        }
        for parts, off, error in rows
    ]


def _figure(scores: Floats, names: tuple[str, ...]) -> Json:
    """One number, or one per class."""
    return dict(zip(names, scores.tolist(), strict=True)) if names else float(scores[0])
