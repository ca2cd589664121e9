"""Ctrl-C while a table is being read: exit code 130 and no traceback, as anywhere else."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl
import pytest

from fivefold.cli.launch import main
from fivefold.core.interrupts import as_keyboard_interrupt
from fivefold.core.store import Run
from fivefold.testing.tables import visits

if TYPE_CHECKING:
    from collections.abc import Callable

_ROWS = 1_000_000
_PATIENCE = 120.0


def wait_for(child: subprocess.Popen[str], folder: Path, pattern: str) -> None:
    """Wait until the child has begun to write such a file."""
    until = time.monotonic() + _PATIENCE
    while not any(folder.rglob(pattern)):
        assert child.poll() is None, "it ended before it read the table"
        assert time.monotonic() < until
        time.sleep(0.002)


def long_text(folder: Path) -> str:
    """A text of a million rows."""
    chance = np.random.default_rng(0)
    columns = {f"c{at}": chance.normal(size=_ROWS) for at in range(8)}
    pl.DataFrame({"y": chance.integers(0, 2, _ROWS), **columns}).write_csv(folder / "t.csv")
    return "t.csv"


def long_view(folder: Path) -> str:
    """A view of many rows in a DuckDB database."""
    with duckdb.connect(str(folder / "t.duckdb")) as connection:
        connection.execute(
            f"CREATE VIEW v AS SELECT i % 2 AS y, sqrt(i) AS c FROM range({50 * _ROWS}) AS t(i)"
        )
    return f"duckdb:///{folder}/t.duckdb#v"


class Impatience:
    """A person who presses Ctrl-C while the command line is being loaded."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "fivefold.cli.main":
            raise KeyboardInterrupt


@pytest.mark.parametrize("words", [["run", "t.csv"], ["run", "t.csv", "--json"]])
def test_ctrl_c_while_the_command_line_is_loaded(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["fivefold", *words])
    monkeypatch.delitem(sys.modules, "fivefold.cli.main", raising=False)
    monkeypatch.setattr("sys.meta_path", [Impatience(), *sys.meta_path])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    assert end.value.code == 130
    assert said.err == "fivefold: interrupted before anything was begun\n"
    told = [json.loads(line)["error"]["code"] for line in said.out.splitlines()]
    assert told == ["interrupted"] * ("--json" in words)


def interrupted(words: list[str], folder: Path, begun: str, start: str = "") -> str:
    """Start a command, press Ctrl-C once it has begun to write such a file, and return what it printed."""
    main = f"{start}\nfrom fivefold.cli.main import main\nmain()"
    child = subprocess.Popen(
        [sys.executable, "-c", main, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(child, folder, begun)
        child.send_signal(signal.SIGINT)
        said, complained = child.communicate(timeout=_PATIENCE)
    finally:
        child.kill()
    assert child.returncode == 130
    (told,) = (line for line in complained.splitlines() if line.startswith("fivefold: "))
    assert complained.splitlines()[-1] == told
    assert told == (
        "fivefold: interrupted; what was finished is kept, and the same command goes on from there"
    )
    assert "Traceback" not in said + complained
    assert "Error" not in said + complained
    return said


NO_SIGINT = pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGINT for one child")


@NO_SIGINT
@pytest.mark.parametrize(
    ("make", "written"),
    [(long_text, "table.parquet"), pytest.param(long_view, "rows.parquet", marks=pytest.mark.slow)],
)
def test_ctrl_c_while_a_table_is_read(make: Callable[[Path], str], written: str, tmp_path: Path) -> None:
    words = ["run", make(tmp_path), "--target", "y", "--out", "runs", "--json"]
    said = interrupted(words, tmp_path, written)
    assert json.loads(said)["error"]["code"] == "interrupted"


@NO_SIGINT
def test_ctrl_c_while_a_table_is_scored(finished_run: Path, tmp_path: Path) -> None:
    pl.concat([pl.DataFrame(visits(1_000))] * 200).write_csv(tmp_path / "rows.csv")
    # Parts of a quarter of a million rows take longer than a test should.
    small = "import fivefold.scoring as s; s.score_file.__kwdefaults__['rows'] = 1_000"
    words = ["predict", str(finished_run), "rows.csv", "--out", "scored.csv"]
    interrupted(words, tmp_path, "part-000001.csv", small)
    assert not (tmp_path / "scored.csv").exists()
    (left,) = tmp_path.glob(".fivefold-*")
    assert {path.name.partition("-")[0] for path in left.iterdir()} <= {"digest", "part"}
    assert 2 <= len(list(left.glob("part-*.csv"))) < 200


@NO_SIGINT
def test_ctrl_c_while_a_release_is_looked_at(finished_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished_run, tmp_path / "runs" / finished_run.name))
    before = (run / "monitor" / "manifest.json").read_bytes()
    words = ["monitor", run.name, "--labels", long_text(tmp_path), "--out", "runs"]
    interrupted(words, tmp_path, "outcomes.parquet")
    assert (run / "monitor" / "manifest.json").read_bytes() == before
    assert not (tmp_path / "runs" / ".work").exists()
    assert not Run(run).busy


def test_only_the_word_for_ctrl_c_is_translated() -> None:
    with pytest.raises(RuntimeError, match="anything else"), as_keyboard_interrupt():
        raise RuntimeError("anything else")
