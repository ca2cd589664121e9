"""Contributions: how much each column adds to the scores of single rows, as part of the Model artefact."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ColumnContribution", "Contributions"]


@dataclass(frozen=True, slots=True)
class ColumnContribution:
    """What one column contributes.

    Attributes
    ----------
    column : str
    mean : float
        Mean of the absolute contributions; of several classes over the classes too.
    points : tuple of (float, float or None)
        Of some rows the contribution, and the value's place among the values from 0 (lowest) to 1; None for a missing value and for
        values without an order. Only of the columns that contribute most, for one score; none of personal columns.
    """

    column: str
    mean: float
    points: tuple[tuple[float, float | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Contributions:
    """Exact Shapley values of the measured model on some sealed rows, by source column.

    Attributes
    ----------
    rows : int
    unit : str
        ``log odds``, for several classes each less their mean, or ``number``.
    base : float
        What is said of a row of which nothing is known; 0 for several classes.
    share : float
        Share of the blend's weight that is explained: that of the members whose contributions are exact.
    off : float
        Mean distance between base plus contributions and the score of the whole blend. For numbers it is 0 where the share is 1;
        for classes it also holds what is lost because the blend averages probabilities, not log odds.
    columns : tuple of ColumnContribution
        The one with the largest mean first.
    left_out : tuple of str
        Names of the members that are not explained.
    """

    rows: int
    unit: str
    base: float
    share: float
    off: float
    columns: tuple[ColumnContribution, ...]
    left_out: tuple[str, ...] = ()
