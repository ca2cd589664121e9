"""How far two histograms lie apart, and how far chance alone would put them.

A distance without its chance level is what makes drift monitors cry wolf: with 100 rows and 20 categories the distance
of a sample from its own population passes every usual threshold. So each distance comes with the distribution that it
would have if both samples came from one population.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

__all__ = ["distances_by_chance", "jensen_shannon"]


def jensen_shannon(first: Floats, second: Floats) -> Floats:
    """Jensen-Shannon distance between histograms: square root of the divergence to base 2, from 0 to 1.

    Parameters
    ----------
    first, second : array of shape (..., bins)
        Counts or shares; each histogram is scaled to sum 1, and an empty one counts as all zeros.

    Returns
    -------
    array of shape (...)

    References
    ----------
    J. Lin, "Divergence measures based on the Shannon entropy", IEEE Transactions on Information Theory 37 (1991);
    that its square root is a metric: D. M. Endres and J. E. Schindelin, ibid. 49 (2003).

    Examples
    --------
    >>> float(jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])))
    1.0
    """
    one, other = _shares(first), _shares(second)
    middle = (one + other) / 2
    divergence = _entropy(middle) - (_entropy(one) + _entropy(other)) / 2
    distance: Floats = np.sqrt(np.clip(divergence, 0.0, 1.0))
    return distance


def distances_by_chance(
    reference: NDArray[np.int64], window: NDArray[np.int64], *, draws: int, generator: np.random.Generator
) -> Floats:
    """Distances that arise when reference and window are samples of one and the same population.

    The population is estimated from both samples together, which is what "no drift" says; from it a reference and a
    window of the observed sizes are drawn, so the noise of either is in the result.

    Parameters
    ----------
    reference, window : array of shape (bins,)
        Counts.
    draws : int
    generator : numpy.random.Generator

    Returns
    -------
    array of shape (draws,)
    """
    pooled = (reference + window).astype(np.float64)
    population = pooled / pooled.sum()
    first = generator.multinomial(int(reference.sum()), population, size=draws)
    second = generator.multinomial(int(window.sum()), population, size=draws)
    return jensen_shannon(first.astype(np.float64), second.astype(np.float64))


def _shares(counts: Floats) -> Floats:
    """Scale histograms to sum 1."""
    total = counts.sum(axis=-1, keepdims=True)
    shares: Floats = counts / np.where(total > 0, total, 1.0)
    return shares


def _entropy(shares: Floats) -> Floats:
    """Entropy in bits; empty bins add nothing."""
    bits = shares * np.log2(np.where(shares > 0, shares, 1.0))
    entropy: Floats = -bits.sum(axis=-1)
    return entropy
