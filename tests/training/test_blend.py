"""The blend is never worse than its best member on the rows that it was chosen on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.measure.metrics import loss
from fivefold.training.blend import select


def anything(members: frozenset[int]) -> bool:
    return bool(members)


def noisy(rows: int, seed: int, scales: list[float]) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """A truth and candidates with independent errors."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=rows)
    return truth, {n: (truth + rng.normal(scale=scale, size=rows))[:, None] for n, scale in enumerate(scales)}


def test_independent_errors_are_averaged_out() -> None:
    truth, scores = noisy(400, 0, [1.0, 1.0, 1.0])
    weights = select("regression", truth, scores, most=3, affordable=anything)
    assert set(weights) == {0, 1, 2}
    assert sum(weights.values()) == pytest.approx(1.0)


def test_the_best_one_stays_alone_when_others_bring_nothing() -> None:
    truth, scores = noisy(400, 0, [0.001, 5.0])
    assert select("regression", truth, scores, most=3, affordable=anything) == {0: 1.0}
    assert select("regression", truth, {4: scores[0], 7: scores[0]}, most=3, affordable=anything) == {4: 1.0}


def test_members_stay_inside_number_and_means() -> None:
    truth, scores = noisy(400, 0, [1.0] * 6)
    assert len(select("regression", truth, scores, most=2, affordable=anything)) == 2
    single = select("regression", truth, scores, most=6, affordable=lambda members: members <= {3})
    assert single == {3: 1.0}


def test_of_few_rows_equals_count_the_same_and_of_many_the_walk_decides() -> None:
    """Of candidates that differ by chance alone the walk would choose some; the fewer the rows, the less it is followed."""
    spread = []
    for rows in (100, 20_000):
        truth, scores = noisy(rows, 3, [1.0] * 4 + [1.3])
        weights = select("regression", truth, scores, most=4, affordable=anything)
        spread.append(max(weights.values()) - min(weights.values()))
        assert 4 not in weights or rows == 100
    truth, scores = noisy(100, 3, [1.0, 1.0, 2.5])
    assert 2 not in select("regression", truth, scores, most=3, affordable=anything)
    assert spread[0] < 0.2


def test_what_the_mean_would_cost_too_much_is_left_to_the_walk() -> None:
    truth, scores = noisy(400, 0, [1.0] * 4)
    pair = select("regression", truth, scores, most=4, affordable=lambda members: len(members) <= 2)
    assert len(pair) == 2


@given(
    seed=st.integers(0, 1_000),
    scales=st.lists(st.floats(0.1, 3.0), min_size=1, max_size=5),
    most=st.integers(1, 4),
)
def test_a_blend_is_no_worse_than_its_best_candidate(seed: int, scales: list[float], most: int) -> None:
    truth, scores = noisy(60, seed, scales)
    weights = select("regression", truth, scores, most=most, affordable=anything)
    assert len(weights) <= most
    assert list(weights.values()) == sorted(weights.values(), reverse=True)
    blended = sum(scores[number] * weight for number, weight in weights.items())
    best = min(loss("regression", truth, each) for each in scores.values())
    assert loss("regression", truth, np.asarray(blended)) <= best + 1e-9
