"""What the sealed part says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.training.stages import Stage, drawn

from fivefold.runtime.judgement import Judgement
from fivefold.training.evaluation import SealedPart

Make = Callable[..., Stage]


def sealed(place: Stage) -> SealedPart:
    return SealedPart(place.dataset.folder / "test.parquet", place.terms())


def test_a_perfect_model_is_better_than_the_baseline(stage: Make) -> None:
    part = sealed(stage("multiclass"))
    perfect = np.eye(3)[part.truth.astype(int)]
    evaluation = part.judge("log_loss", perfect, np.full_like(perfect, 1 / 3))
    assert evaluation.better
    assert evaluation.gain.value == pytest.approx(np.log(3))
    assert np.trace(np.array(evaluation.confusion)) == evaluation.rows == 60


def test_of_grades_it_is_told_by_how_many_steps_labels_are_off(stage: Make) -> None:
    part = sealed(stage("multiclass"))
    scores = np.eye(3)[np.minimum(part.truth.astype(int) + 1, 2)]  # one too high, but for the highest
    names = {score.metric for score in part.judge("log_loss", scores, scores).scores}
    assert not names & {"quadratic_weighted_kappa", "mae_in_steps"}
    part.terms = replace(part.terms, contract=replace(part.terms.contract, ordered=True))
    evaluation = part.judge("log_loss", scores, scores)
    assert evaluation.score("mae_in_steps").value == pytest.approx((part.truth < 2).mean())
    assert 0 < evaluation.score("quadratic_weighted_kappa").value < 1


def test_the_baseline_is_not_better_than_itself(stage: Make) -> None:
    part = sealed(stage("regression"))
    scores = np.full((60, 1), part.truth.mean())
    evaluation = part.judge("rmse", scores, scores)
    assert not evaluation.better
    assert evaluation.gain.value == 0
    assert len(evaluation.residuals) == 60
    assert evaluation.confusion == ()


def test_bins_of_calibration_hold_every_row_once(stage: Make) -> None:
    part = sealed(stage("binary"))
    chance = np.where(np.arange(60) % 3 == 0, 0.2, 0.7)
    evaluation = part.judge("roc_auc", np.column_stack([1 - chance, chance]), np.full((60, 2), 0.5))
    assert [(round(score, 6), rows) for score, _, rows in evaluation.calibration] == [(0.2, 20), (0.7, 40)]


def test_groups_widen_the_intervals(stage: Make) -> None:
    part = sealed(stage("regression", kind="group"))
    rng = np.random.default_rng(0)
    shared = np.repeat(rng.normal(size=20), 3)  # rows of a group err together
    scores = (part.truth + 10 * shared)[:, None]
    by_group = part.judge("rmse", scores, scores).score("rmse")
    part.groups = None
    by_row = part.judge("rmse", scores, scores).score("rmse")
    assert by_group.high - by_group.low != by_row.high - by_row.low


def test_errors_that_last_widen_the_intervals_after_a_split_by_time(stage: Make) -> None:
    part = sealed(stage("regression", kind="time", frame=drawn("regression", 3000)))
    later = part.frame["day"].rank("ordinal").to_numpy() > 300
    scores = (part.truth + np.where(later, 3.0, 1.0))[:, None]
    by_time = part.judge("rmse", scores, scores).score("rmse")
    part.groups = None
    by_row = part.judge("rmse", scores, scores).score("rmse")
    assert by_time.value == by_row.value
    assert by_time.high - by_time.low > 2 * (by_row.high - by_row.low)


def test_labels_are_compared_by_the_threshold_of_each(stage: Make) -> None:
    part = sealed(stage("binary"))
    chance = np.where(part.truth == 1, 0.4, 0.1)
    scores = np.column_stack([1 - chance, chance])
    wise, naive = (scores, Judgement(threshold=0.25)), (scores, Judgement())
    ((own, gain), (same, none)) = part.compare("accuracy", wise, [naive, wise])
    assert own.value == pytest.approx((part.truth == 0).mean())
    assert gain.value == pytest.approx(1 - own.value)
    assert (same.value, none.value) == (1, 0)
