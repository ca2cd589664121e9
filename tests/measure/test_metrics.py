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
from fivefold.core.objective import pinball
from fivefold.core.settings import METRICS as NAMES
from fivefold.measure.metrics import (
    LABELLED,
    METRICS,
    TUNED,
    metric_of,
    metrics_for,
    reported,
    statistic,
    value,
)

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


LABELS = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "matthews_corrcoef": sk.matthews_corrcoef,
}
AVERAGED = {"f1": sk.f1_score, "precision": sk.precision_score, "recall": sk.recall_score}


@pytest.mark.parametrize("classes", [2, 3, 8])
@pytest.mark.parametrize("decimals", [1, 6], ids=["ties", "no ties"])
@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
def test_metrics_of_classes_agree_with_scikit_learn_weighted_or_not(
    classes: int, decimals: int, weighted: bool
) -> None:
    truth, scores = classified(classes, rows=257, classes=classes, decimals=decimals)
    weight = np.random.default_rng(9).integers(0, 4, 257).astype(float) if weighted else None
    task: Task = "binary" if classes == 2 else "multiclass"
    labels, average = scores.argmax(axis=1), "binary" if classes == 2 else "macro"

    def ours(metric: str) -> float:
        return value(metric, task, truth, scores, weight)

    for metric, theirs in LABELS.items():
        assert ours(metric) == pytest.approx(theirs(truth, labels, sample_weight=weight))
    for metric, theirs in AVERAGED.items():
        expected = theirs(truth, labels, average=average, sample_weight=weight, zero_division=0)
        assert ours(metric) == pytest.approx(expected)
    told = scores[:, 1] if classes == 2 else scores
    assert ours("average_precision") == pytest.approx(
        sk.average_precision_score(truth, told, sample_weight=weight)
    )
    assert ours("brier") == pytest.approx(sk.brier_score_loss(truth, told, sample_weight=weight))
    assert ours("log_loss") == pytest.approx(sk.log_loss(truth, scores, sample_weight=weight))
    assert ours("roc_auc") == pytest.approx(
        sk.roc_auc_score(truth, told, multi_class="ovr", average="macro", sample_weight=weight)
    )


@pytest.mark.parametrize("classes", [3, 8])
@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
def test_metrics_of_grades_agree_with_scikit_learn_weighted_or_not(classes: int, weighted: bool) -> None:
    truth, scores = classified(classes, rows=257, classes=classes, decimals=2)
    scores[np.arange(0, 257, 2), truth[::2].astype(int)] += 1.0  # every other label is right
    weight = np.random.default_rng(9).integers(0, 4, 257).astype(float) if weighted else None
    labels = scores.argmax(axis=1)
    kappa = sk.cohen_kappa_score(truth, labels, weights="quadratic", sample_weight=weight)
    assert 0.1 < kappa < 0.9
    assert value("quadratic_weighted_kappa", "multiclass", truth, scores, weight) == pytest.approx(kappa)
    steps = sk.mean_absolute_error(truth, labels, sample_weight=weight)
    assert value("mae_in_steps", "multiclass", truth, scores, weight) == pytest.approx(steps)


def test_an_answer_that_is_always_the_same_agrees_no_more_than_chance() -> None:
    truth = np.repeat(np.arange(5.0), [7, 3, 11, 2, 20])
    alike = np.tile([0.1, 0.1, 0.1, 0.1, 0.6], (43, 1))
    assert value("quadratic_weighted_kappa", "multiclass", truth, alike) == 0.0


def test_grades_that_are_all_the_same_say_nothing_about_agreement() -> None:
    truth, scores = np.ones(5), np.tile([0.1, 0.8, 0.1], (5, 1))
    assert value("quadratic_weighted_kappa", "multiclass", truth, scores) == 0.0
    assert value("mae_in_steps", "multiclass", truth, scores) == 0.0


