"""Fairness: how the model treats the groups of a column that the person named, as part of the Evaluation."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Disparity", "Fairness", "FairnessGroup", "GroupFigure"]


@dataclass(frozen=True, slots=True)
class GroupFigure:
    """One figure of one group.

    Attributes
    ----------
    name : str
        ``selection_rate`` (share predicted positive), ``true_positive_rate``, ``false_positive_rate``, ``mean_error`` (predicted
        less true), or a metric.
    value : float or None
        None where the group has too few rows that it speaks of.
    low, high : float or None
        Ends of its 95 % bootstrap interval.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class FairnessGroup:
    """Sealed rows of one category, or one quarter of the numbers, of a column.

    Attributes
    ----------
    value : str
    rows : int
    figures : tuple of GroupFigure
        Empty for a group that is too small to be compared.
    """

    value: str
    rows: int
    figures: tuple[GroupFigure, ...] = ()


@dataclass(frozen=True, slots=True)
class Disparity:
    """How far apart the two groups are that are furthest apart.

    Attributes
    ----------
    name : str
        ``demographic_parity_difference``, ``demographic_parity_ratio``, ``equalized_odds_difference`` as Fairlearn defines
        them, or a figure's name and ``_difference``.
    value : float
    low, high : float
        Ends of the 95 % bootstrap interval of the difference, or the ratio, of these two groups.
    lowest, highest : str
        The groups with the lowest and with the highest figure.
    chance : float or None
        What the largest difference reaches in 95 of 100 draws where all groups are treated alike; None for ratios.
    beyond : bool
        Whether the difference is larger than that.
    """

    name: str
    value: float
    low: float
    high: float
    lowest: str
    highest: str
    chance: float | None = None
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class Fairness:
    """The groups of one column on the sealed rows.

    Attributes
    ----------
    column : str
    groups : tuple of FairnessGroup
        Those that are compared first, the largest before the others; quarters of numbers from low to high.
    disparities : tuple of Disparity
        Empty where fewer than two groups can be compared.
    """

    column: str
    groups: tuple[FairnessGroup, ...]
    disparities: tuple[Disparity, ...]
