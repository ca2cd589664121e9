"""Reliability: how far what is said lies from what happens, and what of the Brier score is due to that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

__all__ = ["BrierParts", "bins_of", "brier_parts", "calibration_curve", "calibration_error", "told"]

_BINS = 15
_POINTS = 10
"""Bins of a calibration curve."""


@dataclass(frozen=True, slots=True)
class BrierParts:
    """The Brier score and what it is made of (Murphy, 1973): ``score`` is about ``reliability - resolution + uncertainty``.

    Attributes
    ----------
    score : float
        Mean squared distance of the probabilities from what happened, summed over classes; of two classes the second's.
    reliability : float
        How far they lie from what happens, squared; 0 is perfect.
    resolution : float
        How well they tell rows apart; the more the better.
    uncertainty : float
        What is left when nothing is known of a row.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float


def calibration_error(truth: Floats, scores: Floats) -> float:
    """Mean distance between what was said and what happened, over bins of about equal numbers of rows.

    Of two classes the second's probability is judged; of more the most probable one's.

    Parameters
    ----------
    truth : array, shape (rows,)
        Positions of the classes.
    scores : array, shape (rows, classes)

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.arange(100.0) % 2
    >>> round(calibration_error(truth, np.full((100, 2), [0.3, 0.7])), 3)
    0.2
    """
    rows, means, shares = _binned(*told(truth, scores), _BINS)
    return float((rows * np.abs(means - shares)).sum() / rows.sum())


def calibration_curve(truth: Floats, scores: Floats) -> tuple[tuple[float, float, int], ...]:
    """Mean of what was said, mean of what happened, and rows, of about ten bins of about equal numbers of rows.

    Parameters
    ----------
    truth : array, shape (rows,)
        Positions of the classes, or numbers.
    scores : array, shape (rows, outputs)

    Examples
    --------
    >>> import numpy as np
    >>> calibration_curve(np.arange(100.0) % 2, np.full((100, 2), 0.5))
    ((0.5, 0.5, 100),)
    """
    rows, means, shares = _binned(*told(truth, scores), _POINTS)
    return tuple(zip(means.tolist(), shares.tolist(), rows.tolist(), strict=True))


def told(truth: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """What was said of each row, and what happened.

    Of two classes the second's probability, and whether it was the true one; of more the most probable one's, and whether that
    was true; of numbers the prediction and the true value.

    Parameters
    ----------
    truth : array, shape (rows,)
    scores : array, shape (rows, outputs)
    """
    outputs = scores.shape[1]
    if outputs <= 2:
        return scores[:, -1], truth
    return scores.max(axis=1), (scores.argmax(axis=1) == truth).astype(np.float64)


def brier_parts(truth: Floats, scores: Floats) -> BrierParts:
    """Take the Brier score apart; parameters are those of :func:`calibration_error`.

    Examples
    --------
    >>> import numpy as np
    >>> brier_parts(np.arange(100.0) % 2, np.full((100, 2), 0.5))
    BrierParts(score=0.25, reliability=0.0, resolution=0.0, uncertainty=0.25)
    """
    total = np.zeros(4)
    for label in range(1 if scores.shape[1] == 2 else 0, scores.shape[1]):
        said, happened = scores[:, label], (truth == label).astype(np.float64)
        rows, means, shares = _binned(said, happened, _BINS)
        base, weights = happened.mean(), rows / rows.sum()
        total += (
            ((said - happened) ** 2).mean(),
            (weights * (means - shares) ** 2).sum(),
            (weights * (shares - base) ** 2).sum(),
            base * (1 - base),
        )
    return BrierParts(*map(float, total))


def bins_of(said: Floats, bins: int) -> NDArray[np.intp]:
    """Return the bin of each row: about so many, with about equal numbers of rows; what is equal shares a bin.

    Parameters
    ----------
    said : array, shape (rows,)
    bins : int

    Examples
    --------
    >>> import numpy as np
    >>> bins_of(np.array([0.1, 0.2, 0.8, 0.9]), 2).tolist()
    [0, 0, 1, 1]
    """
    edges = np.unique(np.quantile(said, np.arange(1, bins) / bins))
    return np.searchsorted(edges, said, side="left")


def _binned(said: Floats, happened: Floats, bins: int) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Rows, mean of what was said, and share that happened, of each bin."""
    place = bins_of(said, bins)
    rows = np.bincount(place)
    filled = rows > 0
    means, shares = (np.bincount(place, weights=values)[filled] / rows[filled] for values in (said, happened))
    return rows[filled], means, shares
