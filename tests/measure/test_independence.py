"""Tests of independence agree with SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fivefold.measure.independence import counts_by_chance, means_by_chance, ranks_by_chance


@pytest.mark.parametrize("seed", range(5))
def test_they_agree_with_scipy(seed: int) -> None:
    chance = np.random.default_rng(seed)
    table = chance.integers(5, 40, (2 + seed, 3))
    assert counts_by_chance(table) == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
    first, second = (chance.integers(*ends).astype(np.float64) for ends in ((0, 30, 40 + seed), (4, 33, 60)))
    wanted = stats.mannwhitneyu(first, second, use_continuity=False, method="asymptotic").pvalue
    assert ranks_by_chance(first, second) == pytest.approx(wanted)
    groups = chance.integers(0, 3, 100)
    amounts = chance.normal(size=100) + groups * 0.2
    wanted = stats.f_oneway(*[amounts[groups == one] for one in range(3)]).pvalue
    assert means_by_chance(groups, amounts) == pytest.approx(wanted)


def test_where_nothing_can_differ_nothing_does() -> None:
    assert counts_by_chance(np.array([[5, 0], [7, 0]])) == 1.0
    assert ranks_by_chance(np.ones(4), np.ones(5)) == 1.0
    assert ranks_by_chance(np.ones(0), np.ones(5)) == 1.0
    assert means_by_chance(np.zeros(4, np.int64), np.arange(4.0)) == 1.0
    assert means_by_chance(np.repeat([0, 1], 4), np.repeat([0.0, 1.0], 4)) == 0.0
