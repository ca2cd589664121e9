from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.deployment.targets.vertex.rollout import scaled, shift

NUMBERS = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9, 1.0]), min_size=1, max_size=30)


@given(
    st.dictionaries(st.text("0123456789", min_size=1), st.integers(0, 100), min_size=1), st.integers(0, 100)
)
def test_a_split_keeps_its_proportions_and_adds_up(split: dict[str, int], percent: int) -> None:
    found = scaled(split, percent)
    total = sum(split.values())
    if not total:
        assert found == {}
        return
    assert sum(found.values()) == percent
    assert all(abs(found[key] - split[key] * percent / total) < 1 for key in split)


@given(NUMBERS, NUMBERS)
def test_the_shift_is_the_statistic_of_kolmogorov_and_smirnov(
    first: list[float], second: list[float]
) -> None:
    def below(sample: list[float], value: float) -> float:
        return sum(one <= value for one in sample) / len(sample)

    gaps = [abs(below(first, value) - below(second, value)) for value in (*first, *second)]
    assert shift(first, second) == pytest.approx(max(gaps))


def test_scores_that_moved_far_are_told_from_those_that_did_not() -> None:
    draw = np.random.default_rng(0)
    scores = draw.random(200)
    assert shift(list(scores), list(scores + draw.normal(0, 0.01, 200))) < 0.1
    assert shift(list(scores), list(scores**4)) > 0.3
