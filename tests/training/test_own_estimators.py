"""Estimators of the person's own in a training: fitted, compared, blended, served; what fails costs only itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from tests.training.stages import Stage, drawn

from fivefold.core.artefacts import Task
from fivefold.core.errors import ArtefactError, MissingExtraError, SettingsError
from fivefold.core.estimators import read_estimators, write_estimators
from fivefold.core.own_code import importable
from fivefold.runtime.bundle import load_bundle
from fivefold.training.step import train

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats

Make = Callable[..., Stage]

LONG = 90.0
"""Seconds that no training here needs, for a worker on a busy machine takes its time to load libraries."""
OWN = """
import time

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def classes(strength=1.0):
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength))


def numbers(strength=1.0):
    return make_pipeline(StandardScaler(), Ridge(alpha=strength))


def near():
    return KNeighborsClassifier(25)


class Sleeper(ClassifierMixin, BaseEstimator):
    def fit(self, rows, target):
        while True:
            time.sleep(1)

    def predict_proba(self, rows):
        return np.zeros((len(rows), 2))


class Odd(ClassifierMixin, BaseEstimator):
    def fit(self, rows, target):
        self.classes_ = np.unique(target)
        return self

    def predict_proba(self, rows):
        return np.full((len(rows), len(self.classes_)), 0.5)


def sleeper():
    return Sleeper()


def odd():
    return Odd()
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[None]:
    """A module of the person's own, importable here and in worker processes."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "own_training.py").write_text(OWN)
    with importable(str(folder)):
        yield


def planned(tables: dict[str, dict[str, Any]], *families: str) -> dict[str, Any]:
    """What a plan says of estimators of one's own."""
    told = write_estimators(read_estimators(tables))
    return {"model.estimators": told, "model.candidates": (*families, "estimators")}


def sealed(place: Stage) -> pl.DataFrame:
    """The sealed rows."""
    return pl.read_parquet(place.dataset.folder / "test.parquet")


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_they_are_trained_and_served_like_any_family(stage: Make, own: None, task: Task) -> None:
    regression = task == "regression"
    forest = "RandomForestRegressor" if regression else "RandomForestClassifier"
    tables = {
        "forest": {"class": f"sklearn.ensemble.{forest}", "n_estimators": 25, "min_samples_leaf": 3},
        "my line": {"function": f"own_training:{'numbers' if regression else 'classes'}", "strength": 0.5},
    }
    place = stage(task, plan=planned(tables))
    bench = place.bench(seconds=LONG)
    model = train(place.dataset, place.brief, bench)
    assert {member.name for member in model.members} <= {"forest", "my line"}
    assert {member.kind for member in model.members} == {"onnx"}
    assert {row.name for row in model.leaderboard} >= {"forest", "my line"}
    assert model.evaluation.better
    card = (bench.folder / "card.md").read_text()
    assert all(member.name in card for member in model.members)
    predictor = load_bundle(bench.folder / "bundle")
    frame = sealed(place)
    scores = predictor.scores(frame)
    one = predictor.scores(frame[:1])
    np.testing.assert_allclose(one, scores[:1], rtol=1e-9)
    assert np.isfinite(scores).all()


def test_the_bundle_is_checked_and_needs_onnxruntime(
    stage: Make, own: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = stage("binary", plan=planned({"mine": {"function": "own_training:classes"}}))
    bench = place.bench(seconds=LONG)
    train(place.dataset, place.brief, bench)
    bundle = bench.folder / "bundle"
    manifest = json.loads((bundle / "bundle.json").read_text())
    assert "onnxruntime" in manifest["versions"]
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "onnxruntime", None)
        with pytest.raises(MissingExtraError, match="pip install onnxruntime"):
            load_bundle(bundle)
    (member,) = (bundle / "members").iterdir()
    member.write_bytes(member.read_bytes()[:-1] + b"\0\0")
    with pytest.raises(ArtefactError, match="damaged or was changed"):
        load_bundle(bundle)


def test_what_fails_costs_only_itself(stage: Make, own: None) -> None:
    tables = {name: {"function": f"own_training:{name}"} for name in ("odd", "near")}
    place = stage("binary", plan=planned(tables, "linear"))
    model = train(place.dataset, place.brief, place.bench(seconds=LONG))
    assert {member.name for member in model.members} <= {"linear", "near"}
    states = {trial.candidate: trial.state for trial in model.trials}
    assert (states["odd"], states["near"]) == ("failed", "done")
    told = " ".join(model.notes)
    assert "odd was failed on fold 1: Odd cannot be turned into a graph in ONNX" in told


def test_what_never_ends_is_killed_and_the_run_goes_on(stage: Make, own: None) -> None:
    place = stage("binary", plan=planned({"sleeper": {"function": "own_training:sleeper"}}, "linear"))
    bench = place.bench(seconds=25.0)
    model = train(place.dataset, place.brief, bench)
    assert not bench.deadline.passed()
    assert [member.name for member in model.members] == ["linear"]
    assert {trial.state for trial in model.trials if trial.candidate == "sleeper"} == {"killed"}
    assert "sleeper was killed" in " ".join(model.notes)


def test_a_note_names_those_that_take_no_weights(stage: Make, own: None) -> None:
    frame = drawn("binary", 300).with_columns(pl.Series("weight", np.linspace(0.5, 1.5, 300)))
    tables = {"near": {"function": "own_training:near"}, "line": {"function": "own_training:classes"}}
    place = stage("binary", frame=frame, weight="weight", plan=planned(tables))
    model = train(place.dataset, place.brief, place.bench(seconds=LONG))
    deaf = [note for note in model.notes if "takes no weights" in note]
    assert deaf == ["near learned as if all rows counted the same: its fit takes no weights."]


def test_a_slip_is_told_before_anything_is_trained(stage: Make) -> None:
    place = stage("binary", plan=planned({"mine": {"class": "sklearn.ensemble.RandomForestRegressor"}}))
    with pytest.raises(SettingsError, match="a regressor, for a target of classes"):
        train(place.dataset, place.brief, place.bench(seconds=LONG))


def test_a_training_gives_the_same_again(stage: Make, own: None) -> None:
    tables = {"forest": {"class": "sklearn.ensemble.RandomForestClassifier", "n_estimators": 10}}
    place = stage("binary", plan=planned(tables))
    scores: list[Floats] = []
    for name in ("first", "second"):
        bench = place.bench(seconds=LONG, name=name)
        train(place.dataset, place.brief, bench)
        scores.append(load_bundle(bench.folder / "bundle").scores(sealed(place)))
    assert (scores[0] == scores[1]).all()
