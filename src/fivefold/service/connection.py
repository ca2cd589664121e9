"""The connection: uvicorn's own, where a reply whose head and body are there together goes out in one piece.

uvicorn looks at every header of every reply, and has the system send head and body apart. Nearly all replies have the same headers but
for two, and one piece: to know the others again costs a tenth of that, and the system is asked once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
)

from fivefold.service.admission import IN_HAND

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import TypeAlias

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    Header: TypeAlias = tuple[bytes, bytes]

__all__ = ["Connection"]

_KNOWN = 256
"""Sets of headers that are kept as they are written; one of them changes with each second's date."""
_LENGTH, _ID = b"content-length", b"x-request-id"
_FRAMING = frozenset({b"connection", b"transfer-encoding", _LENGTH})
"""Headers that say how a reply is sent: uvicorn itself sees to those."""
_BODILESS = frozenset({204, 304})


class Connection(HttpToolsProtocol):
    """A connection of a client; for ``uvicorn.Config(http=...)``.

    Where uvicorn is so old that it does not ask this for its tasks, it writes all by itself. The timer that closes an idle connection is
    armed once and looks, when it goes off, whether it is time: one for each reply would be taken back nearly always.
    """

    _idle_since: float | None = None
    """When the last reply had gone out, by the loop's clock; None once something has come after it."""

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._idle_since = None
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Go on to the next request, or begin to wait for it."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._look_after(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that has been idle for so long; look again where it has not."""
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return  # the next reply arms it anew
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._look_after(left)
        else:
            super().timeout_keep_alive_handler()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the timer, too."""
        super()._unset_keepalive_if_required()
        super().connection_lost(exc)

    def _look_after(self, seconds: float) -> None:
        """Arm the timer."""
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _unset_keepalive_if_required(self) -> None:
        """Leave the timer: it looks for itself."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Let the application answer one request; its scope shows how many are in hand, those that came just now, too."""
        scope: Any = cycle.scope
        scope[IN_HAND] = self.tasks
        super()._start_asgi_task(cycle, _Writing(app, cycle))


class _Writing:
    """The application, as it is called for one request: the head that it sends is held until its body is there.

    Messages are ``Any`` here: uvicorn and Starlette have types of their own for them, which do not fit each other.
    """

    __slots__ = ("_app", "_cycle", "_head")

    def __init__(self, app: Any, cycle: RequestResponseCycle) -> None:
        self._app = app
        self._cycle = cycle
        self._head: Any = None

    def __call__(self, scope: Any, receive: Any, _: Any) -> Awaitable[None]:
        answered: Awaitable[None] = self._app(scope, receive, self._send)
        return answered

    async def _send(self, message: Any) -> None:
        """Hold a head; write it with its body, or hand both on to uvicorn where it has more to see to than to write."""
        cycle, head = self._cycle, self._head
        if head is None:
            if message["type"] == "http.response.start" and not cycle.response_started:
                self._head = message
            else:
                await cycle.send(message)
            return
        self._head = None
        piece = self._whole(head, message)
        if piece is None:
            await cycle.send(head)
            await cycle.send(message)
            return
        cycle.response_started = cycle.response_complete = True
        cycle.transport.write(piece)
        cycle.message_event.set()
        cycle.on_response()

    def _whole(self, head: Any, message: Any) -> bytes | None:
        """Return the bytes of a reply; None where it is not whole, or not of the usual kind."""
        cycle, status, headers, body = (
            self._cycle,
            head["status"],
            head.get("headers", ()),
            message.get("body", b""),
        )
        if (
            cycle.disconnected
            or cycle.flow.write_paused
            or cycle.waiting_for_100_continue
            or cycle.access_log
        ):
            return None
        if message["type"] != "http.response.body" or message.get("more_body", False) or not cycle.keep_alive:
            return None
        if cycle.scope["method"] == "HEAD" or status in _BODILESS or len(headers) < 2:
            return None
        (first, length), (second, name), *others = headers
        if first != _LENGTH or length != b"%d" % len(body) or second != _ID or HEADER_VALUE_RE.search(name):
            return None
        known = _lines((*cycle.default_headers, *others))
        if known is None:
            return None
        own = b"x-request-id: %b\r\ncontent-length: %b\r\n" % (name, length)
        return b"".join([STATUS_LINE[status], own, known, b"\r\n", body])


@lru_cache(_KNOWN)
def _lines(headers: tuple[Header, ...]) -> bytes | None:
    """Return headers as they are written; None where uvicorn has to see to one, or refuses it."""
    lines = []
    for name, value in headers:
        if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value) or name.lower() in _FRAMING:
            return None
        lines.append(b"%b: %b\r\n" % (name.lower(), value))
    return b"".join(lines)
