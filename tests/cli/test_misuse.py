"""Bad input: one clear error that names the thing seen and the next thing to do, exit code 2, nothing half-written."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest
from tests.commands import Call, Called

from fivefold.core.errors import InputError
from fivefold.core.journal import Journal
from fivefold.core.orders import Order
from fivefold.data.engine import complaint, connect
from fivefold.testing.tables import visits, write_csv
from fivefold.testing.targets import tiny_bundle

if TYPE_CHECKING:
    from collections.abc import Callable


def refused(called: Called, *said: str) -> None:
    """Check that the error is clear, is the only thing said, and leaves no run behind."""
    assert called.code == 2, called
    assert called.out == ""
    for words in said:
        assert words in called.err, called.err
    assert "Traceback" not in called.err
    assert not list(Path("fivefold-runs").glob("*/*/manifest.json"))
    assert not list(Path("fivefold-runs").glob(".work/*"))


def fill_by_polars(_: Path) -> None:
    """Write to a full disk."""
    pl.DataFrame({"a": range(1000)}).write_csv("/dev/full")


_TO_FULL = "COPY (SELECT 'a' || i AS a FROM range(1000) AS t(i)) TO '/dev/full' (FORMAT csv)"


def fill_by_duckdb(folder: Path) -> None:
    """Write to a full disk."""
    with connect(folder) as connection:
        connection.execute(_TO_FULL)


def fill_and_blame_the_table(folder: Path) -> None:
    """Write to a full disk, and take it for a table that cannot be read."""
    with connect(folder) as connection:
        try:
            connection.execute(_TO_FULL)
        except duckdb.Error as error:
            raise InputError("The table cannot be read", seen=complaint(error)) from error


def test_a_missing_file(fivefold: Call, visits_csv: Path) -> None:
    refused(fivefold("run", "vistis.csv", "--target", "shown"), "vistis.csv", "visits.csv")


def test_a_home_that_nobody_knows(fivefold: Call) -> None:
    refused(fivefold("run", "~nobody-of-this-name/visits.csv", "--target", "shown"), "There is no file")


def test_an_empty_file(fivefold: Call) -> None:
    Path("empty.csv").write_text("")
    refused(fivefold("run", "empty.csv", "--target", "shown"), "empty.csv", "empty")


def test_a_header_without_rows(fivefold: Call) -> None:
    Path("header.csv").write_text("age,shown\n")
    refused(fivefold("run", "header.csv", "--target", "shown"), "header.csv", "row")


def test_a_target_that_is_not_there(fivefold: Call, visits_csv: Path) -> None:
    refused(fivefold("run", "visits.csv", "--target", "show"), "'show'", "'shown'")


def test_a_constant_target(fivefold: Call) -> None:
    write_csv(Path("same.csv"), [row | {"shown": "yes"} for row in visits(60)])
    refused(fivefold("run", "same.csv", "--target", "shown"), "shown", "yes")


def test_a_target_that_is_missing_everywhere(fivefold: Call) -> None:
    write_csv(Path("none.csv"), [row | {"shown": ""} for row in visits(60)])
    refused(fivefold("run", "none.csv", "--target", "shown"), "shown")


def test_too_few_rows(fivefold: Call) -> None:
    write_csv(Path("few.csv"), visits(29))
    refused(fivefold("run", "few.csv", "--target", "shown"), "29", "30")


def test_two_columns_with_one_name(fivefold: Call) -> None:
    Path("twice.csv").write_text("age,age,shown\n" + "1,2,yes\n3,4,no\n" * 30)
    refused(fivefold("run", "twice.csv", "--target", "shown"), "age")


def test_a_target_of_words_that_hardly_repeat(fivefold: Call) -> None:
    write_csv(Path("words.csv"), [row | {"shown": f"word {k % 150}"} for k, row in enumerate(visits(300))])
    refused(fivefold("run", "words.csv", "--target", "shown"), "shown", "150")


@pytest.mark.parametrize("budget", ["0s", "soon"])
def test_a_budget_that_is_none(fivefold: Call, visits_csv: Path, budget: str) -> None:
    refused(fivefold("run", "visits.csv", "--target", "shown", "--budget", budget), f"'{budget}'", "90s")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("deploy", "check", "--latency", "20x"), ("latency", "such as 5ms or 20ms")),
        (("run", "visits.csv", "--target", "shown", "--memory", "4x"), ("memory", "such as 512MB or 4GB")),
        (("run", "visits.csv", "--target", "shown", "--cores", "2x"), ("cores", "a whole number")),
        (("deploy", "--money", "5x"), ("money", "such as 2.50 USD")),
        (("train", "--money", "5x"), ("money", "such as 2.50 USD")),
        (("train", "--scan", "5x"), ("scan", "such as 10GB")),
    ],
)
def test_a_quantity_that_is_none(
    fivefold: Call, visits_csv: Path, words: tuple[str, ...], said: tuple[str, ...]
) -> None:
    refused(fivefold(*words), f"'{words[-1]}'", *said)


def test_what_kubernetes_says_of_a_service_is_no_setting(
    fivefold: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Service of the name ``fivefold`` in the namespace puts these into every container of it."""
    monkeypatch.setenv("FIVEFOLD_PORT", "tcp://10.0.0.11:80")
    monkeypatch.setenv("FIVEFOLD_SERVICE_HOST", "10.0.0.11")
    assert fivefold("experiments").code == 0


