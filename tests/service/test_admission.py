"""How many requests are in the works, how long they may take, and what becomes of them at the end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest

from fivefold.core.protocols import Bundle
from fivefold.service.admission import IN_HAND, Admission
from fivefold.service.settings import ServiceSettings
from fivefold.testing.loopback import free_port
from tests.service.serving import ROW, SECONDS, Answer, Service, eventually, serving
from tests.service.test_server import is_ready, started

LARGE = orjson.dumps({"instances": [list(ROW.values())] * 41_000})
"""1.4 MB: seconds of work, some milliseconds at a stretch."""


@pytest.fixture(scope="module")
def narrow(bundle: Bundle) -> Iterator[Service]:
    with serving(bundle.folder, None, ServiceSettings(max_concurrency=2)) as found:
        yield found


def test_the_large_body_is_about_as_large_as_it_may_be() -> None:
    assert 1_400_000 < len(LARGE) < 1_500_000


def test_what_comes_while_all_places_are_taken_is_told_to_come_again(narrow: Service) -> None:
    def admitted() -> Answer:
        """The answer to the large one, which is itself told to come again where a small one is in the works as it comes."""
        answer, left = narrow.ask("POST", "/predict", LARGE), 100
        while answer.status == 429 and left:
            answer, left = narrow.ask("POST", "/predict", LARGE), left - 1
        return answer

    with ThreadPoolExecutor(1) as pool:
        large = pool.submit(admitted)
        refused = []
        while not large.done():
            answer = narrow.predict([ROW])
            if answer.status == 429:
                refused.append(answer)
            assert narrow.ask("GET", "/livez").status == 200
    assert large.result().status == 200
    assert refused
    assert refused[0].code == "too_many_requests"
    assert int(refused[0].headers["retry-after"]) >= 1
    assert narrow.predict([ROW]).status == 200
    assert b'code="429",route="predict"' in narrow.ask("GET", "/metrics").body


def test_one_that_is_larger_than_all_places_is_answered_when_nothing_else_is(narrow: Service) -> None:
    assert narrow.ask("POST", "/predict", LARGE).status == 200


@pytest.mark.parametrize("told", [False, True])
def test_small_ones_that_come_at_once_are_all_counted(told: bool) -> None:
    """Each is answered without a pause, so that without giving way every one would find the place of the last one free."""
    answered: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def come(number: int) -> None:
        admission = Admission(app, ServiceSettings(max_concurrency=5))
        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "headers": [],
            "path": "/predict",
            "header": {},
            "route_name": "predict",
        }
        if told:
            scope[IN_HAND] = range(number)
        await asyncio.gather(*(admission(dict(scope), receive, send) for _ in range(number)))
        await admission(scope, receive, send)

    asyncio.run(come(20))
    # The first goes on alone, five find a place, and one comes when all is over.
    assert sorted(answered) == [200] * 7 + [429] * 14


def test_where_all_that_came_find_a_place_none_waits_for_the_others() -> None:
    begun: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        begun.append(scope["number"])

    async def come() -> None:
        admission = Admission(app, ServiceSettings(max_concurrency=5))
        scope = {"type": "http", "header": {}, "route_name": "predict", IN_HAND: range(4)}
        for number in range(4):
            await admission({**scope, "number": number}, nothing, nothing)
            assert begun[-1] == number

    async def nothing(*_: object) -> Any:
        raise NotImplementedError

    async def turns() -> int:
        """Count how often others get their turn meanwhile."""
        task, passed = asyncio.ensure_future(come()), 0
        while not task.done():
            await asyncio.sleep(0)
            passed += 1
        await task
        return passed

    assert asyncio.run(turns()) == 1


def test_what_takes_too_long_is_given_up_and_the_place_is_free_again(bundle: Bundle) -> None:
    with serving(bundle.folder, None, ServiceSettings(request_timeout=0.05, max_concurrency=1)) as service:
        answer = service.ask("POST", "/predict", LARGE)
        assert (answer.status, answer.code) == (504, "timed_out")
        assert "0.05 seconds" in answer.json["error"]["message"]
        eventually(lambda: service.predict([ROW]).status == 200)


def test_a_caller_who_sends_nothing_more_is_given_up(bundle: Bundle) -> None:
    with (
        serving(bundle.folder, None, ServiceSettings(request_timeout=0.2, max_concurrency=1)) as service,
        socket.create_connection(("127.0.0.1", service.port), timeout=SECONDS) as slow,
    ):
        slow.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        assert slow.recv(100).startswith(b"HTTP/1.1 504")
        assert service.predict([ROW]).status == 200


def test_at_the_end_a_large_request_is_answered_and_no_new_one_taken(bundle: Bundle) -> None:
    service = Service(free_port())
    head = f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(LARGE)}\r\nConnection: close\r\n\r\n"
    with started(str(bundle.folder), "--port", str(service.port)) as process:
        eventually(lambda: is_ready(service))
        with socket.create_connection(("127.0.0.1", service.port), timeout=SECONDS) as caller:
            caller.sendall(
                head.encode() + LARGE
            )  # more than the sockets hold: the service has begun to read it
            process.terminate()
            eventually(lambda: not is_ready(service))
            pieces = []
            while piece := caller.recv(1 << 16):
                pieces.append(piece)
        _, said = process.communicate(timeout=30)
    status, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    assert status.startswith(b"HTTP/1.1 200")
    assert len(orjson.loads(body)["predictions"]) == 41_000
    assert process.returncode == 0
    assert "Traceback" not in said
