"""Threshold: tuned where labels are judged, and only where it helps."""

import numpy as np
import pytest

from fivefold.measure.metrics import TUNED, value
from fivefold.runtime.judgement import Judgement
from fivefold.training.threshold import cheapest_threshold, tune_threshold


def rare(seed: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Truth and calibrated probabilities of a rare class."""
    rng = np.random.default_rng(seed)
    chance = 1 / (1 + np.exp(-(rng.normal(-2.5, 1.3, rows))))
    return (rng.random(rows) < chance).astype(float), chance


def test_a_rare_class_is_named_more_often_for_f1() -> None:
    cut = tune_threshold("f1", *rare(0, 5000))
    assert cut is not None
    assert cut < 0.4
    truth, chance = rare(1, 20_000)
    scores = np.stack([1 - chance, chance], axis=1)
    decided = Judgement(threshold=cut).decided(scores)
    assert value("f1", "binary", truth, decided) > value("f1", "binary", truth, scores) + 0.05
    assert (np.argsort(decided[:, 1], kind="stable") == np.argsort(chance, kind="stable")).all()
    assert ((decided.argmax(axis=1) == 1) == (chance > cut)).all()


@pytest.mark.parametrize("metric", ["balanced_accuracy", "matthews_corrcoef"])
def test_so_is_it_for_metrics_that_weigh_both_classes(metric: str) -> None:
    cut = tune_threshold(metric, *rare(0, 5000))
    assert cut is not None
    assert cut < 0.4
    truth, chance = rare(1, 20_000)
    scores = np.stack([1 - chance, chance], axis=1)
    decided = Judgement(threshold=cut).decided(scores)
    assert value(metric, "binary", truth, decided) > value(metric, "binary", truth, scores) + 0.05
    weight = 1.0 + (truth == 1) * 4.0
    assert tune_threshold(metric, *rare(0, 5000), weight=np.ones(5000)) == cut
    figures = [
        value(metric, "binary", truth, Judgement(threshold=at).decided(scores), weight) for at in (cut, 0.9)
    ]
    assert figures[0] > figures[1]


@pytest.mark.parametrize("metric", sorted(TUNED))
def test_the_counts_give_the_figure_of_the_metric(metric: str) -> None:
    truth, chance = rare(2, 400)
    cut = tune_threshold(metric, truth, chance)
    tried = np.unique(np.concatenate([chance, [0.5, cut or 0.5]]))[::7]
    scores = np.stack([1 - chance, chance], axis=1)
    found = [value(metric, "binary", truth, Judgement(threshold=float(at)).decided(scores)) for at in tried]
    at_cut = value(metric, "binary", truth, Judgement(threshold=cut).decided(scores))
    assert at_cut > max(found) - 0.1


def test_accuracy_of_calibrated_probabilities_needs_no_threshold() -> None:
    cuts = [tune_threshold("accuracy", *rare(seed, 3000)) for seed in range(6)]
    assert sum(cut is not None for cut in cuts) <= 2


def test_too_few_of_a_class_leave_it_at_the_most_probable() -> None:
    truth = np.zeros(500)
    truth[:5] = 1
    assert tune_threshold("f1", truth, np.linspace(1, 0, 500)) is None


def test_without_a_threshold_nothing_changes() -> None:
    scores = np.array([[0.2, 0.8], [0.6, 0.4]])
    assert Judgement().decided(scores) is scores


TEN = ((0.0, 1.0), (10.0, 0.0))


def mean_cost(truth: np.ndarray, chance: np.ndarray, cut: float) -> float:
    """Of answers cut there, at ten for a miss and one for a false alarm."""
    return float(np.where(truth == 1, 10.0 * (chance <= cut), 1.0 * (chance > cut)).mean())


def test_probabilities_that_are_right_are_cut_where_both_answers_cost_the_same() -> None:
    cut = cheapest_threshold(TEN, *rare(0, 5000))
    assert cut == pytest.approx(1 / 11, abs=0.04)
    fresh = rare(1, 20_000)
    assert mean_cost(*fresh, cut) < 0.6 * mean_cost(*fresh, 0.5)


def test_probabilities_that_are_wrong_are_cut_by_what_out_of_fold_rows_cost() -> None:
    truth, chance = rare(0, 5000)
    cut = cheapest_threshold(TEN, truth, chance**3)
    assert cut < 0.02
    fresh, right = rare(1, 20_000)
    assert mean_cost(fresh, right**3, cut) < 0.8 * mean_cost(fresh, right**3, 1 / 11)


def test_with_too_few_of_a_class_the_costs_alone_say_where_to_cut() -> None:
    truth = np.zeros(500)
    truth[:5] = 1
    assert cheapest_threshold(TEN, truth, np.linspace(1, 0, 500)) == pytest.approx(1 / 11)


@pytest.mark.parametrize(
    ("costs", "said"), [(((0.0, 1.0), (0.0, 0.0)), 0.0), (((0.0, 0.0), (1.0, 0.0)), 1.0)]
)
def test_where_only_one_mistake_costs_the_other_answer_is_given(
    costs: tuple[tuple[float, float], tuple[float, float]], said: float
) -> None:
    truth, chance = rare(0, 400)
    cut = cheapest_threshold(costs, truth, chance)
    scores = np.stack([1 - chance, chance], axis=1)
    assert (Judgement(threshold=cut, costs=costs).decided(scores).argmax(axis=1) == said).all()
