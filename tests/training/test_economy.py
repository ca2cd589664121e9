"""A member stays for what it brings, measured by what it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from fivefold.core.objective import Objective
from fivefold.training.blend import mixed
from fivefold.training.economy import spare
from fivefold.training.judged import Judged

SQUARED = Objective("squared_error")
ROWS = 4_000


@pytest.fixture
def judged() -> Judged:
    return Judged(SQUARED, np.random.default_rng(0).normal(size=ROWS))


def noisy(judged: Judged, scale: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (judged.truth + rng.normal(scale=scale, size=ROWS))[:, None]


def cost_of(*each: int) -> Callable[[Mapping[int, float]], float]:
    def cost(weights: Mapping[int, float]) -> float:
        return float(sum(each[number] for number in weights))

    return cost


def test_a_heavy_member_that_brings_next_to_nothing_is_left_out(judged: Judged) -> None:
    good = noisy(judged, 0.5, 1)
    scores = {0: good, 1: good + np.random.default_rng(2).normal(scale=0.01, size=(ROWS, 1))}
    weights = {0: 0.95, 1: 0.05}
    assert spare(judged, scores, weights, cost_of(100, 900)) == {0: 1.0}


def test_what_is_brought_keeps_a_member_whatever_it_costs(judged: Judged) -> None:
    scores = {0: noisy(judged, 0.5, 1), 1: noisy(judged, 0.5, 2)}
    weights = {0: 0.5, 1: 0.5}
    assert spare(judged, scores, weights, cost_of(1, 10_000)) == weights


def test_the_same_small_gain_is_worth_few_bytes_and_not_many(judged: Judged) -> None:
    """A second member that takes less than a thousandth of a percent from the loss stays if it is small."""
    first, noise = noisy(judged, 0.5, 1), np.random.default_rng(2).normal(scale=0.1, size=(ROWS, 1))
    error = first - judged.truth[:, None]
    alike = (noise * error).sum() / (error**2).sum()
    scores = {0: first, 1: first + noise - (alike + 0.001) * error}
    weights = {0: 0.99, 1: 0.01}
    gain = judged.loss(first) / judged.loss(mixed(scores, weights)) - 1
    assert 5e-6 < gain < 1e-5
    assert set(spare(judged, scores, weights, cost_of(1_000, 1))) == {0, 1}
    assert set(spare(judged, scores, weights, cost_of(1, 1_000))) == {0}


def test_many_rows_that_can_tell_the_difference_are_listened_to() -> None:
    """Every row is a thousandth better with both: that is little, and no luck."""
    judged = Judged(SQUARED, np.zeros(ROWS))
    scores = {0: np.full((ROWS, 1), 1.0), 1: np.full((ROWS, 1), -1.0)}
    assert set(spare(judged, scores, {0: 0.9995, 1: 0.0005}, cost_of(1, 1_000))) == {0, 1}


def test_the_others_take_over_the_weight_in_proportion(judged: Judged) -> None:
    scores = {0: noisy(judged, 0.5, 1), 1: noisy(judged, 0.5, 2)}
    scores[2] = 0.6 * scores[0] + 0.4 * scores[1]
    left = spare(judged, scores, {0: 0.45, 1: 0.3, 2: 0.25}, cost_of(1, 1, 1_000))
    assert left == pytest.approx({0: 0.6, 1: 0.4})


def test_one_member_and_a_blend_without_error_stay(judged: Judged) -> None:
    scores = {0: judged.truth[:, None], 1: judged.truth[:, None]}
    assert spare(judged, scores, {0: 1.0}, cost_of(1, 1)) == {0: 1.0}
    assert set(spare(judged, scores, {0: 0.5, 1: 0.5}, cost_of(1, 9))) <= {0, 1}
