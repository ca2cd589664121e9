"""Selection: the one statement that a database is asked, with columns, condition and draw inside it."""

# ruff: noqa: S608 - names are quoted by the driver; conditions and queries are the person's own SQL

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.data.names import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.extract import Extract
    from fivefold.data.sources.cells import SourceColumn

__all__ = ["Selection", "share_to_draw", "wanted"]

_MARGIN = 4.0
"""Standard deviations by which a draw asks for more rows than are wanted; the rest is left out here."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A statement in parts.

    Attributes
    ----------
    columns : tuple of SourceColumn
    relation : str
        What stands after FROM.
    conditions : tuple of str
        All of them must hold; empty ones mean nothing.
    query : str
        The person's own query, run as it is when nothing narrows it, so that its ORDER BY holds.
    whole : bool
        Whether all columns of the relation are asked for.
    """

    columns: tuple[SourceColumn, ...]
    relation: str
    conditions: tuple[str, ...] = ()
    query: str = ""
    whole: bool = False

    def statement(self) -> str:
        """The SQL."""
        conditions = [condition for condition in self.conditions if condition]
        plain = not any(" AS " in column.select for column in self.columns)
        if self.query and self.whole and plain and not conditions:
            return self.query
        columns = ", ".join(column.select for column in self.columns)
        tail = f" WHERE {' AND '.join(f'({condition})' for condition in conditions)}" if conditions else ""
        return f"SELECT {columns} FROM {self.relation}{tail}"


def wanted(columns: Sequence[SourceColumn], extract: Extract) -> tuple[SourceColumn, ...]:
    """Columns to be brought: those that the person names and those that must come along, or all.

    Raises
    ------
    InputError
        When a column that the person names is not there.
    """
    include, names = extract.settings.include, [column.name for column in columns]
    for name in include:
        require(name, names, "column to use")
    asked = {*include, *extract.keep}
    return tuple(column for column in columns if not include or column.name in asked)


def share_to_draw(rows: int, there: int) -> float:
    """Share of the rows to draw so that, nearly always, at least as many come as are wanted.

    Examples
    --------
    >>> share_to_draw(1000, 500)
    1.0
    >>> round(share_to_draw(10_000, 1_000_000), 4)
    0.0104
    """
    if rows >= there:
        return 1.0
    return min(1.0, (rows + _MARGIN * math.sqrt(rows) + 1) / there)
