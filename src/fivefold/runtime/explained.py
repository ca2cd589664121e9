"""Explained: what each feature contributes to a member's score, exactly, where the kind of member allows it.

Contributions are Shapley values (Lundberg and Lee, 2017) in the space before the link: log odds for two classes, a score per class
for several, the number itself for numbers. The base and all contributions of a row add up to its score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.protocols import Floats, Matrix

__all__ = ["Explainable", "Explained", "Explainer"]


@dataclass(frozen=True, slots=True)
class Explained:
    """Scores of some rows, taken apart.

    Attributes
    ----------
    base : Floats
        Shape (scores,): what is said of a row of which nothing is known.
    parts : Floats
        Shape (rows, features, scores).
    error : Floats or None
        Shape (rows,): the largest standard error of a column's part, where parts are estimates; None where they are exact.
    """

    base: Floats
    parts: Floats
    error: Floats | None = None


class Explainer(Protocol):
    """Takes scores apart."""

    def __call__(self, values: Matrix, stop: Callable[[], bool], /) -> Explained | None:
        """Return the contributions to the scores of these rows; None when ``stop`` said so before they were done."""


@runtime_checkable
class Explainable(Protocol):
    """A member whose contributions can be told exactly."""

    def explainer(self, background: Matrix, /) -> Explainer | None:
        """Get ready to take scores apart; None where this member's link does not allow it.

        The rows of ``background`` are like those that were learned from. What they have in the mean is what is known of a
        row of which nothing is known.
        """
