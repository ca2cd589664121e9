"""What the nets see: one row goes another way than many, to the same bits."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fivefold.runtime.members.inputs import Inputs, Preparer

INTS, FLOATS = np.int32, np.float32
NUMBER = st.floats(width=32, allow_infinity=False)
INPUTS = Inputs(
    numbers=np.array([0, 2], INTS),
    gaps=np.array([2], INTS),
    codes=np.array([1, 3], INTS),
    levels=np.array([3, 2], INTS),
    centre=np.array([0.25, -3.0], FLOATS),
    scale=np.array([1e-3, 7.0], FLOATS),
    steps=np.array([0, 0, 2], INTS),
    low=np.array([-1.0, 0.5, 2.0], FLOATS),
    length=np.array([0.3, 10.0, 1e-6], FLOATS),
)


@given(st.tuples(NUMBER, st.sampled_from([0, 1, 2, 3, np.nan]), NUMBER, st.sampled_from([0, 1, 2, np.nan])))
def test_a_row_alone_is_prepared_as_it_is_among_others(row: tuple[float, ...]) -> None:
    values = np.array([row], dtype=np.float32)
    among = INPUTS.columns(np.tile(values, (2, 1)))[:1]
    assert Preparer(INPUTS).columns(values).tolist() == among.tolist()
    assert Preparer(INPUTS).columns(np.tile(values, (2, 1))).tolist() == np.tile(among, (2, 1)).tolist()
