"""Replies that go out in one piece are what uvicorn itself would have written, and whatever is not usual is left to it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from fivefold.service.admission import IN_HAND
from fivefold.service.connection import Connection
from fivefold.service.server import TRIED, connection_of

BODY = b"one body"
OWN = [(b"content-length", b"8"), (b"x-request-id", b"a-1")]
SAME = [(b"Content-Type", b"text/plain"), (b"x-a", b"b")]
REPLIES: dict[str, tuple[int, list[tuple[bytes, bytes]], list[bytes]]] = {
    "/usual": (200, [*OWN, *SAME], [BODY]),
    "/refused": (404, [*OWN, *SAME], [BODY]),
    "/bare": (200, OWN, [BODY]),
    "/other-order": (200, [*SAME, *OWN], [BODY]),
    "/no-id": (200, [OWN[0], *SAME], [BODY]),
    "/chunked": (200, SAME, [b"one ", b"body"]),
    "/said-chunked": (200, [OWN[1], (b"transfer-encoding", b"chunked")], [BODY]),
    "/in-pieces": (200, [*OWN, *SAME], [b"one ", b"body"]),
    "/closes": (200, [*OWN, (b"connection", b"close")], [BODY]),
    "/nothing": (204, [(b"x-request-id", b"a-1")], [b""]),
    "/empty": (200, [(b"content-length", b"0"), OWN[1], *SAME], [b""]),
    "/too-long": (200, [(b"content-length", b"4"), OWN[1], *SAME], [BODY]),
    "/too-short": (200, [(b"content-length", b"80"), OWN[1], *SAME], [BODY]),
    "/unsafe": (200, [OWN[0], (b"x-request-id", b"a\r\nx: y"), *SAME], [BODY]),
    "/unsafe-too": (200, [*OWN, (b"x-a", b"b\r\nx: y")], [BODY]),
    "/twice": (200, [*OWN, OWN[0]], [BODY]),
}


async def app(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body", False):
        pass
    path = scope["path"]
    if path == "/breaks":
        raise RuntimeError
    if path == "/silent":
        return
    status, headers, pieces = REPLIES["/usual" if path == "/breaks-later" else path]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if path == "/breaks-later":
        raise RuntimeError
    for place, piece in enumerate(pieces):
        await send({"type": "http.response.body", "body": piece, "more_body": place + 1 < len(pieces)})


async def talk(kind: type[HttpToolsProtocol], sent: bytes) -> bytes:
    """Have a real socket answered, and return all that came back."""
    config = uvicorn.Config(app, http=kind, lifespan="off", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    state.default_headers = [(b"date", b"Sat, 28 Nov 2026 06:00:00 GMT")]
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: kind(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(sent)
        writer.write_eof()
        found = await asyncio.wait_for(reader.read(), 20)
        writer.close()
    return found


def answered(kind: type[HttpToolsProtocol], sent: bytes) -> list[tuple[bytes, list[bytes], bytes]]:
    """Return status line, headers in order of their names, and the body of each reply."""
    found, replies = asyncio.run(talk(kind, sent)), []
    for reply in found.split(b"HTTP/1.1 ")[1:]:
        head, _, body = reply.partition(b"\r\n\r\n")
        status, *headers = head.split(b"\r\n")
        replies.append((status, sorted(headers), body))
    return replies


def request(
    path: str, *, method: str = "GET", version: str = "1.1", headers: str = "", body: str = ""
) -> bytes:
    length = f"content-length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/{version}\r\nhost: localhost\r\n{length}{headers}\r\n{body}".encode()


@pytest.mark.parametrize("path", [*REPLIES, "/breaks", "/silent"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_reply_is_what_uvicorn_writes(path: str, method: str) -> None:
    sent = request(path, method=method, body="hello" if method == "POST" else "")
    assert answered(Connection, sent) == answered(HttpToolsProtocol, sent)
    assert bool(answered(Connection, sent)) != path.startswith("/unsafe")


@pytest.mark.parametrize(
    "sent",
    [
        request("/usual") + request("/refused") + request("/in-pieces") + request("/usual"),
        request("/usual", headers="connection: close\r\n"),
        request("/usual", version="1.0"),
        request("/usual", version="1.0", headers="connection: keep-alive\r\n"),
        request("/usual", method="POST", headers="expect: 100-continue\r\n", body="hello"),
    ],
)
def test_so_is_what_comes_of_how_it_is_asked_for(sent: bytes) -> None:
    assert answered(Connection, sent) == answered(HttpToolsProtocol, sent)
    assert answered(Connection, sent)


def test_what_breaks_between_head_and_body_is_told() -> None:
    """Uvicorn has sent the head by then, and can only hang up; here it is still held."""
    ((status, _, body),) = answered(Connection, request("/breaks-later"))
    assert status.startswith(b"500")
    assert body == b"Internal Server Error"


class Wire(asyncio.Transport):
    """Keeps each piece that is written."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def write(self, data: Any) -> None:
        self.pieces.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed


class Skipping(asyncio.SelectorEventLoop):
    """A loop whose clock can be put forward."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


def test_head_and_body_are_one_piece_and_all_in_hand_are_shown() -> None:
    seen: list[int] = []

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        seen.append(len(scope[IN_HAND]))
        await app(scope, receive, send)

    async def come() -> list[Wire]:
        config = uvicorn.Config(counting, http=Connection, lifespan="off", log_config=None, access_log=False)
        config.load()
        state, wires = ServerState(), [Wire() for _ in range(3)]
        for wire in wires:
            connection = Connection(config=config, server_state=state, app_state={})
            connection.connection_made(wire)
            connection.data_received(request("/usual"))
        while state.tasks:
            await asyncio.sleep(0)
        return wires

    for wire in asyncio.run(come()):
        (piece,) = wire.pieces
        assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
        assert piece.endswith(b"\r\n\r\n" + BODY)
    assert seen == [3, 3, 3]


@pytest.mark.parametrize("kind", [Connection, HttpToolsProtocol])
def test_a_connection_is_closed_when_it_was_idle_for_so_long_and_not_before(
    kind: type[HttpToolsProtocol],
) -> None:
    loop, wire = Skipping(), Wire()

    async def pass_by(seconds: float) -> None:
        loop.ahead += seconds
        for _ in range(10):
            await asyncio.sleep(0)

    async def come() -> None:
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_keep_alive=75)
        config.load()
        connection = kind(config=config, server_state=ServerState(), app_state={})
        connection.connection_made(wire)
        for answers in range(1, 4):  # longer together than it may be idle
            connection.data_received(request("/usual"))
            await pass_by(0.0)
            assert b"".join(wire.pieces).count(BODY) == answers
            await pass_by(50.0)
        head = request("/usual")
        connection.data_received(head[:20])  # whoever has begun to ask is not idle
        await pass_by(200.0)
        assert not wire.closed
        connection.data_received(head[20:])
        await pass_by(0.0)
        await pass_by(74.0)
        assert not wire.closed
        await pass_by(2.0)
        assert wire.closed

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(come())


def test_nothing_of_a_connection_that_is_gone_waits_for_its_timer() -> None:
    async def come() -> None:
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
        config.load()
        connection = Connection(config=config, server_state=ServerState(), app_state={})
        connection.connection_made(Wire())
        connection.data_received(request("/usual"))
        while not connection.cycle.response_complete:
            await asyncio.sleep(0)
        timer = connection.timeout_keep_alive_task
        connection.connection_lost(None)
        assert timer is not None
        assert timer.cancelled()
        assert connection.timeout_keep_alive_task is None

    asyncio.run(come())


def test_a_version_that_it_was_not_tried_with_speaks_for_itself() -> None:
    assert connection_of(f"{TRIED[0]}.{TRIED[1]}.7") is Connection
    for later in (f"{TRIED[0]}.{TRIED[1] + 1}.0", "99.0.0", "99.0rc1"):
        assert connection_of(later) == "auto"
    assert connection_of(uvicorn.__version__) is Connection, "try it with this version, and raise TRIED"
