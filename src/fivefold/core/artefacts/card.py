"""Card: one column as a person would want to see it, small enough that a table of thousands keeps one for each."""

from __future__ import annotations

from dataclasses import dataclass

from fivefold.core.artefacts.question import Role

__all__ = ["ColumnCard"]


@dataclass(frozen=True, slots=True)
class ColumnCard:
    """One column of the training rows.

    Attributes
    ----------
    name : str
    role : Role
    rows : int
        Rows looked at: a draw where there are many.
    missing : int
        Those without a value.
    distinct : int
        Different values among them.
    edges : tuple of float
        Ends of the bins of a number, ascending, the outer ones included (dates as seconds since 1970, texts by their number
        of words): the outermost bins also hold what lies beyond. Empty for categories.
    categories : tuple of str
        The most frequent ones, at most 8, or the levels of an ordinal; empty for numbers.
    counts : tuple of int
        Rows per bin or category; after the categories, one more for all others.
    examples : tuple of str
        At most 3 different values; none where they may tell about a person.
    association : float or None
        How much the column alone says about the target, from 0 to 1: the bias-corrected Cramer's V for classes, the
        correlation ratio for numbers. None where it cannot be told.
    """

    name: str
    role: Role
    rows: int
    missing: int
    distinct: int
    edges: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    examples: tuple[str, ...] = ()
    association: float | None = None
