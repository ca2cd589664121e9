"""Means: how many rows of a table the budget can hold, and which are drawn when there are more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.quantities import format_bytes, format_seconds

if TYPE_CHECKING:
    from fivefold.core.budget import Budget

__all__ = ["Means", "means"]

_LEAST_ROWS = 100_000
_RESIDENT = 400_000_000
"""Bytes of the libraries and of the batch at hand."""
_ROW_BYTES = 120
"""Bytes of memory a row: what rows are parted by, and one column at a time."""
_CELL_BYTES = 24
"""Bytes of disk a cell: as fetched, as cleaned, and in the snapshot."""
_CELLS_PER_SECOND = 1_000_000
"""Cells that a core cleans, checks and writes in a second, on a slow machine."""


@dataclass(frozen=True, slots=True)
class Means:
    """What the budget can hold.

    Attributes
    ----------
    rows : int
    why : str
        What it is bound by.
    """

    rows: int
    why: str


def means(budget: Budget, width: int) -> Means:
    """Say how many rows of so many columns fit into the budget's memory, disk and time; 100,000 always do.

    Where a table has more, each of its rows has the same chance to be drawn; the draw is the seed's. The training step draws
    once more where fitting takes more time or memory than there is.
    """
    memory = Means(
        int((0.8 * budget.memory - _RESIDENT) / _ROW_BYTES), f"{format_bytes(budget.memory)} of memory"
    )
    seconds = budget.plan()["data"]
    time = Means(
        int(seconds * budget.cores * _CELLS_PER_SECOND / width), f"{format_seconds(seconds)} for this step"
    )
    bounds = [memory, time]
    if budget.disk is not None:
        bounds.append(Means(int(budget.disk / (width * _CELL_BYTES)), f"{format_bytes(budget.disk)} of disk"))
    tightest = min(bounds, key=lambda bound: bound.rows)
    return Means(max(_LEAST_ROWS, tightest.rows), tightest.why)
