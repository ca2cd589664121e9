"""A paced load: requests leave at moments drawn beforehand, whether or not those before them were answered; every answer's id is kept.

Clients that wait for an answer before they ask again ask less of a service that has become slow, and so never show that it has. Here the time of a request
counts from the moment at which it was due.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from array import array
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import IO

__all__ = ["PacedLoad", "Tally"]

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_ID = re.compile(rb'"prediction_ids":\["([^"]+)"')
_SCORE = re.compile(rb'"score":([0-9.eE+-]+)')
_PAUSE = 0.001


@dataclass
class Tally:
    """What came of the requests of one stretch of time.

    Attributes
    ----------
    began, ended : float
    milliseconds : array of float
        From when a request was due until its answer was there.
    statuses : Counter of int
        Of all answers.
    scores : Counter of str
        By what was answered: it tells which model did.
    cut : int
        Requests on their way when the connection broke.
    late : int
        Requests that found all connections taken and left later than they were due.
    """

    began: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    milliseconds: array[float] = field(default_factory=lambda: array("f"))
    statuses: Counter[int] = field(default_factory=Counter)
    scores: Counter[str] = field(default_factory=Counter)
    cut: int = 0
    late: int = 0

    @property
    def answered(self) -> int:
        """Requests that were answered with a prediction."""
        return self.statuses[200]

    @property
    def failed(self) -> int:
        """Requests that were answered with anything else, or not at all."""
        return sum(self.statuses.values()) - self.answered + self.cut

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answered / (self.ended - self.began)

    def quantile(self, share: float) -> float:
        """Milliseconds that this share of the requests did not pass."""
        times = sorted(self.milliseconds)
        return times[min(len(times) - 1, int(share * len(times)))] if times else float("nan")


class PacedLoad:
    """Asks for one row, so many times a second, over so many connections that stay open.

    Parameters
    ----------
    port : int
    path : str
    body : bytes
    per_second : float
        On the average; the gaps are drawn (exponential), as those between callers who know nothing of each other.
    connections : int
    ids : binary file
        Takes the id of every prediction, a line each, as soon as it is answered.
    """

    def __init__(
        self, port: int, path: str, body: bytes, *, per_second: float, connections: int, ids: IO[bytes]
    ) -> None:
        head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
        self._request = f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
        self._port = port
        self._per_second = per_second
        self._connections = connections
        self._ids = ids
        self._draw = random.Random(0)
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()
        self._waiting: deque[float] = deque()
        self._asking = False
        self.tally = Tally()

    async def run(self, seconds: float) -> Tally:
        """Ask for so many seconds, wait for what is on its way, and return what came of it."""
        await self._connect()
        self.tally, self._asking = Tally(), True
        end = self.tally.began + seconds
        due = self.tally.began
        while self._asking and (now := time.monotonic()) < end:
            while due <= now:
                self._ask(due)
                due += self._draw.expovariate(self._per_second)
            await asyncio.sleep(max(_PAUSE, due - now))
        while self._asking and len(self._idle) < len(self._open):
            await asyncio.sleep(_PAUSE)
        self.stop()
        self._ids.flush()
        return self.tally

    def stop(self) -> None:
        """Ask no more: whoever is about to end the service says so before."""
        if self._asking:
            self.tally.ended = time.monotonic()
        self._asking = False
        self._waiting.clear()

    async def ended(self) -> None:
        """Wait until the other side has closed all connections."""
        while self._open:
            await asyncio.sleep(_PAUSE)

    async def _connect(self) -> None:
        """Open what connections are missing."""
        loop = asyncio.get_running_loop()
        while len(self._open) < self._connections:
            _, made = await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self._port)
            self._open.add(made)
            self._idle.append(made)

    def _ask(self, due: float) -> None:
        """Send a request, or have it wait for a connection."""
        if self._idle:
            self._idle.pop().ask(self._request, due)
        else:
            self.tally.late += 1
            self._waiting.append(due)

    def answered(self, connection: _Connection, due: float, answer: bytes) -> None:
        """Note an answer, and use its connection again."""
        status = int(answer[9:12])
        self.tally.statuses[status] += 1
        if status == 200:
            self.tally.milliseconds.append((time.monotonic() - due) * 1000)
            self._ids.write(_ID.search(answer)[1] + b"\n")
            self.tally.scores[_SCORE.search(answer)[1].decode()] += 1
        if self._waiting and self._asking:
            connection.ask(self._request, self._waiting.popleft())
        else:
            self._idle.append(connection)

    def lost(self, connection: _Connection, *, on_its_way: bool) -> None:
        """Note that a connection broke."""
        self.tally.cut += on_its_way
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)


class _Connection(asyncio.Protocol):
    """One connection: a request, its answer, and again."""

    def __init__(self, load: PacedLoad) -> None:
        self._load = load
        self._got = b""
        self._due = 0.0
        self._asked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = transport

    def ask(self, request: bytes, due: float) -> None:
        """Send a request."""
        self._due, self._asked = due, True
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take a piece of an answer; hand it on when it is whole."""
        self._got += data
        head = self._got.find(b"\r\n\r\n")
        if head < 0 or len(self._got) < head + 4 + int(_LENGTH.search(self._got)[1]):
            return
        answer, self._got, self._asked = self._got, b"", False
        self._load.answered(self, self._due, answer)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the name is asyncio's
        """Tell that it is over."""
        self._load.lost(self, on_its_way=self._asked)
