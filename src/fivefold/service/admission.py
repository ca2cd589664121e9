"""Admission: how many requests for predictions may be in the works at once, and how long each may take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fivefold.service.gate import EXPLAIN_ROUTE, PREDICTING, header
from fivefold.service.overseer import Overseer
from fivefold.service.replies import error_reply

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from fivefold.service.settings import ServiceSettings

__all__ = ["IN_HAND", "Admission"]

IN_HAND = "fivefold.in_hand"
"""Under this key of the scope stands a collection of all requests that the server has in hand, where it tells."""

_WORK = PREDICTING | {EXPLAIN_ROUTE}
"""Names of the routes behind which the model works; all others are answered whatever goes on."""
_DIGITS = 18
"""Of a length that is looked at; whoever states a longer one counts like one who states none."""
_PIECE = 65_536
"""Bytes of a body that count as one request: what many large ones hold in memory has a bound, too."""


class Admission:
    """ASGI middleware inside of the guard: who has no token takes no place.

    Parameters
    ----------
    app : ASGIApp
    settings : ServiceSettings
    """

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._places = settings.max_concurrency
        self._seconds = settings.request_timeout
        self._overseer = Overseer(settings.request_timeout)
        self._limit = settings.limit
        self._taken = 0
        self._crowded = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit a request for predictions, or refuse it at once; others pass."""
        if scope["type"] != "http" or scope["route_name"] not in _WORK:
            await self._app(scope, receive, send)
            return
        size = self._size(scope)
        if self._taken and self._taken + size > self._places:
            message = "The service has as many requests in the works as it may. Next: try again in a second"
            refusal = error_reply(scope, 429, "too_many_requests", message, headers={"retry-after": "1"})
            await refusal(scope, receive, send)
            return
        self._taken += size
        task = self._overseer.watch()
        try:
            if self._crowded:
                # One that comes in the same turn of the loop as another lets the rest come in first, so that all are
                # counted: small ones are answered without a pause, and would be seen one at a time, however many wait.
                # Where the server tells how many there are, and they find a place, that is not needed.
                if IN_HAND not in scope or self._taken + len(scope[IN_HAND]) > self._places:
                    await asyncio.sleep(0)
            else:
                self._crowded = True
                asyncio.get_running_loop().call_soon(self._clear)
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self._overseer.has_ended(task) or "status" in scope:
                raise
            message = f"The answer took longer than {self._seconds:g} seconds. Next: send fewer rows at once"
            await error_reply(scope, 504, "timed_out", message)(scope, receive, send)
        finally:
            self._overseer.leave(task)
            self._taken -= size

    def _size(self, scope: Scope) -> int:
        """Places that a request takes; one whose length is not stated, or packed, may be as long as the limit."""
        stated = header(scope, b"content-length")
        if stated.isdigit() and len(stated) <= _DIGITS and not header(scope, b"content-encoding"):
            # A longer body than the limit is refused before it is read.
            return 1 + min(int(stated), self._limit) // _PIECE
        unknown = stated or header(scope, b"transfer-encoding")
        return 1 + self._limit // _PIECE if unknown else 1

    def _clear(self) -> None:
        """The loop has gone round."""
        self._crowded = False
