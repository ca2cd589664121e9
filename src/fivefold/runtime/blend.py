"""The blend: a weighted mean of members, so that one model answers with the strengths of several."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from fivefold.core.errors import PartError
from fivefold.runtime.judgement import Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fivefold.core.protocols import Floats, Matrix, Member

__all__ = ["Blend", "RowMember"]


@runtime_checkable
class RowMember(Protocol):
    """A member that answers a single row quicker than many: for so few figures, arrays cost more than arithmetic."""

    def predict_row(self, values: Matrix, /) -> list[float]:
        """Return what ``predict`` returns of a matrix of one row, as plain numbers."""


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
        self._row_steps = tuple(zip(map(_by_row, self.members), self.weights, strict=True))

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
                raise _misshapen(f"{blended.shape} and {scores.shape}")
            blended += scores * weight
        return self.judgement.meant(blended)

    def predict_row(self, values: Matrix) -> list[float]:
        """Return what :meth:`predict` returns of a matrix of one row, bit for bit, as plain numbers.

        Raises
        ------
        PartError
            When members answer in different shapes.
        """
        first, whole = self._row_steps[0]
        blended = first(values)
        if len(self._row_steps) > 1:  # one alone has all the weight
            blended = [score * whole for score in blended]
        for predict, weight in self._row_steps[1:]:
            scores = predict(values)
            if len(scores) != len(blended):
                raise _misshapen(f"{len(blended)} and {len(scores)} outputs")
            blended = [sum_ + score * weight for sum_, score in zip(blended, scores, strict=True)]
        if not self.judgement.shift and self.judgement.recalibration is None:
            return blended
        meant: list[float] = self.judgement.meant(np.array([blended]))[0].tolist()
        return meant


def _by_row(member: Member) -> Callable[[Matrix], list[float]]:
    """Return how one row is asked."""
    return member.predict_row if isinstance(member, RowMember) else lambda values: _first(member, values)


def _first(member: Member, values: Matrix) -> list[float]:
    """Ask for a matrix of one row."""
    scores: list[float] = member.predict(values)[0].tolist()
    return scores


def _misshapen(seen: str) -> PartError:
    """Say that members do not fit each other."""
    return PartError(
        "Two members of a blend answer in different shapes",
        seen=seen,
        expected="(rows, outputs) from every member",
        todo="train again, or leave out the family that was added last",
    )
