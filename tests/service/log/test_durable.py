"""The durable mode: who waits is told the truth, at once or in time, and many who wait share one commit."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from fivefold.core.artefacts import Contract
from fivefold.service.log import NotLoggedError, PredictionLog, read_labels, read_log, read_requests
from fivefold.service.log.backend import Pace, UnwrittenError
from fivefold.service.log.entry import Batch
from fivefold.service.log.sqlite import SQLiteLog
from fivefold.testing.targets import tiny_bundle
from tests.data.sources.servers import Server
from tests.service.log.places import entry, labels, opened
from tests.service.serving import SECONDS, eventually


@pytest.fixture
def binary(tmp_path: Path) -> Contract:
    return tiny_bundle(tmp_path / "bundle").contract


class Gated(SQLiteLog):
    """A real log whose disk stands still until it is let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.go = threading.Event()
        self.batches: list[int] = []

    def write(self, batch: Batch) -> list[int]:
        self.batches.append(len(batch.entries))
        self.go.wait(20)
        return super().write(batch)


def test_what_is_committed_is_there_for_others_at_once(binary: Contract, committing: str) -> None:
    log = opened(committing, mode="durable")
    for turn in range(5):
        asyncio.run(log.commit(entry(binary, f"p{turn}", count=2)))
        assert read_log(committing, binary)[0].height == 2 * (turn + 1)
    log.close()
    assert read_requests(committing)["predictions"] == 10


def test_those_who_come_while_the_disk_works_share_one_commit(binary: Contract, tmp_path: Path) -> None:
    backend = Gated(tmp_path / "log.sqlite")
    log = PredictionLog(backend, mode="durable")

    async def many() -> None:
        first = asyncio.create_task(log.commit(entry(binary, "first")))
        until = time.monotonic() + SECONDS
        while not backend.batches:
            assert time.monotonic() < until, f"no batch was written within {SECONDS:g} s: {first}"
            await asyncio.sleep(0.001)
        others = [asyncio.create_task(log.commit(entry(binary, f"p{turn}"))) for turn in range(50)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in (first, *others))
        backend.go.set()
        await asyncio.gather(first, *others)

    asyncio.run(many())
    log.close()
    assert backend.batches == [1, 50]
    assert read_log(tmp_path / "log.sqlite", binary)[0].height == 51


def test_the_loop_goes_on_while_somebody_waits(binary: Contract, tmp_path: Path) -> None:
    backend = Gated(tmp_path / "log.sqlite")
    log = PredictionLog(backend, mode="durable")

    async def beside() -> int:
        waiting = asyncio.create_task(log.commit(entry(binary)))
        turns = 0
        while turns < 100:
            await asyncio.sleep(0)
            turns += 1
        assert not waiting.done()
        backend.go.set()
        await waiting
        return turns

    assert asyncio.run(beside()) == 100
    log.close()


def test_what_cannot_be_written_is_refused_and_not_counted_until_it_can(
    binary: Contract, tmp_path: Path
) -> None:
    path = tmp_path / "log.sqlite"
    log = opened(path, mode="durable")
    with closing(sqlite3.connect(path)) as other:
        other.execute("ALTER TABLE predictions RENAME TO elsewhere")
    with pytest.raises(NotLoggedError, match="predictions"):
        asyncio.run(log.commit(entry(binary, "refused")))
    with closing(sqlite3.connect(path)) as other:
        other.execute("ALTER TABLE elsewhere RENAME TO predictions")

    def kept() -> bool:
        try:
            asyncio.run(log.commit(entry(binary, "kept")))
        except NotLoggedError:
            return False
        return True

    eventually(kept)
    log.close()
    assert read_log(path, binary)[1]["prediction_id"].to_list() == ["kept-0"]
    counted = read_requests(path)
    assert (counted["requests"], counted["predictions"], counted["dropped"]) == (1, 1, 0)


def test_more_than_fits_is_refused_at_once(binary: Contract, tmp_path: Path) -> None:
    backend = Gated(tmp_path / "log.sqlite")
    log = PredictionLog(backend, mode="durable", capacity=10)

    async def full() -> None:
        first = asyncio.create_task(log.commit(entry(binary, "first", count=10)))
        await asyncio.sleep(0)
        with pytest.raises(NotLoggedError, match="too much waits"):
            await log.commit(entry(binary, "second"))
        backend.go.set()
        await first
        await log.commit(entry(binary, "third"))

    asyncio.run(full())
    log.close()
    assert read_log(tmp_path / "log.sqlite", binary)[0].height == 11


