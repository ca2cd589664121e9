"""The prediction log: what is recorded is what is read, and a log in trouble never holds up an answer."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import get_args

import polars as pl
import pytest

from fivefold.core.artefacts import Contract, Kind, Task
from fivefold.core.errors import ArtefactError, InputError
from fivefold.runtime.values import Cleaned
from fivefold.service.log import Entry, PredictionLog, read_log, read_requests
from fivefold.testing.targets import tiny_bundle
from tests.service.serving import ROW, eventually


def entry(
    contract: Contract, name: str = "p", *, count: int = 1, version: str = "v1", latency: float = 1.0
) -> Entry:
    """An answered request of so many rows."""
    values: dict[str, Cleaned] = {**ROW, "joined": datetime(2020, 5, 1, 12, 30)}  # noqa: DTZ001 - cleaned dates are naive and UTC
    if contract.task == "regression":
        prediction: dict[str, object] = {"value": 12.5}
    else:
        shares = {label: 1 / len(contract.classes) for label in contract.classes}
        prediction = {"label": contract.classes[0], "score": 0.5, "probabilities": shares}
    return Entry(
        time=1_700_000_000.25,
        request_id="r",
        prediction_ids=[f"{name}-{position}" for position in range(count)],
        version=version,
        rows=[values] * count,
        predictions=[prediction] * count,
        latency_ms=latency,
        unseen=[1] * count,
        extra=[2] * count,
    )


@pytest.fixture(params=get_args(Task))
def contract(request: pytest.FixtureRequest, tmp_path: Path) -> Contract:
    return tiny_bundle(tmp_path / "bundle", task=request.param).contract


@pytest.fixture
def binary(tmp_path: Path) -> Contract:
    return tiny_bundle(tmp_path / "bundle").contract


def test_what_is_recorded_is_read_back_in_the_contracts_types(contract: Contract, tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    log = PredictionLog(path)
    log.record(entry(contract, count=3))
    log.close()
    rows, scores = read_log(path, contract)
    assert rows.columns == [column.name for column in contract.columns]
    assert rows.schema == {
        "age": pl.Int64, "price": pl.Float64, "member": pl.Boolean, "city": pl.String, "joined": pl.Datetime("us"),
    }  # fmt: skip
    assert rows.row(0) == (40, 12.5, True, "Rome", datetime(2020, 5, 1, 12, 30))  # noqa: DTZ001
    assert scores["prediction_id"].to_list() == ["p-0", "p-1", "p-2"]
    assert scores["time"].to_list() == [datetime(2023, 11, 14, 22, 13, 20, 250_000)] * 3  # noqa: DTZ001
    assert (scores["unseen"].to_list(), scores["extra"].to_list()) == ([1] * 3, [2] * 3)
    if contract.task == "regression":
        assert scores["value"].to_list() == [12.5] * 3
    else:
        assert scores["label"].to_list() == [contract.classes[0]] * 3
        assert scores[f"probability: {contract.classes[1]}"].to_list() == [1 / len(contract.classes)] * 3


def test_without_a_log_the_frames_are_empty_and_typed_alike(contract: Contract, tmp_path: Path) -> None:
    rows, scores = read_log(tmp_path / "nothing.sqlite", contract)
    path = tmp_path / "log.sqlite"
    log = PredictionLog(path)
    log.record(entry(contract))
    log.close()
    written = read_log(path, contract)
    assert (rows.height, scores.height) == (0, 0)
    assert (rows.schema, scores.schema) == (written[0].schema, written[1].schema)
    assert set(read_requests(tmp_path / "nothing.sqlite").values()) == {0.0}
    assert not (tmp_path / "nothing.sqlite").exists()


@pytest.mark.parametrize(
    ("kind", "classes", "label", "name"),
    [
        ("integer", ("0", "1"), 1, "1"),
        ("boolean", ("False", "True"), False, "False"),
        ("number", ("1.5", "2.0"), 2.0, "2.0"),
        ("string", ("no", "yes"), "yes", "yes"),
    ],
)
def test_labels_of_every_type_are_read_as_the_contracts_classes(
    kind: Kind, classes: tuple[str, str], label: object, name: str, tmp_path: Path
) -> None:
    contract = Contract("y", "binary", classes, classes[1], (), target_kind=kind)
    path = tmp_path / "log.sqlite"
    log = PredictionLog(path)
    answer = {"label": label, "score": 0.25, "probabilities": {classes[0]: 0.75, classes[1]: 0.25}}
    log.record(Entry(0.0, "r", ["p"], "v", [{}], [answer], 1.0, [0], [0]))
    log.close()
    assert read_log(path, contract)[1]["label"].to_list() == [name]


def test_only_one_version_can_be_read(binary: Contract, tmp_path: Path) -> None:
    log = PredictionLog(tmp_path / "log.sqlite")
    log.record(entry(binary, "old", version="v1"))
    log.record(entry(binary, "new", version="v2"))
    log.close()
    found = {
        version: read_log(tmp_path / "log.sqlite", binary, version=version)[1]["prediction_id"].to_list()
        for version in ("", "v1", "v2", "v3")
    }
    assert found == {"": ["old-0", "new-0"], "v1": ["old-0"], "v2": ["new-0"], "v3": []}


def test_counters_add_up_over_several_lives(binary: Contract, tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    for _ in range(2):
        log = PredictionLog(path)
        for turn in range(50):
            log.record(entry(binary, count=2, latency=float(turn)))
        log.note(400)
        log.note(503)
        log.close()
    assert read_requests(path) == {
        "requests": 104.0, "refused": 2.0, "errors": 2.0, "predictions": 200.0, "dropped": 0.0,
        "p50_ms": 25.0, "p95_ms": 47.0,
    }  # fmt: skip


def test_rows_beyond_the_capacity_are_dropped_and_counted(binary: Contract, tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    log = PredictionLog(path, capacity=10)
    log.record(entry(binary, "whole", count=10))
    log.record(entry(binary, "too-many", count=5))
    assert log.dropped == 5
    log.close()
    assert read_log(path, binary)[0].height == 10
    counted = read_requests(path)
    assert (counted["dropped"], counted["predictions"], counted["requests"]) == (5, 15, 2)


def test_what_comes_after_the_end_is_dropped(binary: Contract, tmp_path: Path) -> None:
    log = PredictionLog(tmp_path / "log.sqlite")
    log.close()
    log.close()
    log.record(entry(binary))
    assert log.dropped == 1


def test_rows_that_cannot_be_written_are_counted_and_later_ones_kept(
    binary: Contract, tmp_path: Path
) -> None:
    path = tmp_path / "log.sqlite"
    log = PredictionLog(path)
    with sqlite3.connect(path) as other:
        other.execute("ALTER TABLE predictions RENAME TO elsewhere")
    other.close()
    log.record(entry(binary, "lost"))
    eventually(lambda: log.dropped == 1)
    with sqlite3.connect(path) as other:
        other.execute("ALTER TABLE elsewhere RENAME TO predictions")
    other.close()
    log.record(entry(binary, "kept"))
    log.close()
    assert read_log(path, binary)[1]["prediction_id"].to_list() == ["kept-0"]
    counted = read_requests(path)
    assert (counted["requests"], counted["dropped"]) == (2, 1)


def test_many_threads_may_record_while_another_reads(binary: Contract, tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    log = PredictionLog(path)

    def work(worker: int) -> None:
        for turn in range(100):
            log.record(entry(binary, f"{worker}-{turn}"))

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(work, worker) for worker in range(4)]
        heights = [read_log(path, binary)[0].height]
        while not all(each.done() for each in done):
            heights.append(read_log(path, binary)[0].height)
    log.close()
    assert heights == sorted(heights)
    assert read_log(path, binary)[1]["prediction_id"].n_unique() == 400


def test_what_was_written_survives_a_process_that_is_killed(binary: Contract, tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    script = (
        "import os, signal, sys, time\n"
        "from pathlib import Path\n"
        "from fivefold.service.log import Entry, PredictionLog, read_requests\n"
        "path = Path(sys.argv[1]); log = PredictionLog(path)\n"
        "log.record(Entry(0.0, 'r', ['p'], 'v', [{}], [{'label': 'no'}], 1.0, [0], [0]))\n"
        "while read_requests(path)['requests'] < 1: time.sleep(0.01)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], timeout=60).returncode == -9
    assert read_log(path, binary)[1]["prediction_id"].to_list() == ["p"]
    log = PredictionLog(path)
    log.record(entry(binary, "next"))
    log.close()
    assert read_log(path, binary)[1]["prediction_id"].to_list() == ["p", "next-0"]


@pytest.mark.parametrize("content", [b"this is no database, however long it is read", b"SQLite format 3\0"])
def test_another_kind_of_file_is_refused_and_left_alone(
    content: bytes, binary: Contract, tmp_path: Path
) -> None:
    path = tmp_path / "log.sqlite"
    path.write_bytes(content * 50)
    with pytest.raises(InputError, match=r"log\.sqlite' cannot be written"):
        PredictionLog(path)
    with pytest.raises(ArtefactError, match=r"log\.sqlite' cannot be read"):
        read_log(path, binary)
    assert path.read_bytes() == content * 50


def test_a_log_of_another_version_is_refused(binary: Contract, tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version=99")
    other.close()
    with pytest.raises(InputError, match="format 99"):
        PredictionLog(path)
    with pytest.raises(ArtefactError, match="format 99"):
        read_requests(path)


def test_a_log_in_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        PredictionLog(tmp_path / "file" / "log.sqlite")
