"""A soak: whether a service at four fifths of what it can do, killed half-way and with ten swaps of its model, loses, refuses or leaks anything.

    python benchmarks/serving/soak.py WORK [--minutes 10 --share 0.8 --clients 32 --log-mode durable]

First its capacity is measured by clients that ask as soon as they have their answer (wrk). Then requests come at moments drawn beforehand,
at the stated share of it, whatever the service does. Half-way it is killed (``kill -9``) with requests on their way: every prediction whose id a client has
must be in the log. It is started again, asked on at the same pace, and gone over to another model and back, ten times. Memory is that of the
process, from the first tenth of a life on (pools fill at the start), and in the second life from the second swap on (two models have been held by then). The exit code
is 1 when anything was lost, refused or leaked. The log takes about a kilobyte a request.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sqlite3
import sys
import threading
import time
import urllib.request
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import peers.fivefold
import uvloop
from load import put_load
from paced import PacedLoad, Tally
from server import Server
from workload import Workload

from fivefold.service.lineup import LineUp, write_line_up

if TYPE_CHECKING:
    from collections.abc import Iterator

_SWAPS = 10
_SWAPPING = 0.6
"""Of the second life the part in which models are swapped; memory is looked at in all of it."""
_CAPACITY_SECONDS = 10
_GROWTH = 0.05
_START = 0.1


@dataclass
class Life:
    """What one process did.

    Attributes
    ----------
    memory : list of (float, int)
        Moments and bytes.
    tally : Tally
    seconds : float
        From its start to its first right answer.
    settled : float
        The moment from which memory must not grow.
    """

    memory: list[tuple[float, int]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0
    settled: float = 0.0

    def growth(self) -> tuple[float, float, float]:
        """Return megabytes once it has settled and at the end, and the growth between."""
        later = [size for moment, size in self.memory if moment >= self.settled] or [self.memory[-1][1]]
        return later[0] / 1e6, later[-1] / 1e6, later[-1] / later[0] - 1


@dataclass
class Soak:
    """All that is needed for it.

    Attributes
    ----------
    arguments : namespace
        The command line.
    folder : Path
        Where everything lies.
    models : tuple of Workload
        The model, and the one that it is swapped with.
    cores : tuple of int
        Of the service and of the load.
    """

    arguments: argparse.Namespace
    folder: Path
    models: tuple[Workload, Workload]
    cores: tuple[int, int]
    capacity: float = 0.0
    swaps: list[float] = field(default_factory=list)
    lost: int = 0
    ids: int = 0
    rows: int = 0

    @property
    def log(self) -> Path:
        """The log of predictions."""
        return self.folder / "soak.sqlite"

    @property
    def named(self) -> Path:
        """The ids of all predictions that were answered."""
        return self.folder / "answered.txt"

    def server(self, log: Path) -> Server:
        """Return the service, to be entered; it answers by the first model."""
        line_up = self.folder / "line-up.json"
        write_line_up(line_up, LineUp(str(self.models[0].folder / "bundle")))
        words = ["--log", str(log), "--log-mode", self.arguments.log_mode]

        def command(python: str, _: Path, port: int) -> list[str]:
            return [python, "-P", "-m", "fivefold.service", str(line_up), "--port", str(port), *words]

        own = peers.fivefold
        peer = SimpleNamespace(
            __name__="soak", path=own.path, body=own.body, score=own.score, command=command
        )
        return Server(peer, sys.executable, self.models[0], self.arguments.port, self.cores[0])

    def measure(self) -> None:
        """Find out what it can do, by a process and a log of their own."""
        log = self.folder / "capacity.sqlite"
        body = peers.fivefold.body(self.models[0].row)
        with self.server(log) as server:
            words = {"clients": self.arguments.clients, "core": self.cores[1]}
            put_load(server.url, body, self.folder, seconds=2, **words)
            full = put_load(server.url, body, self.folder, seconds=_CAPACITY_SECONDS, **words)
        self.capacity = full.per_second
        _remove(log)

    async def live(self, load: PacedLoad, life: Life, *, is_first: bool) -> None:
        """Ask one process for half of the time: the first is killed then, the second has its models swapped meanwhile."""
        seconds = 30 * self.arguments.minutes
        began = time.monotonic()
        with self.server(self.log) as server:
            life.seconds = server.start_seconds
            with _watched(server, life):
                life.settled = began + life.seconds + _START * seconds
                asking = asyncio.create_task(load.run(seconds + (60 if is_first else 0)))
                if is_first:
                    await asyncio.sleep(seconds)
                else:
                    await self._swap(server, life, _SWAPPING * seconds / _SWAPS)
                    life.tally = await asking
            if is_first:
                server.kill()
                load.stop()
                await load.ended()
                life.tally = await asking

    async def _swap(self, server: Server, life: Life, pause: float) -> None:
        """Go over to the other model and back."""
        for change in range(1, _SWAPS + 1):
            await asyncio.sleep(pause)
            bundle = self.models[change % 2].folder / "bundle"
            write_line_up(self.folder / "line-up.json", LineUp(str(bundle), change=change))
            began = time.monotonic()
            os.kill(server.pid, signal.SIGHUP)
            address = server.url.replace(peers.fivefold.path, peers.fivefold.ready)
            while await asyncio.to_thread(_change, address) != change:
                await asyncio.sleep(0.01)
            self.swaps.append(time.monotonic() - began)
            if change == 2:
                life.settled = time.monotonic() + 1.0

    def compare(self) -> int:
        """Return how many of the answered predictions are not in the log; count them and the log's rows."""
        with closing(sqlite3.connect(self.log)) as log, self.named.open("rb") as lines:
            log.execute("PRAGMA temp_store = FILE")
            log.execute("CREATE TEMP TABLE answered (id TEXT PRIMARY KEY) WITHOUT ROWID")
            log.executemany("INSERT INTO answered VALUES (?)", ((line.strip().decode(),) for line in lines))
            (self.ids,) = log.execute("SELECT count(*) FROM answered").fetchone()
            (self.rows,) = log.execute("SELECT count(DISTINCT prediction_id) FROM predictions").fetchone()
            missing = (
                "SELECT count(*) FROM (SELECT id FROM answered EXCEPT SELECT prediction_id FROM predictions)"
            )
            return int(log.execute(missing).fetchone()[0])


