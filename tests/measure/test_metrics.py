"""Every metric agrees with scikit-learn's, and says clearly when it cannot be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from fivefold.core.artefacts import Task
from fivefold.core.errors import InputError, MisuseError, PartError
from fivefold.core.settings import METRICS as NAMES
from fivefold.measure.metrics import METRICS, metrics_for, value

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats


def classified(seed: int, *, rows: int, classes: int, decimals: int) -> tuple[Floats, Floats]:
    """Random truth with every class present, and scores; few decimals make ties."""
    rng = np.random.default_rng(seed)
    truth = np.concatenate([np.arange(classes), rng.integers(0, classes, rows - classes)]).astype(float)
    scores = np.round(rng.dirichlet(np.ones(classes), rows), decimals) + 1e-3
    return truth, scores / scores.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("decimals", [1, 6], ids=["ties", "no ties"])
@pytest.mark.parametrize("seed", range(3))
def test_binary_metrics_agree_with_scikit_learn(seed: int, decimals: int) -> None:
    truth, scores = classified(seed, rows=301, classes=2, decimals=decimals)
    labels = scores.argmax(axis=1)
    assert value("roc_auc", "binary", truth, scores) == pytest.approx(sk.roc_auc_score(truth, scores[:, 1]))
    assert value("accuracy", "binary", truth, scores) == pytest.approx(sk.accuracy_score(truth, labels))
    assert value("f1", "binary", truth, scores) == pytest.approx(sk.f1_score(truth, labels))
    assert value("log_loss", "binary", truth, scores) == pytest.approx(sk.log_loss(truth, scores))


@pytest.mark.parametrize("classes", [3, 8])
@pytest.mark.parametrize("decimals", [1, 6], ids=["ties", "no ties"])
def test_multiclass_metrics_agree_with_scikit_learn(classes: int, decimals: int) -> None:
    truth, scores = classified(classes, rows=257, classes=classes, decimals=decimals)
    labels = scores.argmax(axis=1)
    area = sk.roc_auc_score(truth, scores, multi_class="ovr", average="macro")
    assert value("roc_auc", "multiclass", truth, scores) == pytest.approx(area)
    assert value("accuracy", "multiclass", truth, scores) == pytest.approx(sk.accuracy_score(truth, labels))
    assert value("f1", "multiclass", truth, scores) == pytest.approx(
        sk.f1_score(truth, labels, average="macro")
    )
    assert value("log_loss", "multiclass", truth, scores) == pytest.approx(sk.log_loss(truth, scores))


def test_regression_metrics_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(1e6, 3.0, 200)
    scores = truth[:, None] + rng.normal(size=(200, 1))
    assert value("rmse", "regression", truth, scores) == pytest.approx(
        sk.root_mean_squared_error(truth, scores)
    )
    assert value("mae", "regression", truth, scores) == pytest.approx(sk.mean_absolute_error(truth, scores))
    assert value("r2", "regression", truth, scores) == pytest.approx(sk.r2_score(truth, scores))


def test_log_loss_of_a_sure_mistake_is_clipped_as_in_scikit_learn() -> None:
    truth, scores = np.array([0.0, 1.0]), np.array([[0.0, 1.0], [0.0, 1.0]])
    assert value("log_loss", "binary", truth, scores) == pytest.approx(sk.log_loss(truth, scores))
    assert np.isfinite(value("log_loss", "binary", truth, scores))


def test_a_class_that_is_not_there_does_not_count_in_macro_means() -> None:
    truth = np.array([0.0, 0.0, 1.0, 1.0])
    scores = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1]])
    labels = scores.argmax(axis=1)
    assert value("f1", "multiclass", truth, scores) == pytest.approx(
        sk.f1_score(truth, labels, average="macro")
    )
    first, second = (sk.roc_auc_score(truth == label, scores[:, label]) for label in (0, 1))
    assert value("roc_auc", "multiclass", truth, scores) == pytest.approx((first + second) / 2)


def test_what_the_data_leave_undefined_is_the_figure_of_a_model_that_knows_nothing() -> None:
    one_class, scores = np.ones(4), np.full((4, 2), 0.5)
    assert value("roc_auc", "binary", one_class, scores) == 0.5
    assert value("roc_auc", "multiclass", np.zeros(4), np.full((4, 3), 1 / 3)) == 0.5
    assert value("r2", "regression", np.full(4, 7.0), np.arange(4.0)[:, None]) == 0.0


@given(
    scores=st.lists(st.floats(0, 1), min_size=4, max_size=60),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_the_area_depends_on_ranks_alone_and_turns_with_the_score(
    scores: list[float], data: st.DataObject
) -> None:
    truth = np.array(
        data.draw(st.lists(st.integers(0, 1), min_size=len(scores), max_size=len(scores))), float
    )
    positive = np.round(np.array(scores), 3)
    columns = np.column_stack([1 - positive, positive])
    area = value("roc_auc", "binary", truth, columns)
    stretched = np.column_stack([1 - positive, np.exp(3 * positive)])
    turned = np.column_stack([1 - positive, -positive])
    assert value("roc_auc", "binary", truth, stretched) == pytest.approx(area)
    assert value("roc_auc", "binary", truth, turned) == pytest.approx(1 - area)


def test_the_names_are_those_that_settings_know() -> None:
    assert tuple(METRICS) == NAMES
    assert metrics_for("binary") == metrics_for("multiclass") == ("accuracy", "roc_auc", "log_loss", "f1")
    assert metrics_for("regression") == ("rmse", "mae", "r2")


@pytest.mark.parametrize(("metric", "task"), [("rmse", "binary"), ("f1", "regression"), ("brier", "binary")])
def test_a_metric_that_does_not_fit_names_those_that_do(metric: str, task: Task) -> None:
    with pytest.raises(MisuseError, match=metrics_for(task)[0]):
        value(metric, task, np.zeros(3), np.zeros((3, 2)))


@pytest.mark.parametrize(
    ("truth", "scores", "words"),
    [
        (np.zeros(0), np.zeros((0, 2)), "no rows"),
        (np.zeros(3), np.zeros((2, 2)), "do not fit together"),
        (np.zeros(3), np.zeros((3, 1)), "at least 2 outputs"),
        (np.array([0.0, 2.0]), np.full((2, 2), 0.5), "no column of scores"),
    ],
)
def test_truth_and_scores_that_do_not_belong_together_are_refused(
    truth: Floats, scores: Floats, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        value("accuracy", "binary", truth, scores)


def test_scores_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(PartError, match="1 of 2 rows"):
        value("rmse", "regression", np.zeros(2), np.array([[np.nan], [1.0]]))
