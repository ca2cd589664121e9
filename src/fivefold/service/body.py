"""Reading what a caller sent, as plain bytes: never more than the limit, inflated if it was sent compressed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from fivefold.core.errors import RequestError
from fivefold.core.inflation import GZIP_OR_ZLIB, inflate
from fivefold.service.gate import header

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["ClientLeftError", "read_body"]

_AS_IT_IS = frozenset({"", "identity"})
_INFLATED = frozenset({"gzip", "x-gzip", "deflate"})


class ClientLeftError(Exception):
    """The caller left before its request was complete."""


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body; what lies beyond the limit is never read, whatever length the caller stated.

    A body with ``Content-Encoding: gzip`` or ``deflate`` is inflated, and the limit holds for what comes out as well.

    Raises
    ------
    RequestError
        With the code ``too_large``, ``unknown_encoding`` or ``invalid_encoding``.
    ClientLeftError
        When the connection ends before the body does.
    """
    coding = _coding_of(request)
    receive = request.receive
    pieces: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeftError
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
        more = message.get("more_body", False)
    body = b"".join(pieces)
    return _inflate(body, limit) if coding in _INFLATED else body


def _coding_of(request: Request) -> str:
    """Return how the body is encoded; one of those that are known."""
    coding = header(request.scope, b"content-encoding").decode("latin-1").strip().lower()
    if coding not in _AS_IT_IS and coding not in _INFLATED:
        raise RequestError(
            "The body has an encoding that is not known here",
            expected="no Content-Encoding, or gzip, or deflate",
            todo="send the body as it is",
            code="unknown_encoding",
        )
    return coding


def _inflate(body: bytes, limit: int) -> bytes:
    """Inflate a body, and stop as soon as more comes out than is allowed."""
    try:
        return inflate(body, limit, GZIP_OR_ZLIB)
    except OverflowError as error:
        raise _too_large(limit) from error
    except zlib.error as error:
        raise _not_encoded() from error


def _not_encoded() -> RequestError:
    """Say that a body is not encoded as its header says."""
    return RequestError(
        "The body is not what its Content-Encoding says",
        expected="one whole stream of gzip or zlib",
        todo="send the body as it is, without a Content-Encoding",
        code="invalid_encoding",
    )


def _too_large(limit: int) -> RequestError:
    """Say that a body passes the limit."""
    return RequestError(
        f"The body is larger than {limit:,} bytes",
        expected="a smaller one",
        todo="send the rows in several requests",
        code="too_large",
    )
