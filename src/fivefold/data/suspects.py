"""Suspects: columns that may be the answer with a few wrong cells or a little noise, and how well they give it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.data.findings.hindsight import speaks_of_before

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable
    from fivefold.data.answer import Answer

__all__ = ["OVERWHELMING", "SUSPICIOUS", "TELLING", "near_copies"]

OVERWHELMING = 0.999
"""Score from which a column or a pair gives the answer away whatever else the table says."""
SUSPICIOUS = 0.995
"""Score from which the person is asked in any case."""
TELLING = 0.98
"""Score from which a column is held against the rest of the table: a copy of the answer with one wrong cell in fifty."""


def near_copies(
    table: CheckedTable, frame: pl.DataFrame, answer: Answer, phrases: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Find what may have been written from the answer.

    Parameters
    ----------
    table : CheckedTable
    frame : Frame
        Rows of it.
    answer : Answer
        Of these rows.
    phrases : mapping of str to float, optional
        How well words in the texts of a column give the answer.

    Returns
    -------
    dict of str to float
        The score of each, 0.98 or more.
    """
    copies = {}
    for column in table.contract.columns:
        if _can_be_a_copy(column, table):
            score = max(
                answer.score_coarsely(frame[column.name], column), (phrases or {}).get(column.name, 0.0)
            )
            if score >= TELLING:
                copies[column.name] = score
    return copies


def _can_be_a_copy(column: Column, table: CheckedTable) -> bool:
    """Whether a column might have been written from the answer: no date is, nor what was known before."""
    if column.role in {"identifier", "constant"} or column.kind == "datetime":
        return False
    return column.name != table.split.by and not speaks_of_before(column.name)