def test_a_folder_that_cannot_be_written(fivefold: Call, visits_csv: Path) -> None:
    Path("taken").write_text("a file, no folder")
    refused(fivefold("run", "visits.csv", "--target", "shown", "--out", "taken/runs"), "taken/runs", "--out")


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind the superuser")
def test_a_folder_without_permission(fivefold: Call, visits_csv: Path) -> None:
    Path("closed").mkdir(mode=0o500)
    refused(fivefold("run", "visits.csv", "--target", "shown", "--out", "closed/runs"), "closed", "--out")


def test_a_name_that_the_system_does_not_take(fivefold: Call) -> None:
    called = fivefold("show", "a" * 300, "--json")
    refused(replace(called, out=""), "does not let 'aaa", "name too long")
    assert called.out.startswith('{"error": {"code": "not_let"')


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device is Linux's")
@pytest.mark.parametrize("words", [("doctor",), ("doctor", "--json")])
def test_a_disk_that_is_full(words: tuple[str, ...], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fivefold.cli.main", *words]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode != 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device is Linux's")
@pytest.mark.parametrize("filled", [fill_by_polars, fill_by_duckdb, fill_and_blame_the_table])
def test_a_disk_that_a_library_finds_full(
    filled: Callable[[Path], None],
    fivefold: Call,
    finished_run: Path,
    visits_csv: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Libraries tell of it in words of their own; the table is not to blame."""
    monkeypatch.setattr("fivefold.cli.use.score_file", lambda *_, **__: filled(tmp_path))
    called = fivefold("predict", "latest", str(visits_csv), "--store", str(finished_run.parent), "--json")
    refused(replace(called, out=""), "There is no room for", "No space left on device", "make room")
    assert called.out.startswith('{"error": {"code": "not_let"')


def test_what_is_another_users(fivefold: Call, finished_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where somebody else started the service: the superuser, as whom tests may run, is refused nothing."""

    def end(*_: object) -> bool:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("fivefold.cli.use.end_service", end)
    called = fivefold("stop", "latest", "--out", str(finished_run.parent), "--json")
    refused(replace(called, out=""), "does not let this be done", "Operation not permitted", "as the user")
    assert called.out.startswith('{"error": {"code": "not_let"')


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind the superuser")
def test_a_run_that_may_only_be_read(fivefold: Call, finished_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished_run, tmp_path / "fivefold-runs" / finished_run.name))
    (run / ".lock").unlink(missing_ok=True)
    run.chmod(0o500)
    refused(fivefold("monitor", run.name), ".lock", "Permission denied")


def test_an_unknown_deployment_target(fivefold: Call, visits_csv: Path) -> None:
    called = fivefold("run", "visits.csv", "--target", "shown", "--deploy", "moon")
    refused(called, "'moon'", "local, none")


def test_a_malformed_project_file(fivefold: Call) -> None:
    Path("fivefold.toml").write_text('[question]\nsource = "visits.csv"\ntraget = "shown"\n')
    refused(fivefold("run"), "line 3", "traget")


def test_no_table_at_all(fivefold: Call) -> None:
    refused(fivefold("run"), "No table is named", "fivefold run TABLE --target COLUMN")


def test_no_target_at_all(fivefold: Call, visits_csv: Path) -> None:
    refused(fivefold("run", "visits.csv"), "No target is named")


def test_a_metric_of_another_task(fivefold: Call, visits_csv: Path) -> None:
    refused(fivefold("run", "visits.csv", "--target", "shown", "--metric", "rmse"), "rmse", "roc_auc")


def test_a_run_that_is_not_there(fivefold: Call) -> None:
    refused(fivefold("show", "abc"), "'abc'")
    refused(fivefold("predict", "abc", "new.csv"), "'abc'")
    refused(fivefold("stop", "latest"), "'latest'")


