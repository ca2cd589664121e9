"""The judgement in a whole training: fitted out of fold, kept in the bundle, borne out on the sealed part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.training.stages import Stage, Trained, table

from fivefold.core.tables import read_parquet
from fivefold.measure.metrics import TUNED
from fivefold.runtime.bundle import load_bundle
from fivefold.training.step import train

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.artefacts import PlanValue
    from fivefold.core.tables import Frame

    Make = Callable[..., Stage]


def test_numbers_come_with_intervals_that_hold(stage: Make) -> None:
    place = stage("regression")
    bench = place.bench()
    model = train(place.dataset, place.brief, bench)
    predictor = load_bundle(bench.folder / "bundle")
    coverage = model.evaluation.coverage
    assert coverage is not None
    assert coverage.level in predictor.levels
    assert 0.75 <= coverage.share <= 1.0
    assert coverage.low <= coverage.share <= coverage.high
    assert 0 < coverage.width < coverage.widest
    assert "Intervals meant for 90 % of rows" in (bench.folder / "card.md").read_text()


def test_classes_come_with_sets_a_curve_and_what_probabilities_are_worth(trained: Trained) -> None:
    evaluation = trained.model.evaluation
    assert evaluation.coverage is not None
    assert evaluation.coverage.share > 0.75
    assert evaluation.reliability is not None
    assert 0 <= evaluation.reliability.error < 0.5
    found = [point[1] for point in evaluation.curve]
    assert found == sorted(found)
    assert evaluation.curve[-1][1:3] == (1.0, 1.0)
    assert evaluation.threshold is None  # its metric judges no labels


@pytest.mark.parametrize("metric", ["f1", "balanced_accuracy", "precision", "average_precision", "roc_auc"])
def test_a_threshold_is_tuned_where_the_metric_judges_labels(stage: Make, metric: str) -> None:
    place = stage("binary", plan={"metric.primary": metric, "metric.threshold": "tuned"})
    bench = place.bench()
    model = train(place.dataset, place.brief, bench)
    predictor = load_bundle(bench.folder / "bundle")
    cut = predictor.blend.judgement.threshold
    assert model.evaluation.threshold == cut
    assert cut is None or metric in TUNED
    assert {"accuracy", "roc_auc", "log_loss", "f1", metric} == {
        one.metric for one in model.evaluation.scores
    }
    assert all(rival.score.metric == metric for rival in model.evaluation.rivals)
    frame = load_sealed(place)
    scores = predictor.scores(frame)
    positive = scores[:, 1] > (0.5 if cut is None else cut)
    assert (predictor.predict(frame) == np.array(predictor.contract.classes)[positive.astype(int)]).all()


def test_a_rare_class_is_named_more_often_where_the_metric_gains_by_it(stage: Make) -> None:
    frame = table(1000)
    chance = 1 / (1 + np.exp(2.5 - frame["signal"].to_numpy()))
    rare = np.where(np.random.default_rng(1).random(frame.height) < chance, "yes", "no")
    plan: dict[str, PlanValue] = {"metric.primary": "f1", "metric.threshold": "tuned"}
    place = stage("binary", frame=frame.with_columns(pl.Series("outcome", rare.tolist())), plan=plan)
    bench = place.bench()
    cut = train(place.dataset, place.brief, bench).evaluation.threshold
    assert cut is not None
    assert 0 < cut < 0.5
    predictor, sealed = load_bundle(bench.folder / "bundle"), load_sealed(place)
    assert (predictor.predict(sealed) == "yes").sum() > (predictor.scores(sealed)[:, 1] > 0.5).sum()


def load_sealed(place: Stage) -> Frame:
    """The sealed part."""
    return read_parquet(place.dataset.folder / "test.parquet")
