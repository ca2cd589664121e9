"""Ctrl-C while a table is being read: exit code 130 and no traceback, as anywhere else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl
import pytest

from fivefold.cli.launch import main
from fivefold.core.interrupts import as_keyboard_interrupt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGINT for one child")
@pytest.mark.parametrize(
    ("make", "written"),
    [(long_text, "table.parquet"), pytest.param(long_view, "rows.parquet", marks=pytest.mark.slow)],
)
def test_ctrl_c_while_a_table_is_read(make: Callable[[Path], str], written: str, tmp_path: Path) -> None:
    address = make(tmp_path)
    child = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "fivefold.cli.main",
            "run",
            address,
            "--target",
            "y",
            "--out",
            "runs",
            "--json",
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(child, tmp_path / "runs", written)
        child.send_signal(signal.SIGINT)
        said, complained = child.communicate(timeout=_PATIENCE)
    finally:
        child.kill()
    assert child.returncode == 130
    assert "interrupted; what was finished is kept" in complained
    assert json.loads(said)["error"]["code"] == "interrupted"
    assert "Traceback" not in said + complained
    assert "RuntimeError" not in said + complained


def test_only_the_word_for_ctrl_c_is_translated() -> None:
    with pytest.raises(RuntimeError, match="anything else"), as_keyboard_interrupt():
        raise RuntimeError("anything else")
