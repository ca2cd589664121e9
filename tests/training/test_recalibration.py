"""Recalibration: kept where it helps rows that it did not see, and only there."""

import numpy as np
import pytest

from fivefold.measure.metrics import value
from fivefold.training.recalibration import recalibrate


def outcomes(chance: np.ndarray, seed: int) -> np.ndarray:
    """Classes drawn with these probabilities."""
    draw = np.random.default_rng(seed).random((len(chance), 1))
    drawn: np.ndarray = (draw > np.cumsum(chance, axis=1)).sum(axis=1).astype(float)
    return drawn


def probabilities(seed: int, rows: int, classes: int) -> np.ndarray:
    """Probabilities that mean what they say."""
    powers = np.exp(1.5 * np.random.default_rng(seed).normal(size=(rows, classes)))
    scores: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return scores


def sharpened(scores: np.ndarray, power: float) -> np.ndarray:
    """Probabilities that are too sure of themselves."""
    raised = scores**power
    sharp: np.ndarray = raised / raised.sum(axis=1, keepdims=True)
    return sharp


@pytest.mark.parametrize("classes", [2, 5])
def test_probabilities_that_mean_what_they_say_are_left_alone(classes: int) -> None:
    kept = []
    for seed in range(10):
        chance = probabilities(seed, 2000, classes)
        kept.append(recalibrate(outcomes(chance, seed + 50), chance, "auto") is not None)
    assert sum(kept) <= 2


@pytest.mark.parametrize("method", ["auto", "temperature"])
@pytest.mark.parametrize("classes", [2, 5])
def test_too_sure_probabilities_are_softened(classes: int, method: str) -> None:
    chance, fresh = probabilities(0, 4000, classes), probabilities(1, 4000, classes)
    found = recalibrate(outcomes(chance, 2), sharpened(chance, 2.0), method)
    assert found is not None
    assert np.abs(found.apply(sharpened(fresh, 2.0)) - fresh).mean() < 0.03


def test_a_shift_between_two_classes_is_taken_back() -> None:
    chance = probabilities(0, 6000, 2)
    bent = chance * [0.2, 0.8]
    bent /= bent.sum(axis=1, keepdims=True)
    truth = outcomes(chance, 1)
    found = recalibrate(truth, bent, "auto")
    assert found is not None
    assert found.method == "beta"
    meant, best = (value("log_loss", "binary", truth, scores) for scores in (found.apply(bent), chance))
    assert meant == pytest.approx(best, rel=0.01)
    assert (np.diff(found.apply(bent[np.argsort(bent[:, 1])])[:, 1]) >= 0).all()


def test_few_rows_are_no_ground_for_anything() -> None:
    chance = probabilities(0, 60, 2)
    assert recalibrate(outcomes(chance, 1), sharpened(chance, 3.0), "auto") is None
