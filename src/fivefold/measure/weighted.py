"""Weighted rows: one implementation of a metric serves the plain figure (all weights 1) and the bootstrap (counts)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.protocols import Floats

    Figure: TypeAlias = "Callable[[Floats, Floats], Statistic]"
    """Takes truth (rows,) and scores (rows, outputs) and returns the metric of those predictions."""

__all__ = ["Statistic", "weighted_mean"]


class Statistic(Protocol):
    """A metric of fixed predictions, ready to be asked for many weightings of the rows."""

    def __call__(self, weights: Floats) -> Floats:
        """Return one figure per row of ``weights``, whose shape is (weightings, rows); NaN where it is undefined."""


def weighted_mean(values: Floats) -> Statistic:
    """The weighted mean of one value per row."""

    def statistic(weights: Floats) -> Floats:
        means: Floats = (weights @ values) / weights.sum(axis=1)
        return means

    return statistic
