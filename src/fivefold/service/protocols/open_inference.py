"""The Open Inference Protocol, version 2, over REST, as KServe, Triton and MLServer speak it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import orjson

from fivefold.core.errors import RequestError
from fivefold.core.version import __version__
from fivefold.service.asked import Parameters
from fivefold.service.body import read_body
from fivefold.service.documents import read_document
from fivefold.service.doors import V2
from fivefold.service.gate import LIVE_ROUTE, READY_ROUTE, V2_ROUTE
from fivefold.service.media import expect_json
from fivefold.service.openapi import json_body, object_schema, operation
from fivefold.service.protocols.columns import answers_as_tensors, described, output_names, rows_of
from fivefold.service.protocols.tensors import check_codec, read_tensors, write_tensors, wrong_tensor
from fivefold.service.replies import json_reply, reply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from fivefold.runtime.predictor import Predictor
    from fivefold.service.answering import Answering
    from fivefold.service.doors import Doors
    from fivefold.service.engine import Engine
    from fivefold.service.openapi import Json, Paths
    from fivefold.service.settings import ServiceSettings

__all__ = ["OpenInference"]

_LENGTH = "inference-header-content-length"
_SHAPE = '{"inputs": [{"name": ..., "datatype": ..., "shape": [...], "data": [...]}]}'
_ERROR = object_schema({"error": {"type": "string"}})
_TENSOR = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "datatype": {"type": "string"},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        "data": {"type": "array"},
    },
    "required": ["name", "datatype", "shape"],
}
_TENSORS: Json = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "inputs": {"type": "array", "minItems": 1, "items": _TENSOR}},
    "required": ["inputs"],
}


class OpenInference:
    """Everything under ``/v2``.

    An answer has no place for what is wrong with one row, so that a request is answered as a whole or not at all.

    Parameters
    ----------
    engine : Engine
    answering : Answering
    settings : ServiceSettings
    """

    def __init__(self, engine: Engine, answering: Answering, settings: ServiceSettings) -> None:
        self._engine = engine
        self._answering = answering
        self._settings = settings

    def routes(self) -> list[Route]:
        """Return the routes."""
        from starlette.routing import Route

        routes = [
            Route(V2, self.server, methods=["GET"], name="v2_server"),
            Route(f"{V2}/health/live", self.live, methods=["GET"], name=LIVE_ROUTE),
            Route(f"{V2}/health/ready", self.ready, methods=["GET"], name=READY_ROUTE),
        ]
        for path in (f"{V2}/models/{{name}}", f"{V2}/models/{{name}}/versions/{{version}}"):
            routes += [
                Route(path, self.model, methods=["GET"], name="v2_model"),
                Route(f"{path}/ready", self.model_ready, methods=["GET"], name=READY_ROUTE),
                Route(f"{path}/infer", self.infer, methods=["POST"], name=V2_ROUTE),
            ]
        return routes

    def paths(self, predictor: Predictor, doors: Doors) -> Paths:  # noqa: ARG002 - the protocol's paths are its own
        """Describe them; of the model under its own name."""
        place = f"{V2}/models/{self._settings.name}"
        anything = json_body({"type": "object"})
        asks: tuple[tuple[str, str, str, bool], ...] = (
            (V2, "v2_server", "Name, version and extensions", False),
            (f"{V2}/health/live", "v2_live", "The process answers", True),
            (f"{V2}/health/ready", "v2_ready", "Predictions can be had", True),
            (place, "v2_model", "What the model takes and gives, as tensors", False),
            (f"{place}/ready", "v2_model_ready", "The model is ready", True),
        )
        found: Paths = {}
        for path, name, summary, is_open in asks:
            told = operation(name, summary, anything, refusals=[503], error=_ERROR, is_open=is_open)
            if is_open:  # what is said of a state is no error
                told["responses"]["503"]["content"] = anything
            found[path] = {"get": told}
        body = json_body(_TENSORS, {"inputs": _example(predictor)})
        infer = operation(
            "v2_infer",
            "Tensors in, tensors out: one per column, or one of all columns in their order",
            json_body({"type": "object"}),
            body=body,
            refusals=(400, 413, 415, 429, 503, 504),
            error=_ERROR,
        )
        return found | {f"{place}/infer": {"post": infer}}

    async def server(self, request: Request) -> Response:
        """``GET /v2``: what this is."""
        about = {"name": "fivefold", "version": __version__, "extensions": ["binary_tensor_data"]}
        return json_reply(request, about)

    async def live(self, request: Request) -> Response:
        """``GET /v2/health/live``: the process answers."""
        return json_reply(request, {"live": True})

    async def ready(self, request: Request) -> Response:
        """``GET /v2/health/ready``: 200 once predictions can be had, 503 before."""
        ready = self._engine.predictor is not None
        return json_reply(request, {"live": True, "ready": ready}, status=200 if ready else 503)

    async def model_ready(self, request: Request) -> Response:
        """``GET /v2/models/{name}/ready``: the same of the model."""
        self._check_name(request)
        predictor = self._engine.predictor
        if predictor is not None:
            _check_version(request, predictor)
        about = {"name": self._settings.name, "ready": predictor is not None}
        return json_reply(request, about, status=503 if predictor is None else 200)

    async def model(self, request: Request) -> Response:
        """``GET /v2/models/{name}``: what the model takes and gives."""
        predictor = self._predictor(request)
        about = {
            "name": self._settings.name,
            "versions": [predictor.version],
            "platform": "fivefold_bundle",
        }
        return json_reply(request, about | described(predictor.contract))

    async def infer(self, request: Request) -> Response:
        """``POST /v2/models/{name}/infer``: tensors in, tensors out."""
        self._predictor(request)  # an unknown name is refused before the body is read
        expect_json(request)
        body = await read_body(request, self._settings.limit)
        predictor = self._predictor(request)  # another may have taken its place meanwhile
        head, binary = _parted(request, body)
        document = read_document(head, _SHAPE)
        if not isinstance(document, dict):
            raise RequestError("The body is no JSON object", expected=_SHAPE, code="not_an_object")
        name = document.get("id")
        if name is not None and not isinstance(name, str):
            raise wrong_tensor("'id' is no text", "a text, or none")
        said = document.get("parameters")
        if isinstance(said, dict):
            check_codec(said)
        instances = rows_of(read_tensors(document.get("inputs"), binary), predictor.contract)
        coverage = Parameters.of(said).coverage
        # Before anything is answered: what is refused must not stand in the log.
        chosen = _chosen(
            output_names(predictor.contract, sure=coverage is not None), document.get("outputs"), said
        )
        answered = await self._answering.answer(request, instances, coverage=coverage, strict=True)
        tensors = {tensor.name: tensor for tensor in answers_as_tensors(answered, predictor.contract)}
        packed = [binary for _, binary in chosen]
        outputs, data = write_tensors([tensors[name] for name, _ in chosen], packed)
        about = {"model_name": self._settings.name, "model_version": predictor.version}
        about |= {} if name is None else {"id": name}
        return _put(request, about | {"outputs": outputs}, data, packed=any(packed))

    def _predictor(self, request: Request) -> Predictor:
        """Return the predictor that a path speaks of."""
        self._check_name(request)
        predictor = self._answering.predictor
        _check_version(request, predictor)
        return predictor

    def _check_name(self, request: Request) -> None:
        """Refuse the name of a model that is not here."""
        if request.path_params["name"] != self._settings.name:
            raise RequestError(
                "There is no such model",
                expected=f"'{self._settings.name}', the only one here",
                todo="ask for it, or start the service with another --name",
                code="unknown_model",
            )


def _example(predictor: Predictor) -> list[dict[str, object]]:
    """Return a golden row as tensors."""
    row = predictor.golden[0].row if predictor.golden else {}
    inputs = cast("list[dict[str, object]]", described(predictor.contract)["inputs"])
    return [
        {
            "name": each["name"],
            "datatype": each["datatype"],
            "shape": [1],
            "data": [row.get(str(each["name"]))],
        }
        for each in inputs
    ]


def _check_version(request: Request, predictor: Predictor) -> None:
    """Refuse a version that is not served."""
    if request.path_params.get("version", predictor.version) != predictor.version:
        raise RequestError(
            "There is no such version",
            expected=f"'{predictor.version}', the only one here",
            todo="ask for it, or for none",
            code="unknown_model",
        )


def _parted(request: Request, body: bytes) -> tuple[bytes, bytes]:
    """Part a body into its JSON and the bytes behind it."""
    said = request.headers.get(_LENGTH)
    if said is None:
        return body, b""
    if not (said.isascii() and said.isdecimal() and len(said) < 10 and int(said) <= len(body)):
        raise wrong_tensor(
            "The header Inference-Header-Content-Length is none", "the length of the JSON in bytes"
        )
    return body[: int(said)], body[int(said) :]


def _chosen(names: Sequence[str], wanted: object, parameters: object) -> list[tuple[str, bool]]:
    """Return the outputs that were asked for, and whether each is to be bytes; without a choice all of them."""
    usual = isinstance(parameters, dict) and parameters.get("binary_data_output") is True
    if wanted is None or wanted == []:
        return [(name, usual) for name in names]
    if not isinstance(wanted, list):
        raise wrong_tensor("'outputs' is no list", ", ".join(names))
    chosen: list[tuple[str, bool]] = []
    for each in wanted:
        name = each.get("name") if isinstance(each, dict) else None
        if not isinstance(name, str) or name not in names:
            raise wrong_tensor("An output was asked for that there is not", ", ".join(names))
        said = each.get("parameters")
        binary = said.get("binary_data", usual) is True if isinstance(said, dict) else usual
        chosen.append((name, binary))
    return chosen


def _put(request: Request, document: Mapping[str, object], data: bytes, *, packed: bool) -> Response:
    """Make the reply: JSON, with the bytes behind it if there are to be any."""
    if not packed:
        return json_reply(request, document)
    head = orjson.dumps(document)
    return reply(request, head + data, "application/octet-stream", headers={_LENGTH: str(len(head))})
