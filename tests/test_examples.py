"""The three examples run as their READMEs say; slow, for every night."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/fivefold.toml"))


def test_every_example_says_where_its_table_comes_from() -> None:
    assert NAMES == ["appointments", "nutrition", "prices"]
    for name in NAMES:
        source = (EXAMPLES / name / "SOURCE.md").read_text(encoding="utf-8").lower()
        assert "licence" in source or "public domain" in source
        question = tomllib.loads((EXAMPLES / name / "fivefold.toml").read_text(encoding="utf-8"))["question"]
        assert (EXAMPLES / name / question["source"]).is_file()
        assert (EXAMPLES / name / "README.md").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "metric", "worst"),
    [
        ("appointments", "roc_auc", 0.70),
        ("nutrition", "rmse", 90.0),
        ("prices", "rmse", 700.0),
    ],
)
def test_an_example_runs_in_its_time_and_learns(tmp_path: Path, name: str, metric: str, worst: float) -> None:
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("fivefold-runs"))
    command = [sys.executable, "-m", "fivefold.cli.main", "run", "--deploy", "none", "--json"]
    began = time.monotonic()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began < 60 * 1.03 + 2 + 5  # five seconds for a busy machine
    summary = json.loads(done.stdout)
    assert summary["better"] is True
    found = summary["metric"]
    assert found["metric"] == metric
    assert (found["value"] > worst) if found["greater_is_better"] else (found["value"] < worst)
    assert Path(folder / summary["report"]).is_file()
