"""Intervals hold the truth as often as they say, notice what belongs together, and are quick."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fivefold.core.artefacts import Score, Task
from fivefold.measure.intervals import paired_gain, paired_gains, scored, seconds_to_pair
from fivefold.measure.metrics import metrics_for, reported, value

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats


def binary(rng: np.random.Generator, rows: int) -> tuple[Floats, Floats]:
    """Normal scores, one standard deviation apart, as probabilities that are right."""
    truth = rng.integers(0, 2, rows).astype(float)
    shown = truth + rng.normal(size=rows)
    positive = 1 / (1 + np.exp(-(shown - 0.5)))
    return truth, np.column_stack([1 - positive, positive])


def by_name(scores: tuple[Score, ...]) -> dict[str, Score]:
    return {score.metric: score for score in scores}


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_metric_has_its_value_inside_its_interval(task: Task) -> None:
    rng = np.random.default_rng(1)
    classes = {"binary": 2, "multiclass": 4, "regression": 0}[task]
    if classes:
        truth, scores = rng.integers(0, classes, 300).astype(float), rng.dirichlet(np.ones(classes), 300)
    else:
        truth = rng.normal(size=300)
        scores = (truth + rng.normal(size=300))[:, None]
    for headline in ("", *metrics_for(task)):
        found = scored(task, truth, scores, seed=0, headline=headline)
        assert tuple(score.metric for score in found) == reported(task, headline)
        for score in found:
            assert score.value == value(score.metric, task, truth, scores)
            assert score.low < score.value < score.high


def test_a_seed_gives_the_same_interval_again_and_another_seed_another() -> None:
    truth, scores = binary(np.random.default_rng(0), 200)
    assert scored("binary", truth, scores, seed=3) == scored("binary", truth, scores, seed=3)
    assert scored("binary", truth, scores, seed=3) != scored("binary", truth, scores, seed=4)


def test_the_width_of_accuracy_is_that_of_the_binomial() -> None:
    truth = np.zeros(1000)
    positive = (np.arange(1000) < 200).astype(float)  # one in five is wrong
    score = by_name(scored("binary", truth, np.column_stack([1 - positive, positive]), seed=0, repeats=2000))
    half = 1.96 * np.sqrt(0.2 * 0.8 / 1000)
    assert score["accuracy"].high - score["accuracy"].low == pytest.approx(2 * half, rel=0.1)


def test_whole_groups_are_drawn_together() -> None:
    rng = np.random.default_rng(5)
    error = np.repeat(rng.normal(size=40), 25)  # all rows of a group err alike
    truth = rng.normal(size=1000)
    scores = (truth + error)[:, None]
    groups = np.repeat(np.array([f"person {number}" for number in range(40)], dtype=object), 25)
    alone = by_name(scored("regression", truth, scores, seed=0))["mae"]
    together = by_name(scored("regression", truth, scores, seed=0, groups=groups))["mae"]
    assert together.value == alone.value
    assert together.high - together.low > 3 * (alone.high - alone.low)


def test_one_group_alone_is_drawn_by_rows() -> None:
    truth, scores = binary(np.random.default_rng(0), 100)
    assert scored("binary", truth, scores, seed=0, groups=np.full(100, "all")) == scored(
        "binary", truth, scores, seed=0
    )


def test_one_class_alone_leaves_the_area_unknown_and_the_rest_known() -> None:
    found = by_name(scored("binary", np.ones(50), np.full((50, 2), 0.5), seed=0))
    assert (found["roc_auc"].value, found["roc_auc"].low, found["roc_auc"].high) == (0.5, 0.0, 1.0)
    assert found["log_loss"].value == pytest.approx(np.log(2))


def test_resamples_without_the_rare_class_are_left_out() -> None:
    truth = np.zeros(60)
    truth[:2] = 1  # one resample in seven has no positive row
    positive = np.linspace(0.9, 0.1, 60)
    area = by_name(scored("binary", truth, np.column_stack([1 - positive, positive]), seed=0))["roc_auc"]
    assert (area.value, area.low, area.high) == (1.0, 1.0, 1.0)


def test_a_truth_that_does_not_vary_leaves_r2_at_nothing_known() -> None:
    found = by_name(scored("regression", np.full(50, 3.0), np.arange(50.0)[:, None], seed=0))
    assert (found["r2"].value, found["r2"].low, found["r2"].high) == (0.0, 0.0, 1.0)


def test_a_gain_is_positive_when_better_whatever_the_direction() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(size=400)
    near, far = (truth + rng.normal(0, 0.5, 400))[:, None], (truth + rng.normal(0, 1.0, 400))[:, None]
    for metric in metrics_for("regression"):
        gain = paired_gain(metric, "regression", truth, near, far, seed=0)
        back = paired_gain(metric, "regression", truth, far, near, seed=0)
        assert gain.greater_is_better
        assert 0 < gain.low <= gain.value <= gain.high
        assert back.value == pytest.approx(-gain.value)
        assert back.high < 0


def test_no_gain_over_oneself() -> None:
    truth, scores = binary(np.random.default_rng(0), 100)
    gain = paired_gain("roc_auc", "binary", truth, scores, scores, seed=0)
    assert (gain.value, gain.low, gain.high) == (0.0, 0.0, 0.0)


def test_pairing_makes_the_interval_of_a_difference_narrower() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(size=500)
    shared = truth + rng.normal(size=500)
    ours, theirs = shared[:, None], (shared + 0.3 * rng.normal(size=500))[:, None]
    gain = paired_gain("rmse", "regression", truth, ours, theirs, seed=0)
    single = by_name(scored("regression", truth, ours, seed=0))["rmse"]
    assert gain.high - gain.low < 0.7 * (single.high - single.low)


@pytest.mark.parametrize("grouped", [False, True])
def test_a_sample_of_a_large_table_gives_the_width_of_the_whole(grouped: bool) -> None:
    rng = np.random.default_rng(4)
    rows = 200_000
    truth = np.zeros(rows)
    positive = (rng.random(rows) < 0.3).astype(float)
    groups = np.arange(rows) // 2 if grouped else None
    scores = np.column_stack([1 - positive, positive])
    accuracy = by_name(scored("binary", truth, scores, seed=0, groups=groups))["accuracy"]
    expected = 2 * 1.96 * np.sqrt(0.3 * 0.7 / rows)
    assert accuracy.high - accuracy.low == pytest.approx(expected, rel=0.2)
    assert accuracy.value == value("accuracy", "binary", truth, scores)


def test_intervals_hold_the_true_figure_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(6)
    truth, scores = binary(rng, 1_000_000)
    true = {metric: value(metric, "binary", truth, scores) for metric in reported("binary")}
    held = dict.fromkeys(true, 0)
    worlds = 250
    for world in range(worlds):
        truth, scores = binary(rng, 250)
        for score in scored("binary", truth, scores, seed=world, repeats=200):
            held[score.metric] += score.low <= true[score.metric] <= score.high
    for metric, number in held.items():
        assert 0.90 <= number / worlds <= 0.985, metric


@pytest.mark.slow
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_so_do_the_intervals_of_metrics_that_are_asked_for(task: Task) -> None:
    rng = np.random.default_rng(8)

    def drawn(rows: int) -> tuple[Floats, Floats]:
        if task == "binary":
            return binary(rng, rows)
        truth = rng.uniform(1, 2, rows)
        return truth, (truth + rng.normal(size=rows))[:, None]

    truth, scores = drawn(1_000_000)
    asked = [metric for metric in metrics_for(task) if metric not in reported(task)]
    true = {metric: value(metric, task, truth, scores) for metric in asked}
    held, worlds = dict.fromkeys(asked, 0), 250
    for world in range(worlds):
        truth, scores = drawn(250)
        for metric in asked:
            score = by_name(scored(task, truth, scores, seed=world, repeats=200, headline=metric))[metric]
            held[metric] += score.low <= true[metric] <= score.high
    for metric, number in held.items():
        assert 0.89 <= number / worlds <= 0.99, metric


def test_a_gain_that_is_not_there_is_rarely_claimed() -> None:
    rng = np.random.default_rng(7)
    claimed = 0
    worlds = 200
    for world in range(worlds):
        truth = rng.normal(size=200)
        ours, theirs = (truth[:, None] + rng.normal(size=(200, 1)) for _ in range(2))
        gain = paired_gain("rmse", "regression", truth, ours, theirs, seed=world)
        claimed += gain.low > 0 or gain.high < 0
    assert claimed / worlds <= 0.09


def test_several_are_held_beside_one_as_each_by_itself() -> None:
    rng = np.random.default_rng(3)
    truth, ours = binary(rng, 400)
    others = [binary(rng, 400)[1], np.full((400, 2), 0.5), ours]
    found = paired_gains("log_loss", "binary", truth, ours, others, seed=5)
    for other, (score, gain) in zip(others, found, strict=True):
        assert gain == paired_gain("log_loss", "binary", truth, ours, other, seed=5)
        own = by_name(scored("binary", truth, other, seed=5))["log_loss"]
        assert (score.value, score.greater_is_better) == (own.value, False)
        assert (score.low, score.high) == pytest.approx((own.low, own.high))
    assert found[0][1].low > 0
    assert (found[2][1].value, found[2][1].low, found[2][1].high) == (0, 0, 0)


@pytest.mark.parametrize(("classes", "metric"), [(2, "roc_auc"), (12, "roc_auc"), (2, "log_loss")])
def test_how_long_it_takes_is_known_before(
    classes: int, metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", time.process_time)  # others may keep the machine busy
    rng = np.random.default_rng(0)
    task: Task = "binary" if classes == 2 else "multiclass"
    truth, scores = rng.integers(0, classes, 8_000).astype(float), rng.dirichlet(np.ones(classes), 8_000)
    said = min(seconds_to_pair(metric, task, truth, scores, 8_000) for _ in range(3))
    began = time.process_time()
    paired_gains(metric, task, truth, scores, [scores, scores], seed=0)
    took = (time.process_time() - began) / 3
    assert took / 8 < said < 8 * took
