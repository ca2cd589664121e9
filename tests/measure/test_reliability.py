"""What probabilities are worth."""

import numpy as np
import pytest

from fivefold.measure.reliability import brier_parts, calibration_error


def drawn(seed: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    powers = np.exp(1.5 * rng.normal(size=(20_000, classes)))
    scores = powers / powers.sum(axis=1, keepdims=True)
    truth = (rng.random((20_000, 1)) > np.cumsum(scores, axis=1)).sum(axis=1).astype(float)
    return truth, scores


@pytest.mark.parametrize("classes", [2, 4])
def test_probabilities_that_mean_what_they_say_are_hardly_off(classes: int) -> None:
    truth, scores = drawn(0, classes)
    assert calibration_error(truth, scores) < 0.015
    parts = brier_parts(truth, scores)
    assert parts.reliability < 0.001
    assert parts.score == pytest.approx(
        parts.reliability - parts.resolution + parts.uncertainty, abs=0.005 * classes
    )


@pytest.mark.parametrize("classes", [2, 4])
def test_too_sure_probabilities_are_off(classes: int) -> None:
    truth, scores = drawn(1, classes)
    sharp = scores**3 / (scores**3).sum(axis=1, keepdims=True)
    assert calibration_error(truth, sharp) > 0.05
    assert brier_parts(truth, sharp).reliability > 10 * brier_parts(truth, scores).reliability