@pytest.mark.parametrize("taken", [True, False])
def test_one_who_gives_up_is_not_counted_as_answered(taken: bool, binary: Contract, tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    backend = Gated(path)
    log = PredictionLog(backend, mode="durable", patience=0.05)

    async def give_up() -> None:
        with pytest.raises(NotLoggedError, match="in time"):
            await log.commit(entry(binary, "first"))
        if not taken:
            with pytest.raises(NotLoggedError, match="in time"):
                await log.commit(entry(binary, "second"))
            log.note(503)

    asyncio.run(give_up())
    log.note(503)
    backend.go.set()
    log.close()
    # The one that the disk had in hand stands in the log, though its caller got an error: nothing answered is missing.
    assert read_log(path, binary)[1]["prediction_id"].to_list() == ["first-0"]
    counted = read_requests(path)
    assert (counted["requests"], counted["errors"]) == ((1, 1) if taken else (2, 2))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_breaks_leaves_nobody_waiting(binary: Contract, tmp_path: Path) -> None:
    class Broken(SQLiteLog):
        def write(self, batch: Batch) -> list[int]:
            raise UnwrittenError("no disk", passing=True) if not batch.entries else ZeroDivisionError

    log = PredictionLog(Broken(tmp_path / "log.sqlite"), mode="durable")
    with pytest.raises(NotLoggedError, match="closed"):
        asyncio.run(log.commit(entry(binary)))
    with pytest.raises(NotLoggedError):
        asyncio.run(log.commit(entry(binary)))
    log.close()


def test_a_database_that_ends_sessions_refuses_nobody(
    binary: Contract, database: str, postgres: Server
) -> None:
    from tests.service.log.test_postgresql import throw_out

    log = opened(database, mode="durable")
    for turn in range(3):
        asyncio.run(log.commit(entry(binary, f"p{turn}")))
        throw_out(postgres)
    log.close()
    assert read_log(database, binary)[0].height == 3


def test_labels_are_kept_with_their_history_and_unknown_predictions_counted(
    binary: Contract, committing: str
) -> None:
    log = opened(committing)
    log.record(entry(binary, "p", count=2))
    first = labels(("p-0", "no"), ("p-1", "yes"), ("elsewhere", "yes"), time=1_700_000_100.5)
    assert asyncio.run(log.commit(first)) == 1
    assert asyncio.run(log.commit(labels(("p-0", "yes"), time=1_700_000_200.25))) == 0
    log.close()
    found = read_labels(committing, binary)
    assert found["prediction_id"].to_list() == ["p-0", "p-1", "elsewhere", "p-0"]
    assert found["label"].to_list() == ["no", "yes", "yes", "yes"]
    assert [moment.isoformat() for moment in found["known_at"].to_list()[2:]] == [
        "2023-11-14T22:15:00.500000",
        "2023-11-14T22:16:40.250000",
    ]
    assert read_requests(committing)["requests"] == 1


@pytest.mark.parametrize(
    ("task", "values", "read"),
    [
        ("binary", [True, "a\0b", 3, 1.5], ["true", "a\0b", "3", "1.5"]),
        ("regression", [1.5, 3, -2.25e-7], [1.5, 3.0, -2.25e-7]),
    ],
)
def test_labels_of_every_type_are_read_back(
    task: str, values: list[str | float | bool], read: list[object], committing: str
) -> None:
    contract = Contract("y", "regression" if task == "regression" else "binary", ("a", "b"), "b", ())
    log = opened(committing)
    asyncio.run(log.commit(labels(*[(f"p{at}", value) for at, value in enumerate(values)])))
    log.close()
    assert read_labels(committing, contract)["label"].to_list() == read


def test_a_pace_of_a_minute_does_not_hold_up_the_end(binary: Contract, tmp_path: Path) -> None:
    backend = SQLiteLog(tmp_path / "log.sqlite")
    backend.pace = Pace(60.0, 1000)
    log = PredictionLog(backend)
    log.record(entry(binary))
    log.close()
    assert read_log(tmp_path / "log.sqlite", binary)[0].height == 1


def test_lines_on_standard_output_are_handed_over_before_the_answer(binary: Contract) -> None:
    from fivefold.service.log.stdout import StdoutLog

    reading, writing = os.pipe()
    log = PredictionLog(StdoutLog(writing), mode="durable")
    asyncio.run(log.commit(entry(binary)))
    assert b'"prediction_id":"p-0"' in os.read(reading, 65536)
    os.close(reading)
    with pytest.raises(NotLoggedError, match="Broken pipe"):
        asyncio.run(log.commit(entry(binary)))
    log.close()
    os.close(writing)
