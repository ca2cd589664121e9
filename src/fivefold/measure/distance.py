"""How far two histograms lie apart, and how far chance alone would put them.

A distance without its chance level is what makes drift monitors cry wolf: with 100 rows and 20 categories the distance
of a sample from its own population passes every usual threshold. So each distance comes with the distribution that it
would have if both samples came from one population.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

__all__ = ["Categories", "category_distances_by_chance", "distances_by_chance", "jensen_shannon"]

_CELLS = 1_000_000
"""Numbers that are held in memory at once while drawing."""


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
    first, second = _pairs(reference + window, int(reference.sum()), int(window.sum()), draws, generator)
    return jensen_shannon(first, second)


@dataclass(frozen=True, slots=True)
class Categories:
    """The categories of reference and window taken together, finer than the reference's bins.

    Attributes
    ----------
    together : array of shape (categories,)
        Rows of reference and window in each category.
    missing : float
        Rows of both without a value.
    reference, window : int
        Rows of each, the missing ones included.
    named : int
        Categories that a reference names at most; it counts the others together.
    """

    together: Floats
    missing: float
    reference: int
    window: int
    named: int


def category_distances_by_chance(both: Categories, *, draws: int, generator: np.random.Generator) -> Floats:
    """Distances by chance where the reference itself chose which categories get a bin.

    A reference names its most frequent categories, and what it never met falls in with the others. Both favour the
    reference: its named categories were lucky, and its others lack what only the window met. So each drawn reference names
    its own categories anew; without that, a column of many rare categories would seem to drift for ever.

    Parameters
    ----------
    both : Categories
    draws : int
    generator : numpy.random.Generator

    Returns
    -------
    array of shape (draws,)
    """
    pooled = np.append(both.together, both.missing)
    batch = max(1, _CELLS // pooled.size)
    distances = []
    for start in range(0, draws, batch):
        size = min(batch, draws - start)
        first, second = _pairs(pooled, both.reference, both.window, size, generator)
        distances.append(jensen_shannon(*_named_by_the_first(first, second, both.named)))
    return np.concatenate(distances)


def _pairs(
    pooled: NDArray[np.generic], reference: int, window: int, draws: int, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw references and windows from one population."""
    population = pooled.astype(np.float64) / pooled.sum()
    first = generator.multinomial(reference, population, size=draws)
    second = generator.multinomial(window, population, size=draws)
    return first.astype(np.float64), second.astype(np.float64)


def _named_by_the_first(first: Floats, second: Floats, named: int) -> tuple[Floats, Floats]:
    """Keep the first's most frequent categories, and count all others together; the last column stays as it is."""
    categories = first.shape[1] - 1
    if named < categories:
        order = np.argpartition(-first[:, :-1], named - 1, axis=1)[:, :named]
        kept = np.zeros((len(first), categories), dtype=bool)
        np.put_along_axis(kept, order, values=True, axis=1)
        kept &= first[:, :-1] > 0
    else:
        kept = first[:, :-1] > 0
    return _gathered(first, kept), _gathered(second, kept)


def _gathered(counts: Floats, kept: NDArray[np.bool_]) -> Floats:
    """Named categories, all others, missing."""
    others = np.where(kept, 0.0, counts[:, :-1]).sum(axis=1, keepdims=True)
    return np.concatenate([np.where(kept, counts[:, :-1], 0.0), others, counts[:, -1:]], axis=1)


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
