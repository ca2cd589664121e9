"""Threshold: from which probability on the positive class is the better label, by a metric that judges labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

    Flags = NDArray[np.bool_]

__all__ = ["tune_threshold"]

_PARTS = 10
_LEAST = 20
"""Rows of the rarer class, below which no threshold can be told from luck."""


def tune_threshold(metric: str, truth: Floats, chance: Floats) -> float | None:
    """Choose a threshold on out-of-fold probabilities; None when it does not beat one half on rows that it did not see.

    Parameters
    ----------
    metric : str
        ``accuracy`` or ``f1``.
    truth : array, shape (rows,)
        0 or 1.
    chance : array, shape (rows,)
        Probability of the positive class.

    Returns
    -------
    float or None
        The middle of those chosen without a tenth of the rows each: a single best one depends on luck.
    """
    positive = truth == 1
    if min(int(positive.sum()), int((~positive).sum())) < _LEAST:
        return None
    part = np.random.default_rng(0).permutation(truth.size) % _PARTS
    cuts = [_best(metric, positive[part != number], chance[part != number]) for number in range(_PARTS)]
    gains = [
        _figure(metric, positive[part == number], chance[part == number] > cut)
        - _figure(metric, positive[part == number], chance[part == number] > 0.5)
        for number, cut in enumerate(cuts)
    ]
    error = float(np.std(gains, ddof=1)) / np.sqrt(_PARTS)
    return float(np.median(cuts)) if np.mean(gains) > error else None


def _best(metric: str, positive: Flags, chance: Floats) -> float:
    """The threshold with the highest figure on these rows."""
    order = np.argsort(-chance, kind="stable")
    hits = np.cumsum(positive[order])
    taken = np.arange(1, order.size + 1)
    total = hits[-1]
    figures = 2.0 * hits / (taken + total) if metric == "f1" else hits + (order.size - taken) - (total - hits)
    ordered = chance[order]
    last = np.append(ordered[1:] < ordered[:-1], True)  # equal scores are on one side together
    place = int(np.argmax(np.where(last, figures, -np.inf)))
    below = ordered[place + 1] if place + 1 < order.size else 0.0
    return float((ordered[place] + below) / 2)


def _figure(metric: str, positive: Flags, said: Flags) -> float:
    """The metric of these labels."""
    if metric == "accuracy":
        return float((positive == said).mean())
    both = int(positive.sum()) + int(said.sum())
    return 2.0 * int((positive & said).sum()) / both if both else 0.0
