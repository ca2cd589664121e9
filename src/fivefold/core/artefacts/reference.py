"""Reference: a sketch of the training rows and scores, small enough to travel in the bundle."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["ColumnReference", "OutOfFold", "Reference"]


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
class OutOfFold:
    """What the model answers of rows that had not taught it, and what was true of them.

    All of it is empty in bundles of earlier versions, and where the target is marked personal. There is no feature in it, no
    key and no order.

    Attributes
    ----------
    rows : int
        Rows that were judged out of fold; the curve is of all of them.
    calibration : tuple of (float, float, int)
        Mean of what was said, mean of what happened, and rows of about ten bins of about equal size. Binary: the probability
        of the positive class, and the share that was of it. Multiclass: the probability of the most probable class, and the
        share in which it was the true one. Regression: the prediction, and the mean of the true values.
    truth : tuple of float
        Of up to 1,000 rows, drawn at random (fewer for more than 20 classes: 20,000 scores at most): the position of the true
        class, or the true value.
    labels : tuple of int
        Of the same rows: the position of the class that is the answer; empty for regression.
    scores : tuple of tuple of float
        Of the same rows: every output, after recalibration.
    """

    rows: int = 0
    calibration: tuple[tuple[float, float, int], ...] = ()
    truth: tuple[float, ...] = ()
    labels: tuple[int, ...] = ()
    scores: tuple[tuple[float, ...], ...] = ()


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
    out_of_fold : OutOfFold
    """

    columns: tuple[ColumnReference, ...]
    score: ColumnReference
    out_of_fold: OutOfFold = field(default_factory=OutOfFold)
