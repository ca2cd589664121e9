"""Reading what a caller sent: never more than the limit, and only ``{"instances": [...], "parameters": {...}}``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from fivefold.core.errors import RequestError

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["Asked", "ClientLeftError", "asked_of", "read_body"]

_SHAPE = '{"instances": [{"column": value, ...}, ...]}'


class ClientLeftError(Exception):
    """The caller left before its request was complete."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for.

    Attributes
    ----------
    instances : list
    coverage : float or None
        Also say how sure each answer is, for this share of rows.
    """

    instances: list[object]
    coverage: float | None = None


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


def asked_of(body: bytes) -> Asked:
    """Return what a request asks for; parameters other than ``coverage`` are passed over.

    Raises
    ------
    RequestError
        With the code ``invalid_json``, ``not_an_object``, ``missing_instances``, ``wrong_instances``, ``empty`` or
        ``wrong_coverage``. The message tells where the mistake is, and repeats nothing of what was sent.

    Examples
    --------
    >>> asked_of(b'{"instances": [{"age": 3}], "parameters": {"coverage": 0.9}}')
    Asked(instances=[{'age': 3}], coverage=0.9)
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
    return Asked(instances, _coverage(document["parameters"]) if "parameters" in document else None)


def _coverage(parameters: object) -> float | None:
    """Return the coverage among a request's parameters, if there is one."""
    coverage = parameters.get("coverage") if isinstance(parameters, dict) else None
    if coverage is None:
        return None
    if isinstance(coverage, bool) or not isinstance(coverage, int | float):
        raise RequestError("'coverage' is no number", expected="a share such as 0.9", code="wrong_coverage")
    return float(coverage)


def _too_large(limit: int) -> RequestError:
    """Say that a body passes the limit."""
    return RequestError(
        f"The body is larger than {limit:,} bytes",
        expected="a smaller one",
        todo="send the rows in several requests",
        code="too_large",
    )
