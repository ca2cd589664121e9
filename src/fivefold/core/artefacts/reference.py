"""Reference: a sketch of the training rows and scores, small enough to travel in the bundle."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ColumnReference", "Reference"]


@dataclass(frozen=True, slots=True)
class ColumnReference:
    """How one column, or the score, was distributed in training.

    Attributes
    ----------
    name : str
    rows : int
        Rows looked at, the missing ones included.
    missing : int
        Rows without a value.
    edges : tuple of float
        Inner edges of the bins of a number, ascending (dates as seconds since 1970, UTC; texts by their number of words);
        empty for categories.
    categories : tuple of str
        Names of the bins of a category, most frequent first; empty for numbers.
    counts : tuple of int
        Rows per bin: ``len(edges) + 1`` bins for numbers, bin k holding ``edges[k-1] < x <= edges[k]``;
        ``len(categories) + 1`` for categories, the last for every other value. Missing rows are in no bin.
    """

    name: str
    rows: int
    missing: int
    edges: tuple[float, ...]
    categories: tuple[str, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """The sketch of a training table.

    Attributes
    ----------
    columns : tuple of ColumnReference
        One per column of the contract, in its order.
    score : ColumnReference
        Of the prediction on the sealed part: probability of the positive class (binary), the predicted class
        (multiclass, as a category), or the value (regression). Named ``(score)``.
    """

    columns: tuple[ColumnReference, ...]
    score: ColumnReference
