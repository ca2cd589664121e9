"""Distances between histograms, and what chance makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from fivefold.measure.distance import distances_by_chance, jensen_shannon

counts = st.lists(st.integers(0, 10_000), min_size=5, max_size=5).filter(any)


@given(counts, counts)
def test_the_distance_is_that_of_the_textbook(first: list[int], second: list[int]) -> None:
    one, other = np.array(first, dtype=float), np.array(second, dtype=float)
    assert float(jensen_shannon(one, other)) == pytest.approx(
        float(np.nan_to_num(jensenshannon(one, other, base=2))), abs=2e-7
    )


@given(counts, counts)
def test_the_distance_is_symmetric_and_between_0_and_1(first: list[int], second: list[int]) -> None:
    one, other = np.array(first, dtype=float), np.array(second, dtype=float)
    distance = float(jensen_shannon(one, other))
    assert 0 <= distance <= 1
    assert distance == pytest.approx(float(jensen_shannon(other, one)), abs=1e-7)


def test_it_is_0_for_the_same_shares_and_1_for_nothing_in_common() -> None:
    assert jensen_shannon(np.array([1.0, 3.0]), np.array([10.0, 30.0])) == pytest.approx(0, abs=1e-7)
    assert jensen_shannon(np.array([5.0, 0.0]), np.array([0.0, 2.0])) == 1


def test_chance_moves_small_samples_far_and_large_ones_hardly() -> None:
    reference = np.full(20, 500)
    small = distances_by_chance(reference, np.full(20, 5), draws=500, generator=np.random.default_rng(0))
    large = distances_by_chance(reference, np.full(20, 5_000), draws=500, generator=np.random.default_rng(0))
    assert np.median(small) > 0.1
    assert np.quantile(large, 0.99) < 0.05


def test_a_small_reference_adds_its_own_noise() -> None:
    window = np.full(10, 100)
    of_few = distances_by_chance(np.full(10, 3), window, draws=500, generator=np.random.default_rng(0))
    of_many = distances_by_chance(np.full(10, 3_000), window, draws=500, generator=np.random.default_rng(0))
    assert np.median(of_few) > 2 * np.median(of_many)
