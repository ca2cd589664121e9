"""Chance, when many columns are looked at: false discoveries, and values that training happened not to see."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["at_least_by_chance", "false_discovery_rates", "new_values_by_chance"]


def false_discovery_rates(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust p-values for the number of tests, after Benjamini and Hochberg.

    Calling everything below 0.05 a discovery keeps the expected share of false ones among them at or below 5 %; when
    nothing is there at all, the chance of calling anything is 5 %.

    Parameters
    ----------
    p_values : sequence of float

    Returns
    -------
    tuple of float
        Adjusted values in the same order.

    References
    ----------
    Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", JRSS B 57 (1995).

    Examples
    --------
    >>> false_discovery_rates([0.01, 0.5, 0.02])
    (0.03, 0.5, 0.03)
    """
    values = np.asarray(p_values, dtype=np.float64)
    if values.size == 0:
        return ()
    order = np.argsort(values, kind="stable")
    scaled = values[order] * values.size / np.arange(1, values.size + 1)
    adjusted = np.minimum.accumulate(scaled[::-1])[::-1]
    result = np.empty_like(values)
    result[order] = np.minimum(adjusted, 1.0)
    return tuple(float(value) for value in result)


def new_values_by_chance(found: int, rows: int, seen: int, at_the_edge: int) -> float:
    """Chance that at least ``found`` of ``rows`` new rows show something that ``seen`` earlier rows did not.

    Even without any change a fresh row now and then falls outside: above the largest of N earlier numbers or below the
    smallest with probability 2 / (N + 1), and into a category that nobody has met about as often as there were categories
    met only once (I. J. Good, Biometrika 40, 1953). As that probability is itself uncertain, the number of such rows is
    beta-binomial.

    Parameters
    ----------
    found, rows : int
        Rows outside, and rows of the window that have a value.
    seen : int
        Rows of the reference that have a value.
    at_the_edge : int
        2 for a range; 1 + the number of categories met once for a list.

    Returns
    -------
    float

    Examples
    --------
    >>> round(new_values_by_chance(1, 50, 1000, 2), 3)
    0.093
    """
    if found <= 0:
        return 1.0
    first, second = float(at_the_edge), float(max(seen + 1 - at_the_edge, 1))
    start = _log_beta(first, rows + second) - _log_beta(first, second)
    step = np.arange(found - 1, dtype=np.float64)
    ratios = np.log((rows - step) * (step + first)) - np.log((step + 1) * (rows - step - 1 + second))
    fewer = np.exp(start + np.concatenate([[0.0], np.cumsum(ratios)]))
    return float(np.clip(1.0 - fewer.sum(), 0.0, 1.0))


def at_least_by_chance(found: int, trials: int, rate: float) -> float:
    """Chance of at least ``found`` events in so many trials that each bring one with probability ``rate``.

    Examples
    --------
    >>> round(at_least_by_chance(2, 3, 0.01), 6)
    0.000298
    """
    if found <= 0:
        return 1.0
    step = np.arange(found - 1, dtype=np.float64)
    ratios = np.log(trials - step) - np.log(step + 1) + math.log(rate) - math.log1p(-rate)
    fewer = np.exp(trials * math.log1p(-rate) + np.concatenate([[0.0], np.cumsum(ratios)]))
    return float(np.clip(1.0 - fewer.sum(), 0.0, 1.0))


def _log_beta(first: float, second: float) -> float:
    """Logarithm of the beta function."""
    return math.lgamma(first) + math.lgamma(second) - math.lgamma(first + second)
