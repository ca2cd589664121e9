"""Training as its caller sees it: a Model and its bundle, whatever the table, the clock and the families do."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.training.stages import ROLES, Stage, Trained, drawn

from fivefold.core import records
from fivefold.core.artefacts import FOLD, Model
from fivefold.core.workbench import Silence
from fivefold.measure.metrics import value
from fivefold.runtime.bundle import load_bundle, read_bundle
from fivefold.training import step
from fivefold.training.rows import ASIDE, positions_of
from fivefold.training.step import train

Make = Callable[..., Stage]


def test_a_model_says_all_that_there_is_to_say(trained: Trained) -> None:
    model = trained.model
    assert model.evaluation.better
    assert model.ended == "all candidates fitted"
    assert model.notes == ()
    assert [row.name for row in model.leaderboard] == ["linear", "dummy"]
    assert {score.metric for score in model.evaluation.scores} == {"accuracy", "roc_auc", "log_loss", "f1"}
    assert sum(sum(row) for row in model.evaluation.confusion) == model.evaluation.rows == 60
    assert sum(rows for _, _, rows in model.evaluation.calibration) == 60
    assert {one.column for one in model.importances} == set(ROLES)
    assert records.load(Model, records.dump(model), label="the model") == model
    assert model.size_bytes == sum(
        path.stat().st_size for path in trained.bench.folder.rglob("bundle/**/*.*")
    )


def test_the_figures_are_those_of_the_bundle_on_the_sealed_part(trained: Trained) -> None:
    predictor = load_bundle(trained.bench.folder / "bundle")
    sealed = pl.read_parquet(trained.stage.dataset.folder / "test.parquet")
    found = value("roc_auc", "binary", positions_of(sealed, predictor.contract), predictor.scores(sealed))
    assert trained.model.evaluation.score("roc_auc").value == pytest.approx(found)


def test_golden_rows_are_answered_as_the_bundle_says(trained: Trained) -> None:
    predictor = load_bundle(trained.bench.folder / "bundle")
    assert len(predictor.golden) == 8
    for golden in predictor.golden:
        assert predictor.answer(predictor.read([json.loads(json.dumps(golden.row))])) == [golden.answer]


def test_the_card_tells_the_figures_and_the_limits(trained: Trained) -> None:
    card = (trained.bench.folder / "card.md").read_text()
    assert "# Model card: outcome" in card
    assert f"{trained.model.evaluation.score('roc_auc').value:.4g}" in card
    assert "## Limits" in card
    inside = read_bundle(trained.bench.folder / "bundle").files["card.md"].decode()
    assert inside.splitlines()[0] == card.splitlines()[0]
    assert f"{trained.model.evaluation.score('roc_auc').value:.4g}" in inside


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_other_tasks_are_learned_as_well(stage: Make, task: str) -> None:
    place = stage(task)
    model = train(place.dataset, place.brief, place.bench())
    assert model.evaluation.better
    assert bool(model.evaluation.residuals) == (task == "regression")
    assert len(model.classes) == (3 if task == "multiclass" else 0)


def test_the_same_seed_gives_the_same_bundle_byte_for_byte(stage: Make) -> None:
    place = stage("binary")
    benches = [place.bench(name=name, seconds=60.0) for name in ("first", "second")]
    for bench in benches:
        train(place.dataset, place.brief, bench)
    files = [
        {
            path.relative_to(bench.folder).as_posix(): path.read_bytes()
            for path in sorted((bench.folder / "bundle").rglob("*.*"))
        }
        for bench in benches
    ]
    assert files[0] == files[1]


def test_forty_rows_are_enough(stage: Make) -> None:
    place = stage("binary", frame=drawn("binary", 40))
    model = train(place.dataset, place.brief, place.bench())
    assert model.evaluation.rows == 8
    assert model.members


def test_a_class_of_three_rows_does_no_harm(stage: Make) -> None:
    names = ["common"] * 150 + ["other"] * 147 + ["rare"] * 3
    frame = drawn("binary", 300).with_columns(pl.Series("outcome", names).sample(300, shuffle=True, seed=1))
    place = stage("multiclass", frame=frame)
    model = train(place.dataset, place.brief, place.bench())
    assert model.classes == ("common", "other", "rare")
    assert len(model.evaluation.confusion) == 3


def test_noise_gives_the_baseline_and_says_so(stage: Make) -> None:
    rng = np.random.default_rng(3)
    frame = drawn("regression", 200).with_columns(pl.Series("outcome", rng.normal(size=200)))
    place = stage("regression", frame=frame.select("member", "empty", "outcome"))
    bench = place.bench()
    model = train(place.dataset, place.brief, bench)
    assert not model.evaluation.better
    assert any("Not better than the baseline" in note for note in model.notes)
    assert "not shown to be better" in (bench.folder / "card.md").read_text()


@pytest.mark.parametrize(("kind", "folds"), [("time", 3), ("group", 3), ("time_group", 3), ("random", 1)])
def test_every_kind_of_split_is_followed(stage: Make, kind: str, folds: int) -> None:
    place = stage("regression", kind=kind, folds=folds)
    bench = place.bench()
    model = train(place.dataset, place.brief, bench)
    judged = {trial.fold for trial in model.trials if trial.score is not None} - ASIDE
    assert judged == set(range(1, folds + 1))
    assert model.evaluation.better
    kept = load_bundle(bench.folder / "bundle").reference.out_of_fold
    rows = pl.read_parquet(place.dataset.folder / "train.parquet")[FOLD] > 0
    early = (
        place.dataset.body.split.rolling
    )  # its first folds learned from too little to say what the model is like
    assert 0 < kept.rows < rows.sum() if early else kept.rows == rows.sum()
    assert len(kept.truth) == kept.rows == sum(count for _, _, count in kept.calibration)


def test_families_that_fail_cost_only_themselves(stage: Make, strangers: tuple[str, ...]) -> None:
    place = stage("binary", plan={"model.candidates": ("linear", *strangers, "nobody")})
    bench = place.bench(seconds=25.0)
    model = train(place.dataset, place.brief, bench)
    assert not bench.deadline.passed()
    assert [member.name for member in model.members] == ["linear"]
    states = {trial.candidate: trial.state for trial in model.trials}
    assert states["sleeper"] == "killed"
    assert states["crasher"] == states["raiser"] == states["nobody"] == "failed"
    reasons = " ".join(trial.reason for trial in model.trials)
    assert "ValueError: a stranger's mistake" in reasons
    assert "SIGABRT" in reasons
    assert "There is no family 'nobody'" in reasons


def test_without_any_family_the_baseline_is_served(stage: Make) -> None:
    place = stage("multiclass", plan={"model.candidates": ("nobody",)})
    bench = place.bench()
    model = train(place.dataset, place.brief, bench)
    assert [member.name for member in model.members] == ["dummy"]
    scores = load_bundle(bench.folder / "bundle").scores(
        pl.read_parquet(place.dataset.folder / "test.parquet")
    )
    np.testing.assert_allclose(scores.sum(axis=1), 1.0)


def test_no_time_at_all_still_gives_a_model(stage: Make) -> None:
    place = stage("binary")
    model = train(place.dataset, place.brief, place.bench(seconds=0.0))
    assert [member.name for member in model.members] == ["dummy"]
    assert model.ended == "deadline"


class Impatient(Silence):
    """Presses Ctrl-C as soon as the first candidate is done."""

    def advance(self, done: float, text: str) -> None:
        if text.startswith("linear, fold 1"):
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_keeps_what_is_there(stage: Make, strangers: tuple[str, ...]) -> None:
    place = stage("binary", plan={"model.candidates": ("linear", "sleeper")})
    bench = replace(place.bench(seconds=60.0), progress=Impatient())
    model = train(place.dataset, place.brief, bench)
    assert bench.deadline.remaining() > 30
    assert model.ended == "interrupted"
    assert [member.name for member in model.members] == ["linear"]
    assert model.train_rows < 240
    assert (bench.folder / "bundle" / "bundle.json").is_file()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_stated_means_limit_the_members(stage: Make) -> None:
    place = stage("binary")
    bench = place.bench()
    tight = replace(bench, budget=replace(bench.budget, size=10))
    model = train(place.dataset, place.brief, tight)
    assert any("latency and size" in note for note in model.notes)


def test_more_rows_than_the_means_bear_are_sampled(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "affordable_rows", lambda *_: 100)
    place = stage("binary")
    model = train(place.dataset, place.brief, place.bench())
    assert model.train_rows == 100
    assert "Trained on 100 of 240 training rows" in model.notes[0]


@pytest.mark.slow
def test_the_built_in_families_together(stage: Make) -> None:
    names = ("linear", "lightgbm", "catboost")
    place = stage("multiclass", plan={"model.candidates": names, "model.class_weight": "balanced"})
    bench = place.bench(seconds=40.0)
    model = train(place.dataset, place.brief, bench)
    assert {row.family for row in model.leaderboard} >= set(names)
    assert model.evaluation.better
    load_bundle(bench.folder / "bundle")
