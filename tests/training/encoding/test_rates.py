"""Rates say what a category's rows did, never what the row itself did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fivefold.runtime.encoding import RatePart
from fivefold.training.encoding.rates import INNER_FOLDS, Outcomes, inner_folds

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats

ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", None]), st.floats(-5, 5), st.integers(0, INNER_FOLDS - 1)),
    min_size=2,
    max_size=40,
)


def _crossfitted(target: Floats, inner: NDArray[np.intp], part: RatePart, values: pl.Series) -> Floats:
    """Cross-fitted rates of all rows."""
    ((_, rates),) = Outcomes.of(target, 0, inner).crossfitted(part, values)
    return rates


def test_a_rate_is_the_mean_drawn_towards_the_prior_by_ten_rows() -> None:
    target = np.array([1.0] * 20 + [0.0] * 20)
    values = pl.Series(["a"] * 20 + ["b"] * 20)
    part = Outcomes.of(target, 2, np.zeros(40, np.intp)).fit("x", values, ("a", "b"))
    assert part.prior == (0.5,)
    np.testing.assert_allclose(part.rates, [[25 / 30], [5 / 30]])
    assert part.missing == part.prior


def test_missing_values_are_a_level_when_they_were_seen() -> None:
    values = pl.Series([None] * 10 + ["a"] * 10, dtype=pl.String)
    part = Outcomes.of(np.repeat([1.0, 0.0], 10), 2, np.zeros(20, np.intp)).fit("x", values, ("a",))
    np.testing.assert_allclose(part.missing, [15 / 20])


def test_several_classes_get_a_rate_each() -> None:
    target = np.repeat([0.0, 1.0, 2.0], 5)
    part = Outcomes.of(target, 3, np.zeros(15, np.intp)).fit("x", pl.Series(["a"] * 15), ("a",))
    np.testing.assert_allclose(part.rates[0], 1 / 3)


@given(rows=ROWS, at=st.integers(0, 39))
def test_no_row_sees_the_targets_of_its_own_inner_fold(
    rows: list[tuple[str | None, float, int]], at: int
) -> None:
    values = pl.Series([name for name, _, _ in rows], dtype=pl.String)
    target = np.array([number for _, number, _ in rows])
    inner = np.array([fold for _, _, fold in rows], dtype=np.intp)
    part = Outcomes.of(target, 0, inner).fit("x", values, ("a", "b"))
    before = _crossfitted(target, inner, part, values)
    changed = target.copy()
    changed[inner == inner[at % len(rows)]] += 100.0
    after = _crossfitted(changed, inner, part, values)
    same = inner == inner[at % len(rows)]
    np.testing.assert_allclose(before[same], after[same], atol=1e-9)


def test_names_are_ordered_by_rate_and_end_near_the_prior() -> None:
    target = np.array([0.0] * 10 + [1.0] * 10 + [9.0] * 2)
    values = pl.Series(["low"] * 10 + ["middle"] * 10 + ["high"] * 2)
    outcomes = Outcomes.of(target, 0, np.zeros(22, np.intp))
    assert outcomes.ordered(values, ("high", "low", "middle")) == ("high", "middle", "low")


def test_several_classes_have_no_one_order() -> None:
    outcomes = Outcomes.of(np.array([0.0, 1.0, 2.0]), 3, np.zeros(3, np.intp))
    assert outcomes.ordered(pl.Series(["c", "a", "b"]), ("c", "a", "b")) == ("c", "a", "b")


def test_groups_stay_together_in_the_inner_folds() -> None:
    groups = np.repeat(np.arange(50), 3)
    inner = inner_folds(150, groups, seed=1)
    assert set(inner) == set(range(INNER_FOLDS))
    assert all(len(set(inner[groups == group])) == 1 for group in range(50))


def test_inner_folds_are_even_and_follow_the_seed() -> None:
    inner = inner_folds(100, None, seed=1)
    assert np.bincount(inner).tolist() == [20] * INNER_FOLDS
    assert (inner == inner_folds(100, None, seed=1)).all()
    assert (inner != inner_folds(100, None, seed=2)).any()
