"""The blend."""

from __future__ import annotations

import numpy as np
import pytest

from fivefold.core.errors import PartError
from fivefold.runtime.blend import Blend
from fivefold.runtime.judgement import Judgement
from fivefold.runtime.members.constant import ConstantMember

ROWS = np.zeros((2, 3), dtype=np.float32)


def constant(*scores: float) -> ConstantMember:
    return ConstantMember(np.array(scores))


def test_scores_are_the_weighted_mean() -> None:
    blend = Blend([constant(1.0, 0.0), constant(0.0, 1.0)], [3.0, 1.0])
    assert blend.predict(ROWS).tolist() == [[0.75, 0.25]] * 2


def test_one_member_answers_as_it_is() -> None:
    assert Blend([constant(0.1, 0.9)], [0.3]).predict(ROWS).tolist() == [[0.1, 0.9]] * 2


def test_a_member_without_weight_changes_nothing() -> None:
    assert Blend([constant(5.0), constant(7.0)], [0.0, 2.0]).predict(ROWS).tolist() == [[7.0]] * 2


@pytest.mark.parametrize(
    "weights", [[], [1.0], [0.0, 0.0], [2.0, -1.0], [1.0, 1.0, 1.0], [float("nan"), 1.0]]
)
def test_weights_that_do_not_fit_are_refused(weights: list[float]) -> None:
    with pytest.raises(PartError, match="blend cannot be built"):
        Blend([constant(1.0), constant(2.0)], weights)


def test_members_of_different_shapes_are_refused() -> None:
    with pytest.raises(PartError, match="different shapes"):
        Blend([constant(1.0), constant(0.5, 0.5)], [1.0, 1.0]).predict(ROWS)


def test_a_shift_is_added_to_the_number() -> None:
    blend = Blend([constant(5.0), constant(7.0)], [1.0, 1.0], Judgement(shift=4.0))
    assert blend.predict(ROWS).tolist() == [[10.0]] * 2