def test_an_empty_name_is_no_run(fivefold: Call, finished_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a variable that is not set: ``fivefold undeploy "$RUN"``."""
    refused(fivefold("undeploy", "", "--out", str(finished_run.parent)), "no run ''", finished_run.name)
    monkeypatch.chdir(finished_run)
    refused(fivefold("undeploy", ""), "no run ''")


def test_a_project_file_is_not_written_over(fivefold: Call, visits_csv: Path) -> None:
    Path("fivefold.toml").write_text("seed = 7\n")
    refused(fivefold("init", "visits.csv", "--target", "shown"), "--force")
    assert Path("fivefold.toml").read_text() == "seed = 7\n"


def test_errors_are_json_when_json_is_asked_for(fivefold: Call) -> None:
    called = fivefold("show", "abc", "--json")
    assert called.code == 2
    assert called.out.startswith('{"error": {"code": "bad_input"')


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "--no-such-flag"), "--no-such-flag"),
        (("rollbak",), "rollbak"),
        (("predict", "latest", "rows.csv", "--coverage", "most"), "--coverage"),
        (("challenge",), "RUN"),
    ],
)
def test_words_that_are_no_command_are_json_as_well(
    fivefold: Call, words: tuple[str, ...], said: str
) -> None:
    called = fivefold(*words, "--json")
    refused(replace(called, out=""), said)
    error = json.loads(called.out)["error"]
    assert error["code"] == "misuse"
    assert said in error["message"]
    refused(fivefold(*words), said)


def test_a_service_that_is_not_there_is_not_changed(fivefold: Call, finished_run: Path) -> None:
    for command in ("promote", "rollback"):
        called = fivefold(command, finished_run.name, "--out", str(finished_run.parent))
        assert (called.code, "There is no service to change" in called.err) == (2, True)


@pytest.mark.parametrize("words", [("deploy", "check"), ("export", "--to", "onnx", "--output", "model.onnx")])
def test_a_damaged_archive(fivefold: Call, tmp_path: Path, words: tuple[str, ...]) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    assert fivefold("export", str(bundle.folder), "--to", "bundle", "--output", "model.zip").code == 0
    archive = Path("model.zip")
    archive.write_bytes(archive.read_bytes()[:-400])
    called = fivefold(*words, archive.name, "--json")
    refused(replace(called, out=""), "model.zip")
    assert called.out.startswith('{"error": {"code": "bad_artefact"')
    assert not Path("model.onnx").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--log-mode", "fast"), "async or durable"),
        (("--log", "segments/", "--log-mode", "durable"), "Parquet"),
        (("--log", "mysql://me:S3cret@host/db"), "postgresql://user@host/database"),
        (("--log-keep", "soon"), "30d"),
    ],
)
def test_a_log_that_cannot_be_had(
    words: tuple[str, ...], said: str, fivefold: Call, finished_run: Path
) -> None:
    called = fivefold("serve", str(finished_run), "--port", "0", *words)
    refused(called, said)
    assert "S3cret" not in called.err


def test_a_service_for_other_machines_without_a_token(fivefold: Call, finished_run: Path) -> None:
    called = fivefold("serve", str(finished_run), "--host", "0.0.0.0", "--port", "0")
    refused(called, "0.0.0.0", "--token-file", "--no-auth")
    tokens = finished_run.parent / "tokens"
    tokens.write_text("short\n")
    called = fivefold("serve", str(finished_run), "--token-file", str(tokens))
    refused(called, "token")
    assert "short" not in called.err


def test_a_port_in_use(fivefold: Call, finished_run: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        called = fivefold("serve", str(finished_run), "--port", port)
        assert called.code == 2
        assert port in called.err
        called = fivefold(
            "deploy",
            finished_run.name,
            "--target",
            "local",
            "--port",
            port,
            "--out",
            str(finished_run.parent),
        )
        assert called.code == 2
        assert port in called.err


def test_it_is_clear_which_deployment_is_gone_on_with(
    fivefold: Call, finished_run: Path, tmp_path: Path
) -> None:
    run = tmp_path / "fivefold-runs" / finished_run.name
    shutil.copytree(finished_run, run)
    base = {"engine": "archive", "base": "no-such-base.tar"}
    Journal(run / "live", "container").begin(Order(options=base))
    Journal(run / "live", "bigquery").begin(Order(options={"dataset": "clinic.ward"}))
    called = fivefold("deploy", run.name, "--resume")
    assert (called.code, "bigquery, container" in called.err) == (2, True)
    called = fivefold("deploy", run.name, "--resume", "--target", "container", "--plan")
    assert (called.code, "no-such-base.tar" in called.err) == (2, True)
