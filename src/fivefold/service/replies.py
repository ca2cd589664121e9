"""Replies: JSON with the request's id, and one form for everything that goes wrong."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, cast

import orjson

from fivefold.core.errors import RequestError
from fivefold.service.body import ClientLeftError
from fivefold.service.doors import V2
from fivefold.service.gate import CLIENT_LEFT, header
from fivefold.service.log import NotLoggedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import TypeAlias

    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Scope

    from fivefold.runtime.predictor import Json

    Handler: TypeAlias = Callable[[Request, Exception], Awaitable[Response]]

__all__ = [
    "LabelsNotKeptError",
    "NotReadyError",
    "error_reply",
    "exception_handlers",
    "json_reply",
    "reply",
    "request_id",
    "row_error",
    "wants_page",
]

_ROUTING = {
    404: ("unknown_route", "There is no such route. Next: GET / lists the routes"),
    405: ("wrong_method", "This route takes another method. Next: GET / lists the routes"),
}
_STATUSES = {
    "unknown_model": 404,
    "too_large": 413,
    "unknown_encoding": 415,
    "wrong_charset": 415,
    "wrong_content_type": 415,
}

_journal = logging.getLogger("fivefold.service")


class NotReadyError(Exception):
    """A prediction was asked for before the model is ready."""


class LabelsNotKeptError(Exception):
    """Labels came to a service whose log does not keep them."""


def request_id(request: Request) -> str:
    """Return the id that the gate gave to this request."""
    return str(request.scope.get("request_id", ""))


def json_reply(
    request: Request, document: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Make a reply of JSON."""
    body = orjson.dumps(document)
    return reply(request, body, "application/json", status=status, headers=headers)


def reply(
    request: Request,
    body: bytes,
    kind: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make a reply that carries the request's id."""
    response_type = _response_type()
    response = response_type.__new__(
        response_type
    )  # its own making of headers costs as much as a small model
    response.status_code, response.body, response.background = status, body, None
    response.raw_headers = [
        # First those that differ from reply to reply: the connection knows the others again.
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", request_id(request).encode("latin-1")),
        (b"content-type", kind.encode("latin-1")),
    ]
    if headers:
        response.raw_headers.extend(
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
        )
    return response


@functools.cache
def _response_type() -> type[Response]:
    """Return Starlette's own; imported once, since even to find it again takes a while."""
    from starlette.responses import Response

    return Response


def error_reply(
    scope: Scope, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    """Make the reply of a middleware that refuses a request."""
    from starlette.requests import Request

    return _error(Request(scope), status, code, message, headers=headers)


def wants_page(scope: Scope) -> bool:
    """Whether a browser asks for something to look at."""
    return scope["method"] in {"GET", "HEAD"} and b"text/html" in header(scope, b"accept")


def exception_handlers() -> dict[type[Exception], Handler]:
    """Return who answers which exception; Starlette asks them, so that no handler of ours needs a net of its own."""
    from starlette.exceptions import HTTPException

    return {
        RequestError: _refuse,
        HTTPException: _no_such_thing,
        NotReadyError: _not_ready,
        NotLoggedError: _not_logged,
        LabelsNotKeptError: _labels_not_kept,
        ClientLeftError: _gone,
        Exception: _broke,
    }


def row_error(error: RequestError) -> dict[str, Json]:
    """Say in an answer's place what was wrong with a row, and nothing of what was in it."""
    return {"code": error.code, "message": _said_of(error), "column": error.column or None}


def _said_of(error: RequestError) -> str:
    """Return what may be told of an error. What was seen stays out: it may be somebody's data."""
    labelled = (("Expected", error.expected), ("Next", error.todo))
    return ". ".join([error.what, *(f"{label}: {text}" for label, text in labelled if text)])


async def _refuse(request: Request, error: Exception) -> Response:
    """Answer a request that cannot be understood."""
    found = cast("RequestError", error)
    status = _STATUSES.get(found.code, 400)
    return _error(request, status, found.code, _said_of(found), column=found.column, row=found.row)


async def _no_such_thing(request: Request, error: Exception) -> Response:
    """Answer an unknown route or a wrong method."""
    found = cast("HTTPException", error)
    code, message = _ROUTING.get(found.status_code, ("http_error", found.detail))
    return _error(request, found.status_code, code, message, headers=found.headers)


async def _not_ready(request: Request, _: Exception) -> Response:
    """Answer a prediction that was asked for too early."""
    message = "The model is still being loaded. Next: try again when /readyz answers 200"
    return _error(request, 503, "not_ready", message, headers={"retry-after": "1"})


async def _not_logged(request: Request, error: Exception) -> Response:
    """Answer what could not be logged and must not go unlogged; the reason is for the service's own output."""
    _journal.error("request %s was refused, since it could not be logged: %s", request_id(request), error)
    message = "The log cannot be written, and nothing is answered unlogged. Next: try again"
    return _error(request, 503, "log_unavailable", message, headers={"retry-after": "1"})


async def _labels_not_kept(request: Request, _: Exception) -> Response:
    """Answer labels that this service has no place for."""
    message = (
        "The log of this service keeps no labels. "
        "Next: give a table of outcomes to fivefold monitor, or start the service with a log in a file or a database"
    )
    return _error(request, 501, "labels_not_kept", message)


async def _broke(request: Request, error: Exception) -> Response:
    """Answer when something of ours broke: nothing of it goes out but the id under which it is logged."""
    _journal.error("request %s broke: %s", request_id(request), type(error).__name__)
    message = "The service could not answer. Next: look for the request id in its output"
    return _error(request, 500, "internal_error", message)


async def _gone(request: Request, _: Exception) -> Response:
    """Answer nobody: the caller left before its request was complete."""
    return _error(request, CLIENT_LEFT, "client_left", "The request was not complete")


def _error(
    request: Request,
    status: int,
    code: str,
    message: str,
    *,
    column: str = "",
    row: int = -1,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the one form of an error."""
    if f"{request.scope['path']}/".startswith(f"{V2}/"):
        document: dict[str, object] = {"error": _sentence(request, code, message, column, row)}
        return json_reply(request, document, status=status, headers=headers)
    details = {
        "code": code,
        "message": message,
        "column": column or None,
        "row": row if row >= 0 else None,
        "request_id": request_id(request),
    }
    return json_reply(request, {"error": details}, status=status, headers=headers)


def _sentence(request: Request, code: str, message: str, column: str, row: int) -> str:
    """Say all of an error in one text: the Open Inference Protocol has no other place for it."""
    named = {"code": code, "column": column, "row": row if row >= 0 else "", "request": request_id(request)}
    return f"{message} [{', '.join(f'{name}: {value}' for name, value in named.items() if value != '')}]"
