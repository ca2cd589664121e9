"""Performance: outcomes against the sealed figure."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from fivefold.core.artefacts import Task
from fivefold.core.protocols import Check
from fivefold.monitoring.checks.performance import PerformanceCheck
from fivefold.testing.checks import CheckSuite, window


class TestPerformanceCheck(CheckSuite):
    def make(self) -> Check:
        return PerformanceCheck()


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_model_that_has_gone_bad_is_a_reason_to_act(task: str) -> None:
    result = PerformanceCheck().inspect(window(task, rows=300, truthful=0.5))  # type: ignore[arg-type]
    assert result.verdict == "act"
    assert "clearly worse" in result.reason
    assert result.scores


def test_a_small_but_certain_loss_is_a_reason_to_watch() -> None:
    result = PerformanceCheck().inspect(window("binary", rows=4_000, truthful=0.88))
    assert result.verdict == "watch"
    assert "somewhat worse" in result.reason


def test_a_model_that_holds_is_healthy_and_the_figures_are_those_of_the_outcomes() -> None:
    given = window("binary", rows=500, truthful=0.9)
    result = PerformanceCheck().inspect(given)
    assert result.verdict == "healthy"
    assert given.truth is not None
    accuracy = float((given.truth["truth"] == given.scores["label"]).mean())  # type: ignore[arg-type]
    assert result.figures["realised"] == pytest.approx(accuracy)
    assert next(score for score in result.scores if score.metric == "accuracy").value == pytest.approx(
        accuracy
    )


@pytest.mark.parametrize(
    ("task", "metric", "sealed"),
    [
        ("binary", "matthews_corrcoef", 0.8),
        ("binary", "balanced_accuracy", 0.9),
        ("binary", "brier", 0.05),
        ("multiclass", "average_precision", 0.9),
        ("regression", "mape", 0.001),
        ("regression", "pinball_0.9", 0.1),
        ("regression", "median_absolute_error", 0.1),
    ],
)
def test_a_headline_that_was_asked_for_is_watched(task: Task, metric: str, sealed: float) -> None:
    given = replace(window(task, rows=400, truthful=0.5), metric=metric, sealed=sealed)
    result = PerformanceCheck().inspect(given)
    assert result.verdict == "act"
    assert result.figures["metric"] == metric
    assert metric in {score.metric for score in result.scores}


def test_a_better_model_is_no_alarm() -> None:
    assert PerformanceCheck().inspect(window("binary", rows=2_000, truthful=1.0)).verdict == "healthy"


def test_the_noise_of_the_sealed_figure_is_counted() -> None:
    given = window("binary", rows=300, truthful=0.8)
    assert PerformanceCheck().inspect(given).verdict == "act"
    noisy = replace(given, sealed_interval=(0.75, 0.97))
    assert PerformanceCheck().inspect(noisy).verdict == "healthy"


def test_29_outcomes_are_too_few() -> None:
    given = window("binary", rows=300, truthful=0.2)
    assert given.truth is not None
    few = given.truth.with_columns(pl.when(pl.int_range(pl.len()) < 29).then(pl.col("truth")).alias("truth"))
    result = PerformanceCheck().inspect(replace(given, truth=few))
    assert result.verdict == "unknown"
    assert "29 outcomes of the 30 needed" in result.reason
    assert result.figures["labelled"] == 29


def test_without_outcomes_nothing_can_be_said_and_the_advice_says_how_to_give_them() -> None:
    result = PerformanceCheck().inspect(window("regression", rows=300))
    assert result.verdict == "unknown"
    assert "--labels" in result.advice


def test_outcomes_of_one_class_are_too_little_data() -> None:
    given = window("binary", rows=100, truthful=1.0)
    alike = replace(given, truth=pl.DataFrame({"truth": ["yes"] * 100}))
    assert PerformanceCheck().inspect(alike).verdict == "unknown"


@pytest.mark.parametrize(
    ("metric", "rare", "verdict"),
    [("roc_auc", 9, "unknown"), ("roc_auc", 10, "act"), ("recall", 1, "unknown"), ("log_loss", 1, "act")],
)
def test_a_handful_of_one_class_proves_nothing_where_each_class_counts_by_itself(
    metric: str, rare: int, verdict: str
) -> None:
    seen = window("binary", rows=200)
    wrong = (
        seen.scores["probability: yes"].arg_sort(descending=True).head(rare)
    )  # all the rare ones are missed
    truth = pl.Series("truth", ["yes"] * 200).scatter(wrong, "no").to_frame()
    result = PerformanceCheck().inspect(
        replace(seen, metric=metric, sealed=0.1 if metric == "log_loss" else 0.9, truth=truth)
    )
    assert result.verdict == verdict
    assert (
        result.verdict != "unknown"
        or f"{rare} outcome{'' if rare == 1 else 's'} of 'no', of the 10 needed" in result.reason
    )


def test_the_answered_label_is_judged_also_where_another_class_is_more_probable() -> None:
    seen = window("binary", rows=400, truthful=0.9)
    no, yes = seen.contract.classes
    answered = pl.Series("label", [yes] * 400)
    cut = replace(
        seen,
        metric="accuracy",
        sealed=0.99,
        scores=seen.scores.with_columns(answered),
        truth=pl.DataFrame({"truth": [no] * 4 + [yes] * 396}),
    )
    result = PerformanceCheck().inspect(cut)
    assert result.verdict == "healthy"
    assert result.figures["realised"] == pytest.approx(0.99)
