"""Footprints: bytes that a fit takes, as a sum of what grows with values, rows, scores and the parts of a model.

The figures of a family are measured: peaks of fresh processes over tables of 2,000 to 200,000 rows, 10 to 200 columns and 2 to 200
classes, with a quarter as many rows to stop by (decision 27). They hold within a factor of two, which its tests ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.training.families.pace import outputs_of

if TYPE_CHECKING:
    from fivefold.core.protocols import Problem

__all__ = ["Footprint"]


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes by what they are for.

    Attributes
    ----------
    free : float
        Whatever the table is: tables, buffers and code that the library's first fit brings.
    value : float
        For each row and column: copies, bins, entries with their places.
    row : float
        For each row: places, weights, an order.
    score : float
        For each row and score that is learned: targets, scores, slopes and curvatures.
    histogram : float
        For each column, and leaf of the tree that is being grown.
    part : float
        For each leaf or weight, and score: in the model, and in the text that it is written as and read from.

    Examples
    --------
    >>> from fivefold.testing.families import problem
    >>> Footprint(free=1e6, value=8, score=20).of(problem("multiclass"), 1_000)  # 5 columns, 3 classes
    1100000
    """

    free: float
    value: float = 0.0
    row: float = 0.0
    score: float = 0.0
    histogram: float = 0.0
    part: float = 0.0

    def of(self, problem: Problem, rows: int, *, leaves: int = 0, parts: int = 0) -> int:
        """Return the bytes of a fit on so many rows.

        Parameters
        ----------
        problem : Problem
        rows : int
        leaves : int
            Those of a tree.
        parts : int
            Leaves or weights that a model has for each score in the end.
        """
        width, outputs = len(problem.features), outputs_of(problem)
        table = rows * (width * self.value + self.row + outputs * self.score)
        return int(self.free + table + width * leaves * self.histogram + parts * outputs * self.part)
