"""Chance, when many columns are looked at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fivefold.measure.discovery import at_least_by_chance, false_discovery_rates, new_values_by_chance

shares = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(shares)
def test_rates_are_those_of_the_textbook(p_values: list[float]) -> None:
    assert false_discovery_rates(p_values) == pytest.approx(stats.false_discovery_control(p_values).tolist())


@given(shares)
def test_a_rate_is_never_below_its_p_value(p_values: list[float]) -> None:
    rates = false_discovery_rates(p_values)
    assert all(rate >= p - 1e-12 for rate, p in zip(rates, p_values, strict=True))


def test_no_tests_have_no_rates() -> None:
    assert false_discovery_rates([]) == ()


@given(st.integers(1, 60), st.integers(60, 500), st.integers(20, 5_000), st.integers(1, 10))
def test_new_values_are_beta_binomial(found: int, rows: int, seen: int, edge: int) -> None:
    expected = stats.betabinom.sf(found - 1, rows, edge, seen + 1 - edge)
    assert new_values_by_chance(found, rows, seen, edge) == pytest.approx(expected, abs=1e-7)


def test_the_chance_of_leaving_the_range_is_that_of_an_experiment() -> None:
    generator = np.random.default_rng(0)
    seen, rows = 100, 80
    outside = []
    for _ in range(4_000):
        before, after = generator.normal(size=seen), generator.normal(size=rows)
        outside.append(int(((after < before.min()) | (after > before.max())).sum()))
    for found in (1, 3, 6):
        share = float(np.mean(np.array(outside) >= found))
        assert new_values_by_chance(found, rows, seen, 2) == pytest.approx(share, abs=0.03)


@given(st.integers(1, 40), st.integers(40, 2_000), st.floats(0.001, 0.5))
def test_errors_are_binomial(found: int, trials: int, rate: float) -> None:
    expected = stats.binom.sf(found - 1, trials, rate)
    assert at_least_by_chance(found, trials, rate) == pytest.approx(expected, abs=1e-7)


def test_nothing_found_is_certain_to_be_chance() -> None:
    assert new_values_by_chance(0, 10, 10, 2) == 1
    assert at_least_by_chance(0, 10, 0.1) == 1
