"""What would be true if answers meant what they meant: close to what comes, whatever the mix of rows, and fair about chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.measure.honest import answers, reference_of

from fivefold.core.artefacts import Task
from fivefold.measure.metrics import LABELLED, metrics_for, value
from fivefold.measure.out_of_fold import kept_out_of_fold
from fivefold.measure.reliability import bins_of, told
from fivefold.measure.supposed import chances_meant, errors_by_chance, estimated
from fivefold.testing.checks import contract


@pytest.mark.parametrize(
    ("task", "metric"),
    [(task, metric) for task in ("binary", "multiclass", "regression") for metric in metrics_for(task)],
)
def test_the_estimate_is_what_comes_also_where_the_rows_are_mixed_otherwise(task: Task, metric: str) -> None:
    reference = reference_of(task)
    for shift in (0.0, 0.8):
        truth, scores = answers(task, 4_000, seed=1, shift=shift)
        found = estimated(metric, task, reference, scores, scores, seed=0).now
        came = value(metric, task, truth, scores)
        near = 0.15 * came if task == "regression" else 0.03
        assert found.value == pytest.approx(came, abs=near), shift
        assert found.low <= found.value <= found.high


def test_a_shift_moves_the_estimate_as_far_as_it_moves_what_comes() -> None:
    reference = reference_of("binary")
    truth, scores = answers("binary", 4_000, seed=1, shift=1.0)
    found = estimated("log_loss", "binary", reference, scores, scores, seed=0)
    before = value("log_loss", "binary", *answers("binary", 4_000, seed=2))
    came = value("log_loss", "binary", truth, scores)
    assert abs(came - before) > 0.05
    assert found.now.value - found.then.value == pytest.approx(came - before, abs=0.02)


def test_intervals_hold_the_figure_of_endless_rows() -> None:
    truth, scores = answers("binary", 200_000, seed=99)
    endless, held = value("accuracy", "binary", truth, scores), 0
    for seed in range(20):
        reference = reference_of("binary", rows=600, seed=100 + seed)
        _, some = answers("binary", 300, seed=seed)
        found = estimated("accuracy", "binary", reference, some, some, seed=0).now
        held += found.low <= endless <= found.high
    assert held >= 16  # 95 % of 20 is 19; fewer than 16 would come about once in 400 times


def test_probabilities_that_were_off_are_put_right_by_the_curve() -> None:
    truth, scores = answers("binary", 20_000, seed=0)
    bold = scores**3 / (scores**3).sum(axis=1, keepdims=True)
    reference = kept_out_of_fold(contract("binary"), truth, bold, bold, seed=0)
    meant = chances_meant(reference, bold[:, 1])
    off, left = (np.abs(said - scores[:, 1]).mean() for said in (bold[:, 1], meant))
    assert left < 0.25 * off
    for metric in ("accuracy", "brier"):
        found = estimated(metric, "binary", reference, bold, bold, seed=0).now
        assert found.value == pytest.approx(value(metric, "binary", truth, bold), abs=0.02)


def test_probabilities_that_were_right_are_hardly_touched() -> None:
    reference = reference_of("binary", rows=500)
    said = np.linspace(0.05, 0.95, 50)
    assert np.abs(chances_meant(reference, said) - said).max() < 0.05
    drawn = np.stack([chances_meant(reference, said, np.random.default_rng(seed)) for seed in range(50)])
    assert drawn.std(axis=0).min() > 0.01  # 50 rows of a bin leave so much open


def test_of_many_classes_the_most_probable_ones_and_one_for_all_others() -> None:
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.full(40, 0.2), 1_000)
    truth = (scores.cumsum(axis=1) < rng.random((1_000, 1))).sum(axis=1).astype(np.float64)
    terms = replace(contract("multiclass"), classes=tuple(f"class {place}" for place in range(40)))
    reference = kept_out_of_fold(terms, truth, scores, scores, seed=0)
    assert len(reference.truth) == 500
    for metric in ("accuracy", "log_loss"):
        found = estimated(metric, "multiclass", reference, scores, scores, seed=0).now
        assert found.value == pytest.approx(value(metric, "multiclass", truth, scores), rel=0.1)


def test_labels_are_judged_as_they_were_answered() -> None:
    truth, scores = answers("binary", 4_000, seed=0)
    cut = np.eye(2)[(scores[:, 1] > 0.2).astype(int)]
    reference = kept_out_of_fold(contract("binary"), truth, scores, cut, seed=0)
    assert {"recall", "accuracy"} <= LABELLED
    for metric in ("recall", "accuracy"):
        found = estimated(metric, "binary", reference, scores, cut, seed=0)
        came = value(metric, "binary", truth, cut)
        assert found.now.value == pytest.approx(came, abs=0.03)
        assert found.then.value == pytest.approx(came, abs=0.06)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_errors_by_chance_are_those_of_rows_that_mean_the_same(task: Task) -> None:
    beyond = 0
    for seed in range(40):
        reference = reference_of(task, rows=800, seed=200 + seed)
        said, happened = told(*answers(task, 150, seed=seed))
        bins = bins_of(said, 7)
        error = float(np.abs(np.bincount(bins, happened - said)).sum() / said.size)
        chance = errors_by_chance(reference, task, said, bins, 100, seed=0)
        beyond += int(error > np.quantile(chance, 0.9))
    assert beyond <= 10  # a tenth of 40 is 4; more than 10 would come about once in 600 times
