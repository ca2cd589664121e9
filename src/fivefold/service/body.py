"""Reading what a caller sent: never more than the limit, and only the shape ``{"instances": [...]}``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from fivefold.core.errors import RequestError

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["ClientLeftError", "instances_of", "read_body"]

_SHAPE = '{"instances": [{"column": value, ...}, ...]}'


class ClientLeftError(Exception):
    """The caller left before its request was complete."""


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body; what lies beyond the limit is never read, whatever length the caller stated.

    Raises
    ------
    RequestError
        With the code ``too_large``.
    ClientLeftError
        When the connection ends before the body does.
    """
    pieces: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientLeftError
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
        more = message.get("more_body", False)
    return b"".join(pieces)


def instances_of(body: bytes) -> list[object]:
    """Return the instances of a request.

    Raises
    ------
    RequestError
        With the code ``invalid_json``, ``not_an_object``, ``missing_instances``, ``wrong_instances`` or ``empty``. The
        message tells where the mistake is, and repeats nothing of what was sent.

    Examples
    --------
    >>> instances_of(b'{"instances": [{"age": 3}]}')
    [{'age': 3}]
    """
    try:
        document: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if body.strip() else "it is empty"
        raise RequestError(
            f"The body is no JSON ({where})",
            expected=f"{_SHAPE} in UTF-8; a missing value is null, not NaN",
            code="invalid_json",
        ) from error
    if not isinstance(document, dict):
        raise RequestError("The body is no JSON object", expected=_SHAPE, code="not_an_object")
    if "instances" not in document:
        raise RequestError("The body has no 'instances'", expected=_SHAPE, code="missing_instances")
    instances = document["instances"]
    if not isinstance(instances, list):
        raise RequestError("'instances' is no list", expected=_SHAPE, code="wrong_instances")
    if not instances:
        raise RequestError("'instances' is empty", expected="one instance or more", code="empty")
    return instances


def _too_large(limit: int) -> RequestError:
    """Say that a body passes the limit."""
    return RequestError(
        f"The body is larger than {limit:,} bytes",
        expected="a smaller one",
        todo="send the rows in several requests",
        code="too_large",
    )
