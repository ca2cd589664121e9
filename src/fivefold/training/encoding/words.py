"""Texts as weighted counts of their words and pairs: which texts are learned from, which terms, and how each term weighs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.words import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from fivefold.core.protocols import Floats

__all__ = ["counted", "drawn", "vocabulary_of", "weighted"]

_TERMS = 5_000
_ROWS = 30_000
_CHARACTERS = 20_000_000


def drawn(values: pl.Series, *, seed: int) -> NDArray[np.intp]:
    """Places of the texts to learn from: all that are there, or as many as time bears, in their order."""
    known = values.is_not_null().arg_true().to_numpy().astype(np.intp)
    order = np.random.default_rng(seed).permutation(known)[:_ROWS]
    lengths = np.cumsum(values.str.len_chars().gather(order).to_numpy())
    enough = int(np.searchsorted(lengths, _CHARACTERS)) + 1
    return np.sort(order[:enough])


def vocabulary_of(texts: Sequence[str], *, least: int) -> tuple[str, ...]:
    """Terms that enough texts hold, the most frequent ones if there are too many, in order of the alphabet."""
    holders = Counter(term for text in texts for term in set(terms(text)))
    frequent = sorted(
        (term for term in holders if holders[term] >= least), key=lambda term: (-holders[term], term)
    )
    return tuple(sorted(frequent[:_TERMS]))


def counted(texts: Sequence[str], vocabulary: tuple[str, ...]) -> csr_array:
    """Counts of the known terms, one row per text."""
    from scipy.sparse import csr_array

    places = {term: place for place, term in enumerate(vocabulary)}
    known = [Counter(places[term] for term in terms(text) if term in places) for text in texts]
    ends = np.cumsum([0] + [len(counts) for counts in known])
    columns = np.array([place for counts in known for place in counts], dtype=np.intp)
    numbers = np.array([number for counts in known for number in counts.values()], dtype=np.float64)
    return csr_array((numbers, columns, ends), shape=(len(texts), len(vocabulary)))


def weighted(counts: csr_array, idf: Floats | NDArray[np.float32]) -> csr_array:
    """Weigh counts and scale each row to length 1; a row without known terms stays empty."""
    from scipy.sparse import diags_array

    heavy = counts.copy()
    heavy.data = (1 + np.log(heavy.data)) * idf[heavy.indices]
    lengths = np.sqrt(heavy.multiply(heavy).sum(axis=1))
    scaled: csr_array = (diags_array(1 / np.where(lengths > 0, lengths, 1.0)) @ heavy).tocsr()
    return scaled
