"""Association: how much one column alone says about the target, on one scale for all kinds of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

    Codes = NDArray[np.intp]

__all__ = ["association", "binned"]

_BINS = 12


def association(codes: Codes, target: Floats, classes: int) -> float | None:
    """Strength of the link between a column in bins and the target.

    For classes it is Cramer's V with the bias correction of Bergsma (2013); for numbers the correlation ratio, the square
    root of epsilon squared (Kelley, 1935). Both are about 0 for independent columns, however many bins there are.

    Parameters
    ----------
    codes : array of int, shape (rows,)
        Bin or category of each row, from 0; a missing value is a bin of its own.
    target : array, shape (rows,)
        Class positions, or numbers.
    classes : int
        Number of classes; 0 for a number.

    Returns
    -------
    float or None
        From 0 to 1; None where there are too few rows, one bin, or one value of the target.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.repeat([0, 1], 50)
    >>> association(codes, codes * 1.0, 2), association(codes, np.tile([0.0, 1.0], 50), 2)
    (1.0, 0.0)
    """
    rows = codes.size
    _, codes = np.unique(codes, return_inverse=True)
    bins = int(codes.max()) + 1 if rows else 0
    if bins < 2 or rows <= bins + 1:
        return None
    strength = _classes(codes, bins, target.astype(np.intp)) if classes else _numbers(codes, bins, target)
    return None if strength is None else float(min(1.0, np.sqrt(max(0.0, strength))))


def binned(numbers: Floats, bins: int = _BINS) -> Codes:
    """Bins of about equal numbers of rows; missing values (NaN) in a bin of their own."""
    known = np.isfinite(numbers)
    if not known.any():
        return np.zeros(numbers.size, np.intp)
    edges = np.unique(np.quantile(numbers[known], np.arange(1, bins) / bins))
    codes = np.searchsorted(edges, np.where(known, numbers, 0.0), side="left")
    return np.where(known, codes, edges.size + 1).astype(np.intp)


def _classes(codes: Codes, bins: int, target: Codes) -> float | None:
    """The squared V, less what chance alone gives."""
    _, target = np.unique(target, return_inverse=True)
    classes, rows = int(target.max()) + 1, codes.size
    if classes < 2:
        return None
    table = np.bincount(codes * classes + target, minlength=bins * classes).reshape(bins, classes)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / rows
    phi = float(((table - expected) ** 2 / expected).sum()) / rows
    chance = (bins - 1) * (classes - 1) / (rows - 1)
    sides = (bins - (bins - 1) ** 2 / (rows - 1), classes - (classes - 1) ** 2 / (rows - 1))
    return max(0.0, phi - chance) / max(1e-12, min(sides) - 1)


def _numbers(codes: Codes, bins: int, target: Floats) -> float | None:
    """Epsilon squared: the share of variance between bins, less what chance alone gives."""
    rows, centred = codes.size, target - target.mean()
    total = float((centred**2).sum())
    if total <= 0:
        return None
    counts = np.bincount(codes, minlength=bins)
    sums = np.bincount(codes, weights=centred, minlength=bins)
    between = float((sums**2 / counts).sum())
    return 1 - (total - between) / (rows - bins) / (total / (rows - 1))
