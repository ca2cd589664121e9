"""The blend is never worse than its best member on the rows that it was chosen on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.core.objective import Objective
from fivefold.measure.objectives import loss
from fivefold.training.blend import mixed, select, select_bagged
from fivefold.training.judged import Judged

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


def test_only_the_true_class_counts_in_selecting() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 300).astype(np.float64)
    scores = {n: rng.dirichlet(np.ones(4), 300) * 0.5 + 0.5 * np.eye(4)[truth.astype(int)] for n in range(3)}
    turned = {n: each[:, ::-1].copy() for n, each in scores.items()}
    log_loss = Objective("log_loss")
    weights = select(log_loss, truth, scores, most=3, affordable=anything)
    assert len(weights) > 1
    assert weights == select(log_loss, 3.0 - truth, turned, most=3, affordable=anything)


@pytest.mark.parametrize("groups", [None, np.arange(60) // 6])
@settings(max_examples=10)
@given(
    seed=st.integers(0, 1_000),
    scales=st.lists(st.floats(0.1, 3.0), min_size=1, max_size=5),
    most=st.integers(1, 4),
)
def test_a_bagged_blend_is_no_worse_than_its_best_candidate(
    groups: np.ndarray | None, seed: int, scales: list[float], most: int
) -> None:
    truth, scores = noisy(60, seed, scales)
    judged = Judged(SQUARES, truth, groups=groups)
    weights = select_bagged(judged, scores, most=most, affordable=anything, seed=seed)
    assert len(weights) <= most
    assert sum(weights.values()) == pytest.approx(1.0)
    assert list(weights.values()) == sorted(weights.values(), reverse=True)
    assert judged.loss(mixed(scores, weights)) <= min(map(judged.loss, scores.values())) + 1e-9
    assert weights == select_bagged(judged, scores, most=most, affordable=anything, seed=seed)


def test_a_bagged_blend_stays_inside_the_means_even_where_draws_disagree() -> None:
    truth, scores = noisy(40, 0, [1.0] * 6)
    judged = Judged(SQUARES, truth)
    found = select_bagged(judged, scores, most=6, affordable=lambda members: len(members) <= 2, seed=0)
    assert len(found) == 2
    alone = select_bagged(judged, scores, most=6, affordable=lambda members: members <= {3}, seed=0)
    assert alone == {3: 1.0}


def test_draws_make_weights_depend_less_on_which_rows_there_were() -> None:
    """Ten tables of the same kind: the weights of bagged selection differ less from one to the next."""
    spread = {}
    for name in ("once", "bagged"):
        first = []
        for seed in range(10):
            truth, scores = noisy(80, seed, [1.0, 1.0, 1.0, 1.0])
            weights = (
                select(SQUARES, truth, scores, most=4, affordable=anything)
                if name == "once"
                else select_bagged(Judged(SQUARES, truth), scores, most=4, affordable=anything, seed=0)
            )
            first.append(weights.get(0, 0.0))
        spread[name] = np.std(first)
    assert spread["bagged"] < spread["once"]
