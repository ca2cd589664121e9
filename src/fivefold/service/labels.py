"""``POST /labels``: what really happened, told later and kept beside the predictions."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Column
from fivefold.core.errors import RequestError
from fivefold.runtime.values import cleaner, level
from fivefold.service.body import read_body
from fivefold.service.documents import read_document
from fivefold.service.log import Labels
from fivefold.service.media import expect_json
from fivefold.service.openapi import json_body, label_schema, object_schema, operation
from fivefold.service.replies import LabelsNotKeptError, json_reply, request_id

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from fivefold.core.artefacts import Contract
    from fivefold.runtime.predictor import Predictor
    from fivefold.runtime.values import Cleaned
    from fivefold.service.answering import Answering
    from fivefold.service.doors import Doors
    from fivefold.service.log import PredictionLog
    from fivefold.service.openapi import Paths

__all__ = ["LABELS", "LabelsRoute", "labels_of"]

LABELS = "/labels"
_SHAPE = '{"labels": [{"prediction_id": "...", "label": value}, ...]}'
_LIST = "put the labels into a list under 'labels', also when there is one only"
_ID = re.compile(r"[\x21-\x7e]{1,128}")


class LabelsRoute:
    """Takes labels, whichever of several services gave the predictions.

    Parameters
    ----------
    answering : Answering
        Knows the contract.
    log : PredictionLog or None
    limit : int
        Bytes that a body may have.
    """

    def __init__(self, answering: Answering, log: PredictionLog | None, limit: int) -> None:
        self._answering = answering
        self._log = log
        self._limit = limit

    def routes(self) -> list[Route]:
        """Return the route."""
        from starlette.routing import Route

        return [Route(LABELS, self.take, methods=["POST"], name="labels")]

    def paths(self, predictor: Predictor, doors: Doors) -> Paths:  # noqa: ARG002 - no platform names this one
        """Describe it."""
        named = {"type": "string", "pattern": "^[!-~]{1,128}$"}
        label = object_schema({"prediction_id": named, "label": label_schema(predictor.contract)})
        asked = object_schema({"labels": {"type": "array", "minItems": 1, "items": label}})
        counts = {key: {"type": "integer"} for key in ("accepted", "unknown", "unseen")}
        truth = predictor.golden[0].answer if predictor.golden else {}
        told = {"prediction_id": "3f9a2c1e7b60-2a-0", "label": truth.get("label", truth.get("value"))}
        described = operation(
            "labels",
            "What really happened, told later by the ids of predictions",
            json_body(object_schema(counts | {"request_id": {"type": "string"}})),
            body=json_body(asked, {"labels": [told]}),
            refusals=(400, 413, 415, 501, 503),
        )
        return {LABELS: {"post": described}}

    async def take(self, request: Request) -> Response:
        """``POST /labels``: all are kept, or none; the answer comes when they are written."""
        if self._log is None or not self._log.keeps_labels:
            raise LabelsNotKeptError
        _ = self._answering.predictor  # without one nothing is read
        expect_json(request)
        body = await read_body(request, self._limit)
        contract = self._answering.predictor.contract
        ids, values = labels_of(body, contract)
        unknown = await self._log.commit(Labels(time.time(), request_id(request), ids, values))
        document = {
            "accepted": len(ids),
            "unknown": unknown,
            "unseen": _unseen(values, contract),
            "request_id": request_id(request),
        }
        return json_reply(request, document)


def labels_of(body: bytes, contract: Contract) -> tuple[list[str], list[Cleaned]]:
    """Return the ids of predictions and the label of each, in the type of the contract's target.

    Raises
    ------
    RequestError
        With the code ``invalid_json``, ``not_an_object``, ``missing_labels``, ``wrong_labels``, ``empty``,
        ``wrong_prediction_id``, ``missing_label`` or ``wrong_type``, and with the position of the label at fault. Nothing
        that was sent is repeated.

    Examples
    --------
    >>> from fivefold.core.artefacts import Contract
    >>> contract = Contract("paid", "binary", ("0", "1"), "1", (), target_kind="integer")
    >>> labels_of(b'{"labels": [{"prediction_id": "7f-1-0", "label": 1}]}', contract)
    (['7f-1-0'], [1])
    """
    clean = cleaner(_column(contract))
    ids: list[str] = []
    values: list[Cleaned] = []
    for position, label in enumerate(_listed(body)):
        if not isinstance(label, dict):
            raise _wrong("A label is no object", "not_an_object", position)
        name = label.get("prediction_id")
        if not isinstance(name, str) or not _ID.fullmatch(name):
            raise _wrong("A label has no 'prediction_id' that can be used", "wrong_prediction_id", position)
        try:
            value = clean(label.get("label"))
        except RequestError as error:
            error.row = position
            raise
        if value is None:
            raise _wrong("A label has no value", "missing_label", position)
        ids.append(name)
        values.append(value)
    return ids, values


def _column(contract: Contract) -> Column:
    """The target as a column, so that labels are cleaned like everything else."""
    if contract.task == "regression":
        return Column(contract.target, "number", "number", nullable=True)
    return Column(contract.target, "category", contract.target_kind, nullable=True)


def _listed(body: bytes) -> list[object]:
    """The labels of a body, not looked at yet."""
    document = read_document(body, _SHAPE)
    if not isinstance(document, dict):
        raise RequestError("The body is no JSON object", expected=_SHAPE, todo=_LIST, code="not_an_object")
    if "labels" not in document:
        raise RequestError("The body has no 'labels'", expected=_SHAPE, todo=_LIST, code="missing_labels")
    labels = document["labels"]
    if not isinstance(labels, list):
        raise RequestError("'labels' is no list", expected=_SHAPE, todo=_LIST, code="wrong_labels")
    if not labels:
        raise RequestError(
            "'labels' is empty",
            expected="one label or more",
            todo="put the labels that are known into it",
            code="empty",
        )
    return labels


def _wrong(what: str, code: str, position: int) -> RequestError:
    """Make the error that names a position."""
    return RequestError(
        f"{what} (position {position})",
        expected=_SHAPE,
        todo="put it right and send all labels again: none was kept",
        code=code,
        row=position,
    )


def _unseen(values: list[Cleaned], contract: Contract) -> int:
    """How many labels are of a class that training never saw."""
    if contract.task == "regression":
        return 0
    clean = cleaner(_column(contract))
    classes = {level(clean(name)) for name in contract.classes}
    return sum(level(value) not in classes for value in values)