def main() -> int:
    """Measure capacity, soak, and tell."""
    arguments = _arguments()
    folder = arguments.work.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    cores = sorted(os.sched_getaffinity(0))[:2]
    models = Workload.make(folder / "first"), Workload.make(folder / "second", rounds=150)
    soak = Soak(arguments, folder, models, (cores[0], cores[-1]))
    _remove(soak.log)
    soak.measure()
    print(f"capacity: {soak.capacity:,.0f} a second with {arguments.clients} clients", flush=True)
    os.sched_setaffinity(0, {cores[-1]})
    lives = Life(), Life()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, soak.named.open("wb") as ids:
        words = {"per_second": arguments.share * soak.capacity, "connections": arguments.clients, "ids": ids}
        body = peers.fivefold.body(models[0].row)
        load = PacedLoad(arguments.port, peers.fivefold.path, body, **words)
        runner.run(soak.live(load, lives[0], is_first=True))
        ids.flush()
        soak.lost = soak.compare()
        print(_killed(soak, lives[0]), flush=True)
        runner.run(soak.live(load, lives[1], is_first=False))
    lost_in_all = soak.compare()
    _write_memory(folder / "memory.csv", lives)
    print(_table(soak, lives))
    return _judge(soak, lives, lost_in_all)


def _write_memory(file: Path, lives: tuple[Life, Life]) -> None:
    """Write down how memory went, for whoever wants to know when it grew."""
    lines = [
        f"{number},{moment - life.memory[0][0]:.1f},{size}"
        for number, life in enumerate(lives, 1)
        for moment, size in life.memory
    ]
    file.write_text("\n".join(["life,second,bytes", *lines]) + "\n")


