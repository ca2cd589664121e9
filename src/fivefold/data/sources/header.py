"""The header: which row of a table names its columns, and what the names are."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["cell_names", "find_header", "is_number", "names_columns"]

_MOST_ABOVE = 50
_NUMBER = re.compile(r"\s*[-+]?(\d[\d.,' ]*|\.\d+)([eE][-+]?\d+)?\s*%?\s*")


def is_number(cell: str) -> bool:
    """Whether a cell holds a number, as people write them.

    Examples
    --------
    >>> [is_number(cell) for cell in ("12", "1.234,5", "-3e5", "x1", "")]
    [True, True, True, False, False]
    """
    return _NUMBER.fullmatch(cell) is not None


def names_columns(row: Sequence[str]) -> bool:
    """Whether a row can only be names: every cell filled (the last may be empty), all different, none a number."""
    cells = [cell.strip() for cell in row]
    if len(cells) > 1 and not cells[-1]:
        cells.pop()
    return all(cells) and len(set(cells)) == len(cells) and not any(is_number(cell) for cell in cells)


def find_header(rows: Sequence[Sequence[str]]) -> int:
    """Position of the row that names the columns: the first one, unless only lines of a title stand above it.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows of a table.

    Examples
    --------
    >>> find_header([["Report of May"], ["a", "b", "c"], ["1", "2", "3"], ["4", "5", "6"]])
    1
    >>> find_header([["a", "b", "c"], ["1", "2", "3"]])
    0
    """
    widths = Counter(len(row) for row in rows)
    width = max(widths, key=lambda size: (widths[size], size), default=0)
    if width < 2 or _filled(rows[0]) > max(1, width // 2) or (width == 2 and len(rows[0]) == 2):
        return 0
    for position, row in enumerate(rows[:_MOST_ABOVE]):
        if len(row) == width and _heads(row, rows[position + 1 :]):
            return position
        if _filled(row) > max(1, width // 2):
            break
    return 0


def cell_names(row: Sequence[str]) -> tuple[str, ...]:
    """Names of the columns; one without a name is called by its position."""
    return tuple(name.strip() or f"column{position}" for position, name in enumerate(row))


def _heads(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row names the columns of those below; of two columns one must hold numbers, as two words are soon found."""
    numbers = len(row) > 2 or any(is_number(cell) for other in below for cell in other)
    return bool(below) and names_columns(row) and numbers


def _filled(row: Sequence[str]) -> int:
    """Cells that hold something."""
    return sum(bool(cell.strip()) for cell in row)
