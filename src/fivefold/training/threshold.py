"""Threshold: from which probability on the positive class is the better label, by a metric of labels or by what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats
    from fivefold.runtime.costs import Costs

    Flags = NDArray[np.bool_]

    Figure: TypeAlias = Callable[[Floats], Floats]
    """Takes positives found, positives missed, others taken for them and others left, shape (4, thresholds)."""

__all__ = ["cheapest_threshold", "tune_threshold"]

_PARTS = 10
_TINY = 1e-300
"""Keeps 0 / 0 at 0."""
_LEAST = 20
"""Rows of the rarer class, below which no threshold can be told from luck."""


def tune_threshold(metric: str, truth: Floats, chance: Floats, weight: Floats | None = None) -> float | None:
    """Choose a threshold on out-of-fold probabilities; None when it does not beat one half on rows that it did not see.

    Parameters
    ----------
    metric : str
        One of :data:`fivefold.measure.metrics.TUNED`.
    truth : array, shape (rows,)
        0 or 1.
    chance : array, shape (rows,)
        Probability of the positive class.
    weight : array, shape (rows,), optional
        How much each row counts.

    Returns
    -------
    float or None
        The middle of those chosen without a tenth of the rows each: a single best one depends on luck.
    """
    return _tuned(_FIGURES[metric], truth, chance, 0.5, weight)


def cheapest_threshold(costs: Costs, truth: Floats, chance: Floats, weight: Floats | None = None) -> float:
    """Choose the threshold at which answers cost least.

    If the probabilities are right, it is where either answer costs the same in the mean. Another one is taken only if it costs
    less on rows that it did not see.

    Parameters
    ----------
    costs : tuple of tuple of float
        True classes down, answers across.
    truth, chance, weight : array, shape (rows,)
        As for :func:`tune_threshold`.

    Examples
    --------
    >>> few = np.array([0.0, 1.0])
    >>> cheapest_threshold(((0.0, 1.0), (3.0, 0.0)), few, few)
    0.25
    """
    (right_no, false_yes), (false_no, right_yes) = costs
    even = (false_yes - right_no) / (false_yes - right_no + false_no - right_yes)

    def saved(counts: Floats) -> Floats:
        spent = np.array([right_yes, false_no, false_yes, right_no]) @ counts
        mean: Floats = -spent / counts.sum(axis=0)
        return mean

    tuned = _tuned(saved, truth, chance, even, weight)
    return even if tuned is None else tuned


def _accuracy(counts: Floats) -> Floats:
    """Share of right labels."""
    shares: Floats = (counts[0] + counts[3]) / counts.sum(axis=0)
    return shares


def _f1(counts: Floats) -> Floats:
    """F1 of the positive class; 0 where nothing is positive and nothing is taken for it."""
    figures: Floats = 2.0 * counts[0] / np.maximum(2.0 * counts[0] + counts[1] + counts[2], 1.0)
    return figures


def _balanced_accuracy(counts: Floats) -> Floats:
    """Mean of the shares of positives and of others that are right."""
    found, missed, taken, left = counts
    both: Floats = (found / np.maximum(found + missed, _TINY) + left / np.maximum(taken + left, _TINY)) / 2
    return both


def _matthews(counts: Floats) -> Floats:
    """Correlation of truth and label; 0 where all labels are the same."""
    found, missed, taken, left = counts
    margins = (found + missed) * (taken + left) * (found + taken) * (missed + left)
    figures: Floats = (found * left - missed * taken) / np.sqrt(np.maximum(margins, _TINY))
    return figures


_FIGURES: dict[str, Figure] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _f1,
    "matthews_corrcoef": _matthews,
}


def _tuned(
    figure: Figure, truth: Floats, chance: Floats, usual: float, weight: Floats | None
) -> float | None:
    """The threshold of the highest figure, if that beats the usual one on rows left out."""
    positive = truth == 1
    if min(int(positive.sum()), int((~positive).sum())) < _LEAST:
        return None
    count = np.ones(truth.size) if weight is None else weight
    part = np.random.default_rng(0).permutation(truth.size) % _PARTS
    gains, cuts = [], []
    for number in range(_PARTS):
        left = part != number
        cut = _best(figure, positive[left], chance[left], count[left])
        held = positive[~left], chance[~left], count[~left]
        cuts.append(cut)
        gains.append(_at(figure, *held, cut) - _at(figure, *held, usual))
    error = float(np.std(gains, ddof=1)) / np.sqrt(_PARTS)
    return float(np.median(cuts)) if np.mean(gains) > error else None


def _best(figure: Figure, positive: Flags, chance: Floats, count: Floats) -> float:
    """The threshold with the highest figure on these rows; above all of them if it is best to take none."""
    order = np.argsort(-chance, kind="stable")
    ordered = chance[order]
    hits = np.concatenate(([0.0], np.cumsum((positive * count)[order])))
    taken = np.concatenate(([0.0], np.cumsum(count[order])))
    figures = figure(_counts(hits, taken))
    above, below = np.append(1.0, ordered), np.append(ordered, 0.0)
    apart = below < above  # equal scores are on one side together
    apart[0] = True
    place = int(np.argmax(np.where(apart, figures, -np.inf)))
    return float((above[place] + below[place]) / 2)


def _at(figure: Figure, positive: Flags, chance: Floats, count: Floats, cut: float) -> float:
    """The figure of the labels that a threshold gives."""
    said = chance > cut
    hits = np.array([count[said & positive].sum(), count[positive].sum()])
    return float(figure(_counts(hits, np.array([count[said].sum(), count.sum()])))[0])


def _counts(hits: Floats, taken: Floats) -> Floats:
    """Positives found and missed, others taken for them and left; the last place takes all rows."""
    wrong = taken - hits
    return np.stack([hits, hits[-1] - hits, wrong, wrong[-1] - wrong])