def _killed(soak: Soak, life: Life) -> str:
    """What the kill left."""
    beyond = soak.rows - soak.ids
    return (
        f"kill -9: {soak.ids:,} predictions had been answered; {soak.lost:,} of them are not in the log, which has {beyond} more rows; "
        f"{life.tally.cut} requests on their way were cut"
    )


def _table(soak: Soak, lives: tuple[Life, Life]) -> str:
    """What both lives did, as a table of Markdown."""
    head = "| | seconds | asked for, a second | answered, a second | answered | failed | p50 ms | p99 ms | MB | MB at the end | growth |"
    rows = [head, "|---" * 11 + "|"]
    for name, life in zip(("until kill -9", "with ten swaps"), lives, strict=True):
        tally, (before, after, growth) = life.tally, life.growth()
        failed = tally.failed - (tally.cut if life is lives[0] else 0)
        figures = [
            f"{tally.ended - tally.began:.0f}",
            f"{soak.arguments.share * soak.capacity:,.0f}",
            f"{tally.per_second:,.0f}",
            f"{tally.answered:,}",
            f"{failed:,}",
            f"{tally.quantile(0.5):.2f}",
            f"{tally.quantile(0.99):.1f}",
            f"{before:.1f}",
            f"{after:.1f}",
            f"{growth:+.1%}",
        ]
        rows.append(f"| {name} | " + " | ".join(figures) + " |")
    answered = ", ".join(f"{count:,}" for _, count in sorted(lives[1].tally.scores.items()))
    swaps = sorted(soak.swaps)
    rows.append(
        f"swaps: {len(swaps)}, each {swaps[0] * 1000:.0f} to {swaps[-1] * 1000:.0f} ms; answers by model: {answered}"
    )
    rows.append(
        f"log: {soak.rows:,} rows under different ids, {soak.ids:,} of them answered to a client of the soak"
    )
    return "\n".join(rows)


def _judge(soak: Soak, lives: tuple[Life, Life], lost_in_all: int) -> int:
    """Say what did not hold; return the exit code."""
    first, second = (life.tally for life in lives)
    # Each start asks once on its own to see whether it answers rightly.
    beyond = soak.rows - soak.ids - len(lives)
    claims = {
        "every answered prediction is in the log after kill -9": soak.lost == 0
        or soak.arguments.log_mode == "async",
        "every answered prediction is in the log at the end": lost_in_all == 0
        or soak.arguments.log_mode == "async",
        "the log has nothing that was not asked": beyond <= soak.arguments.clients,
        "no request failed": first.failed == first.cut and second.failed == 0,
        f"{_SWAPS} swaps, and both models answered": len(soak.swaps) == _SWAPS and len(second.scores) == 2,
        f"memory grew by less than {_GROWTH:.0%}": all(life.growth()[2] < _GROWTH for life in lives),
    }
    for claim, holds in claims.items():
        print(f"{'holds' if holds else 'DOES NOT HOLD'}: {claim}")
    return 0 if all(claims.values()) else 1


@contextmanager
def _watched(server: Server, life: Life) -> Iterator[None]:
    """Read the service's memory every second."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(1.0):
            life.memory.append((time.monotonic(), server.resident()))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _change(address: str) -> int:
    """Ask which change the service has gone over to."""
    with urllib.request.urlopen(address, timeout=5) as reply:
        return int(json.loads(reply.read())["change"])


def _remove(log: Path) -> None:
    """Delete a log with what lies beside it."""
    for file in log.parent.glob(f"{log.name}*"):
        file.unlink()


def _arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--share", type=float, default=0.8)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--log-mode", choices=("async", "durable"), default="durable")
    parser.add_argument("--port", type=int, default=8932)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
