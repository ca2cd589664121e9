"""Dependence: how a model's mean answer moves along single columns, as part of the Model artefact."""

from __future__ import annotations

from dataclasses import dataclass

from fivefold.core.artefacts.question import Role

__all__ = ["Dependence", "DependenceCurve"]


@dataclass(frozen=True, slots=True)
class DependenceCurve:
    """The mean answer when one column is set to the same value in all rows, for some of its values.

    Attributes
    ----------
    column : str
    role : Role
    places : tuple of float
        The values of a number, rising; empty for levels.
    levels : tuple of str
        The values of a category or a boolean, most frequent first, or of an ordinal, from low to high; empty for numbers.
    shares : tuple of float
        Share of the rows that have this level, or whose number lies nearest to this place. With the missing ones they come to
        less than 1 where there are rarer levels.
    means : tuple of tuple of float
        For each of the outputs, the mean answer at every place or level.
    missing : tuple of float
        For each of the outputs, the mean answer when the value is missing; empty where no row lacks it.
    missing_share : float
        Share of the rows that lack it.
    """

    column: str
    role: Role
    places: tuple[float, ...]
    levels: tuple[str, ...]
    shares: tuple[float, ...]
    means: tuple[tuple[float, ...], ...]
    missing: tuple[float, ...] = ()
    missing_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Dependence:
    """Partial dependence (Friedman, 2001) of the measured model on the columns that matter most.

    Attributes
    ----------
    rows : int
        Sealed rows whose answers are averaged.
    outputs : tuple of str
        The classes whose probabilities are averaged: the positive one of two, the three most frequent of more; empty for numbers.
    overall : tuple of float
        For each of the outputs, the mean answer to the rows as they are; empty when there was no time to ask for it.
    curves : tuple of DependenceCurve
        The most important column first.
    left_out : tuple of (str, str)
        Important columns that have no curve, and why.
    """

    rows: int
    outputs: tuple[str, ...]
    overall: tuple[float, ...]
    curves: tuple[DependenceCurve, ...]
    left_out: tuple[tuple[str, str], ...] = ()
