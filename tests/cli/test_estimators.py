"""Estimators of one's own from the project file: a module beside it is found, and a changed one trains anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.commands import Call

import fivefold as ff

PROJECT = """
[question]
source = "visits.csv"
target = "shown"
[budget]
time = "60s"
[train]
families = ["estimators"]
[train.estimators.mine]
function = "cli_models:make"
strength = 0.5
"""
MODULE = """
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def make(strength):
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength))
"""


@pytest.fixture
def project(visits_csv: Path) -> Path:
    """A folder with a table, a project file and a module."""
    folder = visits_csv.parent
    (folder / "fivefold.toml").write_text(PROJECT)
    (folder / "cli_models.py").write_text(MODULE)
    return folder


@pytest.mark.slow
def test_a_run_trains_serves_and_tells_them_by_name(fivefold: Call, project: Path) -> None:
    done = fivefold("run", "--json")
    assert done.code == 0, done.err
    first = ff.load(str(project / "fivefold-runs" / json.loads(done.out)["run"]))
    assert [member.name for member in first.trained.members] == ["mine"]
    assert first.trained.members[0].kind == "onnx"
    assert "cli_models:make" in first.brief.text("model.estimators")
    report = first.report.read_text(encoding="utf-8")
    assert "cli_models:make(strength=0.5)" in report
    row = {"age": 44, "distance_km": 2.5, "reminder": "sms", "district": "north"}
    assert first.model.predict_proba([row]).shape == (1, 2)

    assert json.loads(fivefold("run", "--json").out)["run"] == first.id
    (project / "cli_models.py").write_text(MODULE.replace("C=strength", "C=strength / 100"))
    other = json.loads(fivefold("run", "--json").out)["run"]
    assert other != first.id

    before = first.artefact("train").header.digest
    again = fivefold("train", first.id)
    assert again.code == 0, again.err
    assert ff.load(str(first.folder)).artefact("train").header.digest != before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('function = "cli_models:mak"', "did you mean 'make'"),
        ('function = "cli_modles:make"', "No module named 'cli_modles'"),
        ('class = "sklearn.linear_model.Ridge"', "a regressor, for a target of classes"),
    ],
)
def test_a_slip_is_misuse_before_a_run_begins(fivefold: Call, project: Path, line: str, words: str) -> None:
    text = PROJECT.replace('function = "cli_models:make"', line).replace("strength = 0.5\n", "")
    (project / "fivefold.toml").write_text(text)
    done = fivefold("run")
    assert done.code == 2
    assert words in " ".join(done.err.split())
    assert not list((project / "fivefold-runs").glob("*/run.json"))


def test_the_family_needs_an_estimator(fivefold: Call, project: Path) -> None:
    (project / "fivefold.toml").write_text(PROJECT.partition("[train.estimators")[0])
    done = fivefold("run")
    assert done.code == 2
    assert "estimators of your own" in " ".join(done.err.split())