@pytest.mark.parametrize("rows", [200, 201])
@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
def test_metrics_of_numbers_agree_with_scikit_learn_weighted_or_not(rows: int, weighted: bool) -> None:
    rng = np.random.default_rng(rows)
    truth, scores = rng.normal(size=rows), rng.normal(size=(rows, 1))
    truth[0] = 0.0
    weight = rng.integers(0, 4, rows).astype(float) if weighted else None
    theirs = {
        "rmse": sk.root_mean_squared_error,
        "mae": sk.mean_absolute_error,
        "median_absolute_error": sk.median_absolute_error,
        "mape": sk.mean_absolute_percentage_error,
        "r2": sk.r2_score,
    }
    assert tuple(theirs) == metrics_for("regression")
    for metric, figure in theirs.items():
        expected = figure(truth, scores[:, 0], sample_weight=weight)
        assert value(metric, "regression", truth, scores, weight) == pytest.approx(expected)


@pytest.mark.parametrize("level", [0.05, 0.5, 0.999])
@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
def test_the_pinball_loss_agrees_with_scikit_learn(level: float, weighted: bool) -> None:
    rng = np.random.default_rng(4)
    truth, scores = rng.normal(size=150), rng.normal(size=(150, 1))
    weight = rng.integers(0, 4, 150).astype(float) if weighted else None
    metric = pinball(level)
    expected = sk.mean_pinball_loss(truth, scores[:, 0], alpha=level, sample_weight=weight)
    assert value(metric, "regression", truth, scores, weight) == pytest.approx(expected)
    assert reported("regression", metric) == ("rmse", "mae", "r2", metric)
    assert metric_of(metric).label == f"pinball loss at {level:g}"


@pytest.mark.parametrize(
    "name", ["pinball", "pinball_0", "pinball_0.0", "pinball_1.0", "pinball_0.90", "lift"]
)
def test_a_name_that_is_none_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(MisuseError, match="no metric") as raised:
        metric_of(name)
    assert "pinball_0.9" in raised.value.expected


@pytest.mark.parametrize("metric", METRICS)
def test_many_weightings_at_once_are_each_what_it_is_alone(metric: str) -> None:
    rng = np.random.default_rng(1)
    task = METRICS[metric].tasks[-1]
    truth, scores = classified(0, rows=90, classes=3, decimals=2)
    if task == "regression":
        scores = rng.normal(size=(90, 1))
    weights = rng.integers(0, 3, (6, 90)).astype(float)
    together = statistic(metric, task, truth, scores)(weights)
    alone = [value(metric, task, truth, scores, weight) for weight in weights]
    np.testing.assert_allclose(together, alone)


def test_a_model_that_says_one_thing_scores_what_knowing_nothing_scores() -> None:
    truth = np.repeat([0.0, 1.0], [70, 30])
    alike = np.tile([0.7, 0.3], (100, 1))
    expected = {"balanced_accuracy": 0.5, "matthews_corrcoef": 0.0, "precision": 0.0, "recall": 0.0}
    expected |= {"average_precision": 0.3, "roc_auc": 0.5, "brier": 0.21}
    for metric, figure in expected.items():
        assert value(metric, "binary", truth, alike) == pytest.approx(figure)
    assert value("average_precision", "binary", np.zeros(100), alike) == 0.0


def test_what_is_tuned_judges_labels() -> None:
    assert {name for name in METRICS if "binary" in METRICS[name].tasks} > TUNED
    assert {"precision", "recall", "quadratic_weighted_kappa", "mae_in_steps"} == LABELLED - TUNED


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
    assert metrics_for("binary") == NAMES[:10]
    assert metrics_for("multiclass") == NAMES[:12]
    assert metrics_for("regression") == NAMES[12:]


def test_few_are_told_without_being_asked_for() -> None:
    assert reported("binary") == reported("multiclass") == ("accuracy", "roc_auc", "log_loss", "f1")
    assert reported("regression") == ("rmse", "mae", "r2")
    assert reported("binary", "brier") == ("accuracy", "roc_auc", "log_loss", "brier", "f1")
    assert reported("regression", "mae") == reported("regression")
    steps = ("quadratic_weighted_kappa", "mae_in_steps")
    assert reported("multiclass", ordered=True) == (*reported("multiclass"), *steps)
    assert reported("binary", ordered=True) == reported("binary")
    assert reported("multiclass", "mae_in_steps") == (*reported("multiclass"), "mae_in_steps")


@pytest.mark.parametrize(
    ("metric", "task"), [("rmse", "binary"), ("f1", "regression"), ("pinball_0.9", "binary")]
)
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
