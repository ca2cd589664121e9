"""Weights in training: rows of weight two count as two, from the encoders to the figures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array
from tests.training.stages import Stage, table

import fivefold as ff
from fivefold.core.clock import Deadline
from fivefold.core.objective import Objective
from fivefold.core.protocols import Candidate, Fitted, Sample
from fivefold.core.settings import read_settings
from fivefold.core.tables import read_parquet
from fivefold.measure.metrics import value
from fivefold.monitoring.logs import read_logs
from fivefold.monitoring.window import window_of
from fivefold.runtime.bundle import load_bundle
from fivefold.testing.families import FEATURES, member_of, problem, sample
from fivefold.training.baseline import Baseline
from fivefold.training.blend import select
from fivefold.training.encoded import EncodedFold, encode_fold
from fivefold.training.encoding.rates import Outcomes
from fivefold.training.encoding.scores import fit_scores
from fivefold.training.families.linear import Linear
from fivefold.training.recalibration import recalibrate
from fivefold.training.rows import TrainingRows
from fivefold.training.step import train
from fivefold.training.tasks import Workshop
from fivefold.training.threshold import cheapest_threshold
from fivefold.workflow import start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fivefold.core.artefacts import Task

    Make = Callable[..., Stage]

LINEAR = Candidate("linear", "linear", {}, rank=1.0)


def contradicting() -> pl.DataFrame:
    """Rows of which half say the opposite of the other half, and weigh next to nothing."""
    frame = table(600)
    heavy = np.arange(600) % 2 == np.arange(600) // 30 % 2  # in every fold and in the sealed part
    positive = (frame["signal"].to_numpy() > 0) == heavy
    weight = pl.Series("w", np.where(heavy, 5.0, 0.001))
    return frame.with_columns(pl.Series("outcome", np.where(positive, "yes", "no").tolist()), weight)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_rows_of_weight_two_are_two_rows_to_the_linear_family(task: Task) -> None:
    given, unseen = sample(task), sample(task, seed=1)
    weight = np.where(np.arange(400) % 3 == 0, 2.0, 1.0)
    often = np.repeat(np.arange(400), weight.astype(int))
    twice = Sample(given.values[often], FEATURES, given.target[often])

    def scores(train: Sample) -> Any:
        fitted = Linear().fit(LINEAR, problem(task), train, unseen, Deadline.after(60.0), 0)
        return member_of(fitted).predict(unseen.values)

    weighted = scores(replace(given, weight=weight))
    # Both walks end within their tolerance of the same minimum.
    np.testing.assert_allclose(weighted, scores(twice), rtol=2e-3, atol=2e-3)
    assert np.abs(weighted - scores(given)).max() > 1e-2


def test_the_linear_family_judges_its_penalties_by_what_rows_count() -> None:
    given, unseen = sample("regression"), sample("regression", seed=1)
    # Every other judged row knows nothing: there the strongest penalty is the best, elsewhere the weakest.
    known = np.arange(400) % 2 == 0
    judged = replace(unseen, target=np.where(known, unseen.target, given.target.mean()))

    def slopes(weight: Any) -> float:
        valid = replace(judged, weight=weight)
        payload = Linear().fit(LINEAR, problem("regression"), given, valid, Deadline.after(60.0), 0).payload
        return float(np.std(member_of(Fitted("linear", payload)).predict(unseen.values)))

    assert slopes(np.where(known, 1e-9, 2.0)) < 0.98 * slopes(np.where(known, 2.0, 1e-9))


def test_rates_of_weighted_rows_are_those_of_repeated_ones() -> None:
    rng = np.random.default_rng(0)
    names, target = rng.choice(["a", "b", "c"], 60), rng.normal(size=60)
    weight = rng.integers(1, 4, 60)
    often = np.repeat(np.arange(60), weight)

    def rates(rows: np.ndarray, count: np.ndarray | None) -> Any:
        outcomes = Outcomes.of(target[rows], 0, np.zeros(rows.size, np.intp), count)
        return outcomes.fit("x", pl.Series(names[rows].tolist()), ("a", "b"), counted=True)

    weighted, repeated = rates(np.arange(60), weight.astype(float)), rates(often, None)
    np.testing.assert_allclose(weighted.rates, repeated.rates)
    np.testing.assert_allclose(weighted.prior, repeated.prior)
    assert weighted.counts[0] == (names == "a").sum()  # how often it was seen is a number of rows


def test_text_scores_of_weighted_rows_are_those_of_repeated_ones() -> None:
    rng = np.random.default_rng(0)
    texts, target = rng.random((60, 5)) * (rng.random((60, 5)) < 0.5), rng.normal(size=(60, 1))
    weight = rng.integers(1, 4, 60)
    often = np.repeat(np.arange(60), weight)
    weighted = fit_scores(csr_array(texts), target, weight.astype(float))
    np.testing.assert_allclose(weighted, fit_scores(csr_array(texts[often]), target[often]), atol=1e-3)
    assert np.abs(weighted - fit_scores(csr_array(texts), target)).max() > 1e-2


@pytest.mark.parametrize("balanced", [False, True])
def test_a_fold_on_disk_keeps_its_weights(stage: Make, tmp_path: Path, *, balanced: bool) -> None:
    rng = np.random.default_rng(0)
    weight = pl.Series("w", rng.uniform(0.5, 4.0, 600))
    rows = TrainingRows(stage("binary", frame=contradicting().with_columns(weight), weight="w").terms())
    encode_fold(rows, 1, tmp_path / "fold")
    fold = EncodedFold.load(tmp_path / "fold", balanced=balanced)
    assert fold.train.weight is not None
    assert fold.valid is not None
    assert fold.valid.weight is not None
    assert fold.train.weight.mean() == pytest.approx(1.0)
    assert rows.weights is not None
    if balanced:
        sums = np.bincount(fold.train.target.astype(int), weights=fold.train.weight)
        assert sums[0] == pytest.approx(sums[1])
        return
    told = rows.weights[rows.learned(1)]
    np.testing.assert_allclose(fold.train.weight, told / told.mean())


def test_the_baseline_counts_weights(stage: Make, tmp_path: Path) -> None:
    frame = contradicting()
    frame = frame.with_columns(pl.Series("w", np.where(frame["outcome"] == "yes", 3.0, 1.0)))
    place = stage("binary", frame=frame, weight="w")
    workshop = Workshop.open(tmp_path / "workshop", place.terms())
    positive = workshop.rows.target.sum()
    expected = 3 * positive / (3 * positive + workshop.rows.target.size - positive)
    assert Baseline(workshop).scores(1)[0, 1] == pytest.approx(expected)


def test_the_blend_is_chosen_by_the_rows_that_count() -> None:
    truth = np.zeros(40)
    scores = {0: np.repeat([0.0, 5.0], 20)[:, None], 1: np.repeat([5.0, 0.0], 20)[:, None]}
    for better, weight in ((0, np.repeat([1.0, 1e-9], 20)), (1, np.repeat([1e-9, 1.0], 20))):
        chosen = select(
            Objective("squared_error"), truth, scores, most=2, affordable=lambda _: True, weight=weight
        )
        assert chosen == {better: 1.0}


def test_probabilities_are_put_right_for_the_rows_that_count() -> None:
    rng = np.random.default_rng(0)
    chance = rng.uniform(0.05, 0.95, 4000)
    truth = (rng.random(4000) < chance).astype(float)
    bent = np.arange(4000) % 2 == 0
    odds = np.where(bent, 3.0, 1.0) * np.log(chance / (1 - chance))
    said = 1 / (1 + np.exp(-odds))
    scores = np.stack([1 - said, said], axis=1)
    assert recalibrate(truth, scores, "temperature", np.where(bent, 1e-9, 1.0)) is None
    found = recalibrate(truth, scores, "temperature", np.where(bent, 1.0, 1e-9))
    assert found is not None
    assert found.stretch[0] == pytest.approx(1 / 3, abs=0.05)


def test_the_cheapest_threshold_is_that_of_the_rows_that_count() -> None:
    rng = np.random.default_rng(0)
    chance = rng.uniform(0.0, 1.0, 6000)
    truth = (rng.random(6000) < chance).astype(float)
    bent = np.arange(6000) % 2 == 0
    said, costs = np.where(bent, chance**4, chance), ((0.0, 1.0), (10.0, 0.0))
    assert cheapest_threshold(costs, truth, said, np.where(bent, 1e-9, 1.0)) == pytest.approx(
        1 / 11, abs=0.04
    )
    assert cheapest_threshold(costs, truth, said, np.where(bent, 1.0, 1e-9)) < 0.01


def test_a_training_listens_to_the_rows_that_count(stage: Make, tmp_path: Path) -> None:
    place = stage("binary", frame=contradicting(), weight="w", plan={"metric.costs": '{"yes": {"no": 3}}'})
    bench = place.bench()
    model = train(place.dataset, place.brief, bench)
    predictor = load_bundle(bench.folder / "bundle")
    sealed = read_parquet(place.dataset.folder / "test.parquet")
    evaluation, scores = model.evaluation, predictor.scores(sealed)
    truth, weight = (sealed["outcome"] == "yes").to_numpy().astype(float), sealed["w"].to_numpy()
    for metric in ("roc_auc", "log_loss"):
        expected = value(metric, "binary", truth, scores, weight)
        assert evaluation.score(metric).value == pytest.approx(expected)
        plain = next(score for score in evaluation.unweighted if score.metric == metric)
        assert plain.value == pytest.approx(value(metric, "binary", truth, scores))
    assert evaluation.score("roc_auc").value > 0.9
    assert 0.3 < next(score for score in evaluation.unweighted if score.metric == "roc_auc").value < 0.7
    assert evaluation.better
    blend = next(row for row in model.leaderboard if row.weight > 0)
    assert blend.metric > 0.9
    assert evaluation.costs is not None
    labels = predictor.predict(sealed) == "yes"
    paid = np.where(truth == 1, 3.0 * ~labels, 1.0 * labels)
    assert evaluation.costs.mean.value == pytest.approx(np.average(paid, weights=weight))
    assert any("counts as much as 'w' says" in note for note in model.notes)
    # What a release is asked has no weights: monitoring compares with the figure that has none.
    window = window_of(model, predictor, read_logs(predictor, tmp_path / "live"))
    assert window.sealed == pytest.approx(value("roc_auc", "binary", truth, scores))


def test_without_weights_nothing_is_said_of_them(stage: Make) -> None:
    place = stage("binary")
    model = train(place.dataset, place.brief, place.bench())
    assert model.evaluation.unweighted == ()
    assert not any("counts as much" in note for note in model.notes)


@pytest.mark.slow
def test_rows_of_weight_nought_are_as_if_they_were_not_there(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=300), rng.integers(0, 3, 300)
    y = np.where(x + rng.normal(size=300) > 0, "yes", "no")
    frame = pl.DataFrame({"x": x, "z": rng.normal(size=300), "w": weight, "y": y})

    def scores(rows: pl.DataFrame, name: str) -> Any:
        path = tmp_path / f"{name}.toml"
        path.write_text('[question]\nweight_column = "w"\n[train]\nlearn_from = "training_rows"\n')
        flags = {"question.target": "y", "budget.time": "20s", "out": str(tmp_path / name)}
        with start(read_settings(flags, config=path, environ={}), rows) as journey:
            journey.research()
            journey.data()
            journey.train()
            result = ff.Result(journey.run)
        return result.model.scores(frame.drop("y", "w"))

    all_rows, fewer = scores(frame, "all"), scores(frame.filter(weight > 0), "fewer")
    np.testing.assert_allclose(all_rows, fewer, atol=0.05)  # the clock may stop one of them earlier
