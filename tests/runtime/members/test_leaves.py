"""Leaves in few digits: order and span stay, and what is told apart stays apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.runtime.members.leaves import rounded

LEAVES = st.lists(st.floats(-1e12, 1e12), min_size=2, max_size=20)


@given(LEAVES)
def test_leaves_keep_their_order_and_all_but_a_ten_millionth_of_their_span(leaves: list[float]) -> None:
    found = np.array(rounded(leaves))
    span = max(leaves) - min(leaves)
    # What a double of this size cannot tell comes on top.
    assert np.abs(found - leaves).max() <= 5.1e-8 * span + 2 * math.ulp(max(map(abs, leaves)))
    assert (np.diff(found[np.argsort(leaves, kind="stable")]) >= 0).all()


@given(LEAVES)
def test_rounding_again_changes_nothing(leaves: list[float]) -> None:
    once = rounded(leaves)
    assert rounded(once) == pytest.approx(once, rel=0, abs=1.1e-7 * (max(once) - min(once)))


def test_a_large_mean_takes_no_digit_from_what_the_leaves_tell_apart() -> None:
    leaves = [1e9 + 0.123456789, 1e9 + 0.987654321]
    assert rounded(leaves) == pytest.approx(leaves, rel=0, abs=3e-7)
    assert rounded(leaves)[0] != rounded(leaves)[1]


@pytest.mark.parametrize("leaves", [[], [0.1 + 0.2], [0.1 + 0.2] * 3, [-1.7e308, 1.7e308], [5e-324, 1e-323]])
def test_leaves_without_a_span_that_can_be_told_stay_as_they_are(leaves: list[float]) -> None:
    assert rounded(leaves) == leaves
