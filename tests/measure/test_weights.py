"""Rows of weight two count as two rows, in every metric and every interval."""

from __future__ import annotations

import numpy as np
import pytest

from fivefold.core.artefacts import Task
from fivefold.measure.intervals import mean_interval, paired_gain, scored
from fivefold.measure.metrics import metrics_for, value

ROWS = 240


def judged(task: Task) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth, scores and weights of 1, 2 and 3."""
    rng = np.random.default_rng(0)
    weight = rng.integers(1, 4, ROWS).astype(float)
    if task == "regression":
        truth = rng.normal(size=ROWS)
        return truth, (truth + rng.normal(size=ROWS))[:, None], weight
    classes = 2 if task == "binary" else 3
    truth = rng.integers(0, classes, ROWS).astype(float)
    return (
        truth,
        rng.dirichlet(np.ones(classes), ROWS) * 0.6 + 0.4 * np.eye(classes)[truth.astype(int)],
        weight,
    )


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_weight_is_a_number_of_rows(task: Task) -> None:
    truth, scores, weight = judged(task)
    often = np.repeat(np.arange(ROWS), weight.astype(int))
    for metric in metrics_for(task):
        weighted = value(metric, task, truth, scores, weight)
        assert weighted == pytest.approx(value(metric, task, truth[often], scores[often]))
        assert weighted == pytest.approx(value(metric, task, truth, scores, 10 * weight))
        assert weighted != pytest.approx(value(metric, task, truth, scores), abs=1e-6)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_intervals_are_around_the_weighted_figure(task: Task) -> None:
    truth, scores, weight = judged(task)
    for one, plain in zip(
        scored(task, truth, scores, seed=0, weight=weight), scored(task, truth, scores, seed=0), strict=True
    ):
        assert one.value == pytest.approx(value(one.metric, task, truth, scores, weight))
        assert one.low < one.value < one.high
        assert (one.low, one.high) != (plain.low, plain.high)


def test_the_same_weight_for_all_changes_nothing() -> None:
    truth, scores, _ = judged("binary")
    same = scored("binary", truth, scores, seed=0, weight=np.full(ROWS, 3.0))
    for one, plain in zip(same, scored("binary", truth, scores, seed=0), strict=True):
        assert (one.value, one.low, one.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_few_heavy_rows_make_an_interval_wide() -> None:
    values = np.random.default_rng(0).normal(size=ROWS)
    heavy = np.where(np.arange(ROWS) < 10, 100.0, 1.0)
    low, high = mean_interval(values, seed=0, weight=heavy)
    narrow = mean_interval(values, seed=0)
    assert low < np.average(values, weights=heavy) < high
    assert high - low > 2 * (narrow[1] - narrow[0])


def test_a_gain_is_that_of_the_rows_that_count() -> None:
    truth = np.zeros(ROWS)
    ours, theirs = np.where(np.arange(ROWS) < 120, 1.0, 3.0), np.where(np.arange(ROWS) < 120, 3.0, 1.0)
    weight = np.where(np.arange(ROWS) < 120, 1.0, 1e-9)
    gain = paired_gain("mae", "regression", truth, ours[:, None], theirs[:, None], seed=0, weight=weight)
    assert gain.value == pytest.approx(2.0)
    assert gain.low == pytest.approx(2.0, abs=1e-6)
