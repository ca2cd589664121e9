"""Threshold: tuned where labels are judged, and only where it helps."""

import numpy as np

from fivefold.measure.metrics import value
from fivefold.runtime.judgement import Judgement
from fivefold.training.threshold import tune_threshold


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
