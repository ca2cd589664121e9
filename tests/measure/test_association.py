"""Association tells links from chance, on one scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.measure.association import association, binned


@pytest.mark.parametrize("classes", [0, 2, 4])
def test_independent_columns_have_next_to_none_however_many_bins(classes: int) -> None:
    rng = np.random.default_rng(0)
    target = rng.integers(0, classes, 2_000) if classes else rng.normal(size=2_000)
    found = [
        association(rng.integers(0, bins, 2_000), target.astype(float), classes) for bins in (2, 10, 100)
    ]
    assert all(value is not None and value < 0.15 for value in found)


@pytest.mark.parametrize("classes", [0, 2, 4])
def test_a_column_that_is_the_target_has_all(classes: int) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, max(classes, 5), 500)
    assert association(codes, codes.astype(float), classes) == pytest.approx(1.0, abs=1e-6)


def test_more_noise_means_less() -> None:
    rng = np.random.default_rng(0)
    target = rng.normal(size=3_000)
    found = [
        association(binned(target + rng.normal(scale=noise, size=3_000)), target, 0) for noise in (0.1, 1, 4)
    ]
    values = [value for value in found if value is not None]
    assert len(values) == 3
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.9 > 0.4 > values[2]


def test_it_cannot_be_told_from_one_bin_one_value_or_no_rows() -> None:
    assert association(np.zeros(50, np.intp), np.arange(50.0), 0) is None
    assert association(np.arange(50) % 2, np.ones(50), 0) is None
    assert association(np.arange(50) % 2, np.ones(50), 2) is None
    assert association(np.zeros(0, np.intp), np.zeros(0), 0) is None
    assert association(np.arange(50), np.arange(50.0), 0) is None


def test_missing_values_are_a_bin_of_their_own() -> None:
    codes = binned(np.array([1.0, 2.0, np.nan, 3.0, np.nan]))
    assert codes[2] == codes[4]
    assert codes[2] not in codes[[0, 1, 3]]


@given(st.lists(st.integers(0, 5), min_size=8, max_size=60), st.integers(0, 3))
def test_it_lies_between_nothing_and_all(codes: list[int], seed: int) -> None:
    target = np.random.default_rng(seed).integers(0, 3, len(codes)).astype(float)
    value = association(np.array(codes), target, 3)
    assert value is None or 0.0 <= value <= 1.0
