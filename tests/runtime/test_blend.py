"""The blend."""

from __future__ import annotations

import numpy as np
import pytest

from fivefold.core.errors import PartError
from fivefold.runtime.blend import Blend
from fivefold.runtime.judgement import Judgement, Recalibration
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


@pytest.mark.parametrize(
    "judgement",
    [Judgement(), Judgement(shift=0.1), Judgement(Recalibration("temperature", (1.3, 1.3), (0.0, 0.0)))],
)
def test_a_row_alone_gets_bit_for_bit_what_it_gets_among_others(judgement: Judgement) -> None:
    blend = Blend([constant(0.1, 0.9), constant(1 / 3, 2 / 3), constant(0.7, 0.3)], [3, 0.1, 7], judgement)
    assert blend.predict_row(ROWS[:1]) == blend.predict(ROWS[:1])[0].tolist()


def test_members_of_different_shapes_are_refused_for_a_row_alone_too() -> None:
    with pytest.raises(PartError, match="different shapes"):
        Blend([constant(1.0), constant(0.5, 0.5)], [1.0, 1.0]).predict_row(ROWS[:1])
