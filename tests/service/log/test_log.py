"""The prediction log, of every kind: what is recorded is what is read, whoever reads and however often it was opened."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import get_args

import polars as pl
import pytest

from fivefold.core.artefacts import Contract, Kind, Task
from fivefold.service.log import Entry, read_labels, read_log, read_requests
from fivefold.testing.targets import tiny_bundle
from tests.service.log.places import entry, opened


@pytest.fixture(params=get_args(Task))
def contract(request: pytest.FixtureRequest, tmp_path: Path) -> Contract:
    return tiny_bundle(tmp_path / "bundle", task=request.param).contract


@pytest.fixture
def binary(tmp_path: Path) -> Contract:
    return tiny_bundle(tmp_path / "bundle").contract


def test_what_is_recorded_is_read_back_in_the_contracts_types(contract: Contract, place: str) -> None:
    log = opened(place)
    log.record(entry(contract, count=3))
    log.close()
    rows, scores = read_log(place, contract)
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


def test_without_a_log_the_frames_are_empty_and_typed_alike(contract: Contract, place: str) -> None:
    rows, scores = read_log(place, contract)
    assert (rows.height, scores.height, read_labels(place, contract).height) == (0, 0, 0)
    assert set(read_requests(place).values()) == {0.0}
    log = opened(place)
    log.record(entry(contract))
    log.close()
    written = read_log(place, contract)
    assert written[0].height == 1
    assert (rows.schema, scores.schema) == (written[0].schema, written[1].schema)


@pytest.mark.parametrize(
    ("kind", "classes", "label", "name"),
    [
        ("integer", ("0", "1"), 1, "1"),
        ("boolean", ("False", "True"), False, "False"),
        ("number", ("1.5", "2.0"), 2.0, "2.0"),
        ("string", ("no", "yes\0"), "yes\0", "yes\0"),
    ],
)
def test_answered_classes_of_every_type_are_read_as_the_contracts_classes(
    kind: Kind, classes: tuple[str, str], label: object, name: str, place: str
) -> None:
    contract = Contract("y", "binary", classes, classes[1], (), target_kind=kind)
    log = opened(place)
    answer = {"label": label, "score": 0.25, "probabilities": {classes[0]: 0.75, classes[1]: 0.25}}
    log.record(Entry(0.0, "r", ["p"], "v", [{}], [answer], 1.0, [0], [0]))
    log.close()
    assert read_log(place, contract)[1]["label"].to_list() == [name]


def test_only_one_version_can_be_read(binary: Contract, place: str) -> None:
    log = opened(place)
    log.record(entry(binary, "old", version="v1"))
    log.record(entry(binary, "new", version="v2"))
    log.close()
    found = {
        version: read_log(place, binary, version=version)[1]["prediction_id"].to_list()
        for version in ("", "v1", "v2", "v3")
    }
    assert found == {"": ["old-0", "new-0"], "v1": ["old-0"], "v2": ["new-0"], "v3": []}


def test_counters_add_up_over_several_lives(binary: Contract, place: str) -> None:
    for life in range(2):
        log = opened(place)
        for turn in range(50):
            log.record(entry(binary, f"{life}-{turn}", count=2, latency=float(turn)))
        log.note(400)
        log.note(503)
        log.note_rows(3)
        log.note(413, rehearsed=True)
        log.close()
    assert read_requests(place) == {
        "requests": 104.0, "refused": 2.0, "errors": 2.0, "predictions": 200.0, "dropped": 0.0,
        "rows_refused": 6.0, "rehearsed": 2.0, "p50_ms": 25.0, "p95_ms": 47.0,
    }  # fmt: skip


def test_the_latency_of_a_request_is_that_of_its_first_answered_row(binary: Contract, place: str) -> None:
    log = opened(place)
    log.record(replace(entry(binary, "a", count=2, latency=5.0), positions=[1, 3]))
    log.record(replace(entry(binary, "b", count=1, latency=7.0), positions=[2], request_id="s"))
    log.record(replace(entry(binary, "c", count=1, latency=9.0), shadow=True, request_id="s"))
    log.close()
    counted = read_requests(place)
    assert (counted["p50_ms"], counted["p95_ms"]) == (7.0, 7.0)


def test_rows_beyond_the_capacity_are_dropped_and_counted(binary: Contract, place: str) -> None:
    log = opened(place, capacity=10)
    log.record(entry(binary, "whole", count=10))
    log.record(entry(binary, "too-many", count=5))
    assert log.dropped == 5
    log.close()
    assert read_log(place, binary)[0].height == 10
    counted = read_requests(place)
    assert (counted["dropped"], counted["predictions"], counted["requests"]) == (5, 15, 2)


def test_a_request_larger_than_the_capacity_is_kept_when_nothing_else_waits(
    binary: Contract, place: str
) -> None:
    log = opened(place, capacity=10)
    log.record(entry(binary, count=25))
    log.close()
    assert read_log(place, binary)[0].height == 25


def test_what_comes_after_the_end_is_dropped(binary: Contract, place: str) -> None:
    log = opened(place)
    log.close()
    log.close()
    log.record(entry(binary))
    assert log.dropped == 1


def test_many_threads_may_record_while_another_reads(binary: Contract, place: str) -> None:
    log = opened(place)

    def work(worker: int) -> None:
        for turn in range(100):
            log.record(entry(binary, f"{worker}-{turn}"))

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(work, worker) for worker in range(4)]
        heights = [read_log(place, binary)[0].height]
        while not all(each.done() for each in done):
            heights.append(read_log(place, binary)[0].height)
    log.close()
    assert heights == sorted(heights)
    assert read_log(place, binary)[1]["prediction_id"].n_unique() == 400


def test_what_is_older_than_told_is_deleted(binary: Contract, place: str) -> None:
    log = opened(place)
    log.record(entry(binary, "old", count=3, time=1_600_000_000.0))
    log.close()
    log = opened(place, keep="30d")
    log.record(entry(binary, "new", time=4_000_000_000.0))
    log.close()
    assert read_log(place, binary)[1]["prediction_id"].to_list() == ["new-0"]
    # A segment goes with what it counted; the other kinds count apart from their rows.
    assert read_requests(place)["predictions"] == (1 if "segments" in place else 4)
