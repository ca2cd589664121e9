"""From scores to probabilities: a row by itself gets, bit for bit, what it gets among others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.runtime.members.links import linked, linked_row

SCORES = st.lists(st.floats(-800, 800), min_size=1, max_size=40)


@pytest.mark.parametrize("link", ["identity", "logistic", "softmax"])
@given(scores=SCORES)
def test_a_row_alone_gets_what_it_gets_among_others(link: str, scores: list[float]) -> None:
    raw = np.array(scores[:1] if link == "logistic" else scores)
    kept = raw.copy()
    assert linked_row(link, raw) == linked(link, np.tile(raw, (3, 1)))[1].tolist()
    assert (raw == kept).all()
