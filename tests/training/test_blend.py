"""The blend is never worse than its best member on the rows that it was chosen on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.core.objective import Objective
from fivefold.measure.objectives import loss
from fivefold.training.blend import select

SQUARES = Objective("squared_error")


def anything(members: frozenset[int]) -> bool:
    return bool(members)


def noisy(rows: int, seed: int, scales: list[float]) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """A truth and candidates with independent errors."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=rows)
    return truth, {n: (truth + rng.normal(scale=scale, size=rows))[:, None] for n, scale in enumerate(scales)}


def test_independent_errors_are_averaged_out() -> None:
    truth, scores = noisy(400, 0, [1.0, 1.0, 1.0])
    weights = select(SQUARES, truth, scores, most=3, affordable=anything)
    assert set(weights) == {0, 1, 2}
    assert sum(weights.values()) == pytest.approx(1.0)


def test_the_best_one_stays_alone_when_others_bring_nothing() -> None:
    truth, scores = noisy(400, 0, [0.001, 5.0])
    assert select(SQUARES, truth, scores, most=3, affordable=anything) == {0: 1.0}
    assert select(SQUARES, truth, {4: scores[0], 7: scores[0]}, most=3, affordable=anything) == {4: 1.0}


def test_members_stay_inside_number_and_means() -> None:
    truth, scores = noisy(400, 0, [1.0] * 6)
    assert len(select(SQUARES, truth, scores, most=2, affordable=anything)) == 2
    single = select(SQUARES, truth, scores, most=6, affordable=lambda members: members <= {3})
    assert single == {3: 1.0}


@given(
    seed=st.integers(0, 1_000),
    scales=st.lists(st.floats(0.1, 3.0), min_size=1, max_size=5),
    most=st.integers(1, 4),
)
def test_a_blend_is_no_worse_than_its_best_candidate(seed: int, scales: list[float], most: int) -> None:
    truth, scores = noisy(60, seed, scales)
    weights = select(SQUARES, truth, scores, most=most, affordable=anything)
    assert len(weights) <= most
    assert list(weights.values()) == sorted(weights.values(), reverse=True)
    blended = sum(scores[number] * weight for number, weight in weights.items())
    best = min(loss(SQUARES, truth, each) for each in scores.values())
    assert loss(SQUARES, truth, np.asarray(blended)) <= best + 1e-9
