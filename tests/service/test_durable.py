"""A service in durable mode: what it answered is in the log, however it ended, and what it cannot log it does not answer."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import threading
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import orjson
import pytest

from fivefold.core.protocols import Bundle
from fivefold.service.log import read_log, read_requests
from fivefold.service.settings import ServiceSettings
from fivefold.testing.loopback import free_port
from tests.service.serving import ROW, SECONDS, Service, eventually, serving
from tests.service.test_server import COMMAND, is_ready, started

DURABLE = ServiceSettings(log_mode="durable")


class Caller(threading.Thread):
    """Asks again and again over one connection, and keeps the ids that it was answered."""

    def __init__(self, port: int, name: str) -> None:
        super().__init__(name=name)
        self._port = port
        self.ids: list[str] = []

    def run(self) -> None:
        body = orjson.dumps({"instances": [ROW, ROW]})
        connection = HTTPConnection("127.0.0.1", self._port, timeout=SECONDS)
        with contextlib.closing(connection), contextlib.suppress(OSError, HTTPException):
            while True:
                connection.request("POST", "/predict", body)
                response = connection.getresponse()
                document = orjson.loads(response.read())
                assert response.status == 200
                self.ids += document["prediction_ids"]


def test_every_answered_prediction_is_in_the_log_after_a_kill(bundle: Bundle, committing: str) -> None:
    port = free_port()
    words = (str(bundle.folder), "--port", str(port), "--log", committing, "--log-mode", "durable")
    callers = [Caller(port, f"caller-{number}") for number in range(8)]
    with started(*words) as process:
        eventually(lambda: is_ready(Service(port)))
        for caller in callers:
            caller.start()
        eventually(lambda: all(len(caller.ids) >= 40 for caller in callers))
        process.kill()
        for caller in callers:
            caller.join(SECONDS)
    answered = [name for caller in callers for name in caller.ids]
    logged = read_log(committing, bundle.contract)[1]["prediction_id"].to_list()
    assert len(answered) >= 8 * 40
    assert len(set(logged)) == len(logged)
    assert set(answered) <= set(logged)
    # At most what each caller had asked and not yet been answered is there besides.
    assert len(logged) - len(answered) <= 2 * len(callers)


def test_what_was_answered_has_left_by_standard_output_before_a_kill(bundle: Bundle, tmp_path: Path) -> None:
    service = Service(free_port())
    words = (str(bundle.folder), "--port", str(service.port), "--log", "stdout", "--log-mode", "durable")
    with (tmp_path / "out").open("wb") as out, subprocess.Popen([*COMMAND, *words], stdout=out) as process:
        try:
            eventually(lambda: is_ready(service))
            ids = [service.predict([ROW]).json["prediction_ids"][0] for _ in range(20)]
        finally:
            process.kill()
    lines = (tmp_path / "out").read_bytes().splitlines()
    assert [orjson.loads(line)["prediction_id"] for line in lines] == ids


def test_what_cannot_be_logged_is_not_answered(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with serving(bundle.folder, path, DURABLE) as service:
        assert service.predict([ROW]).status == 200
        with contextlib.closing(sqlite3.connect(path)) as other:
            other.execute("ALTER TABLE predictions RENAME TO elsewhere")
        refused = service.predict([ROW])
        assert (refused.status, refused.code, refused.headers["retry-after"]) == (503, "log_unavailable", "1")
        assert "predictions" not in refused.json["error"]["message"]
        assert service.ask("GET", "/readyz").status == 200
        with contextlib.closing(sqlite3.connect(path)) as other:
            other.execute("ALTER TABLE elsewhere RENAME TO predictions")
        eventually(lambda: service.predict([ROW]).status == 200)
        page = service.ask("GET", "/metrics").body
    assert b"fivefold_predictions_total 2.0" in page
    assert b"fivefold_log_rows_dropped_total 0.0" in page
    counted = read_requests(path)
    assert counted["predictions"] == read_log(path, bundle.contract)[0].height == 2
    assert counted["requests"] == 2 + counted["errors"]
    assert counted["errors"] >= 1


@pytest.mark.parametrize(
    "words",
    [
        ("--log", "segments/", "--log-mode", "durable"),
        ("--log-mode", "durable"),
        ("--log", "s3://bucket/log"),
    ],
)
def test_a_log_that_cannot_do_it_ends_the_service_with_code_2(words: tuple[str, ...], bundle: Bundle) -> None:
    with started(str(bundle.folder), "--port", "0", *words) as process:
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert "Next:" in said
    assert not Path("segments").exists()
