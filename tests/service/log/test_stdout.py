"""A log on standard output: one line of JSON per prediction, whole lines whatever their number."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import orjson
import pytest

from fivefold.core.artefacts import Contract
from fivefold.core.errors import InputError
from fivefold.service.log import PredictionLog
from fivefold.service.log.stdout import StdoutLog
from fivefold.testing.targets import tiny_bundle
from tests.service.log.places import entry


@pytest.fixture
def binary(tmp_path: Path) -> Contract:
    return tiny_bundle(tmp_path / "bundle").contract


def test_each_prediction_is_one_line(binary: Contract, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        log = PredictionLog(StdoutLog(out.fileno()))
        log.record(entry(binary, count=2))
        log.note(400)
        log.close()
    lines = [orjson.loads(line) for line in (tmp_path / "out").read_bytes().splitlines()]
    assert [line["prediction_id"] for line in lines] == ["p-0", "p-1"]
    assert lines[0] == {
        "event": "prediction", "time": "2023-11-14T22:13:20.250000Z", "request_id": "r", "position": 0,
        "prediction_id": "p-0", "version": "v1",
        "features": {"age": 40, "price": 12.5, "member": True, "city": "Rome", "joined": "2020-05-01T12:30:00"},
        "prediction": {"label": "no", "score": 0.5, "probabilities": {"no": 0.5, "yes": 0.5}},
        "latency_ms": 1.0, "unseen": 1, "extra": 2,
    }  # fmt: skip


def test_a_pipe_that_is_read_slowly_loses_nothing(binary: Contract) -> None:
    reading, writing = os.pipe()
    pieces: list[bytes] = []

    def read() -> None:
        while piece := os.read(reading, 1000):
            pieces.append(piece)

    log = PredictionLog(StdoutLog(writing))
    for turn in range(200):
        log.record(entry(binary, f"p{turn}", count=10))
    reader = threading.Thread(target=read)
    reader.start()
    log.close()
    os.close(writing)
    reader.join()
    os.close(reading)
    names = [orjson.loads(line)["prediction_id"] for line in b"".join(pieces).splitlines()]
    assert names == [f"p{turn}-{row}" for turn in range(200) for row in range(10)]
    assert log.dropped == 0


def test_rows_that_nobody_reads_are_dropped_and_counted(binary: Contract) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    log = PredictionLog(StdoutLog(writing))
    log.record(entry(binary, count=3))
    log.close()
    os.close(writing)
    assert log.dropped == 3


def test_a_closed_standard_output_is_refused() -> None:
    with pytest.raises(InputError, match="standard output"):
        PredictionLog(StdoutLog(-1))
