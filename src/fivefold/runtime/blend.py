"""The blend: a weighted mean of members, so that one model answers with the strengths of several."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fivefold.core.errors import PartError
from fivefold.runtime.judgement import Judgement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import Floats, Matrix, Member

__all__ = ["Blend"]


class Blend:
    """Weighted mean of the scores of its members.

    Parameters
    ----------
    members : sequence of Member
    weights : sequence of float
        One per member, finite, not negative, not all zero; they are divided by their sum.
    judgement : Judgement, optional
        What becomes of the mean: its recalibration, or its shift, is done here, the rest where answers are made.

    Raises
    ------
    PartError
        When the weights do not fit the members.
    """

    def __init__(
        self, members: Sequence[Member], weights: Sequence[float], judgement: Judgement | None = None
    ) -> None:
        total = sum(weights)
        if len(members) != len(weights) or not 0 < total < math.inf or min(weights) < 0:
            raise PartError(
                "The blend cannot be built",
                seen=f"{len(members)} members with the weights {list(weights)}",
                expected="one weight of at least 0 per member, and a sum above 0",
                todo="train again",
            )
        self.members = tuple(members)
        self.weights = tuple(weight / total for weight in weights)
        self.judgement = judgement or Judgement()

    def predict(self, values: Matrix) -> Floats:
        """Return the weighted mean of the members' scores, put right where that helps; shape (rows, outputs).

        Raises
        ------
        PartError
            When members answer in different shapes.
        """
        first = self.members[0].predict(values)
        blended: Floats = first * self.weights[0]
        for member, weight in zip(self.members[1:], self.weights[1:], strict=True):
            scores = member.predict(values)
            if scores.shape != blended.shape:
                raise PartError(
                    "Two members of a blend answer in different shapes",
                    seen=f"{blended.shape} and {scores.shape}",
                    expected="(rows, outputs) from every member",
                    todo="train again, or leave out the family that was added last",
                )
            blended += scores * weight
        return self.judgement.meant(blended)
