"""A log in an SQLite file: files of earlier versions open, and what is no log of ours is left alone."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from fivefold.core.artefacts import Contract
from fivefold.core.errors import ArtefactError, InputError
from fivefold.service.log import read_labels, read_log, read_requests
from fivefold.testing.targets import tiny_bundle
from tests.service.log.places import entry, opened
from tests.service.serving import eventually

# The file as versions before labels wrote it.
EARLIER = """
CREATE TABLE predictions (
    id INTEGER PRIMARY KEY, time REAL NOT NULL, request_id TEXT NOT NULL, position INTEGER NOT NULL,
    prediction_id TEXT NOT NULL, version TEXT NOT NULL, features TEXT NOT NULL, prediction TEXT NOT NULL,
    latency_ms REAL NOT NULL, unseen INTEGER NOT NULL, extra INTEGER NOT NULL
);
CREATE TABLE requests (name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
INSERT INTO predictions VALUES (1, 0.5, 'r', 0, 'earlier-0', 'v1', '{"age": 3}', '{"label": "no"}', 2.0, 0, 0);
INSERT INTO requests VALUES ('requests', 1.0), ('predictions', 1.0);
PRAGMA user_version=1;
"""


@pytest.fixture
def binary(tmp_path: Path) -> Contract:
    return tiny_bundle(tmp_path / "bundle").contract


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite"


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.executescript(statement)


def test_a_file_of_an_earlier_version_is_read_and_written_on(binary: Contract, path: Path) -> None:
    run(path, EARLIER)
    assert read_log(path, binary)[1]["prediction_id"].to_list() == ["earlier-0"]
    assert read_labels(path, binary).height == 0
    log = opened(path)
    assert log.keeps_labels
    log.record(entry(binary, "next"))
    log.close()
    assert read_log(path, binary)[1]["prediction_id"].to_list() == ["earlier-0", "next-0"]
    assert read_requests(path)["requests"] == 2
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)  # earlier versions still read it


def test_rows_that_cannot_be_written_are_counted_and_later_ones_kept(binary: Contract, path: Path) -> None:
    log = opened(path)
    run(path, "ALTER TABLE predictions RENAME TO elsewhere")
    log.record(entry(binary, "lost"))
    eventually(lambda: log.dropped == 1)
    run(path, "ALTER TABLE elsewhere RENAME TO predictions")
    log.record(entry(binary, "kept"))
    log.close()
    assert read_log(path, binary)[1]["prediction_id"].to_list() == ["kept-0"]
    counted = read_requests(path)
    assert (counted["requests"], counted["dropped"]) == (2, 1)


@pytest.mark.parametrize("count", [1, 63, 64, 65, 130])
def test_however_many_lines_come_at_once_each_is_written_in_its_place(
    count: int, binary: Contract, path: Path
) -> None:
    log = opened(path)
    log.record(entry(binary, count=count, latency=2.5))
    log.close()
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT prediction_id, position, time, version, latency_ms, unseen, extra FROM predictions ORDER BY id"
        ).fetchall()
    assert found == [(f"p-{place}", place, 1_700_000_000.25, "v1", 2.5, 1, 2) for place in range(count)]


def test_what_was_written_survives_a_process_that_is_killed(binary: Contract, path: Path) -> None:
    script = (
        "import os, signal, sys, time\n"
        "from fivefold.service.log import Entry, open_log, read_requests\n"
        "log = open_log(sys.argv[1])\n"
        "log.record(Entry(0.0, 'r', ['p'], 'v', [{}], [{'label': 'no'}], 1.0, [0], [0]))\n"
        "while read_requests(sys.argv[1])['requests'] < 1: time.sleep(0.01)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], timeout=60).returncode == -9
    assert read_log(path, binary)[1]["prediction_id"].to_list() == ["p"]
    log = opened(path)
    log.record(entry(binary, "next"))
    log.close()
    assert read_log(path, binary)[1]["prediction_id"].to_list() == ["p", "next-0"]


@pytest.mark.parametrize("content", [b"this is no database, however long it is read", b"SQLite format 3\0"])
def test_another_kind_of_file_is_refused_and_left_alone(content: bytes, binary: Contract, path: Path) -> None:
    path.write_bytes(content * 50)
    with pytest.raises(InputError, match=r"log\.sqlite' cannot be written"):
        opened(path)
    with pytest.raises(ArtefactError, match=r"log\.sqlite' cannot be read"):
        read_log(path, binary)
    assert path.read_bytes() == content * 50


def test_a_log_of_another_version_is_refused(path: Path) -> None:
    run(path, "PRAGMA user_version=99")
    with pytest.raises(InputError, match="format 99"):
        opened(path)
    with pytest.raises(ArtefactError, match="format 99"):
        read_requests(path)


def test_a_log_in_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        opened(tmp_path / "file" / "log.sqlite")


def test_the_place_of_deleted_lines_is_used_again(binary: Contract, path: Path) -> None:
    def fill(name: str) -> int:
        log = opened(path, keep="30d")
        for turn in range(20):
            log.record(entry(binary, f"{name}-{turn}", count=500, time=1_600_000_000.0))
        log.close()
        return path.stat().st_size

    first = fill("first")
    assert [fill("second"), fill("third")] == pytest.approx([first, first], rel=0.1)
