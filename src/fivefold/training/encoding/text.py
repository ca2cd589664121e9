"""Texts: which words and pairs are worth knowing, how rare they are, and the directions in which texts differ most.

Latent semantic analysis (Deerwester et al., 1990) over TF-IDF, with the randomised decomposition of Halko, Martinsson and Tropp (2011).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.encoding import TextPart
from fivefold.runtime.words import terms

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from fivefold.core.protocols import Floats

__all__ = ["fit_text"]

_TERMS = 5_000
_WIDTH = 32
_SMALL = 2_000
"""Rows below which a term that two texts share is worth knowing; above, it takes three."""
_SPARE = 8
"""Directions that are followed besides those that are kept."""
_PASSES = 4
_ROWS = 30_000
_CHARACTERS = 20_000_000


def fit_text(column: str, values: pl.Series, *, seed: int) -> tuple[TextPart, dict[str, NDArray[np.float32]]]:
    """Learn a text column.

    Parameters
    ----------
    column : str
    values : Series of String
        Training rows; very many or very long texts are sampled.
    seed : int

    Returns
    -------
    TextPart
        Its vocabulary may be empty: then only the counts of words and characters are left.
    dict of str to array
        ``idf`` (terms,) and ``components`` (terms, width), float32.
    """
    counted = [Counter(terms(text)) for text in _drawn(values, seed)]
    vocabulary = _vocabulary(counted, least=2 if len(values) < _SMALL else 3)
    width = min(_WIDTH, max(2, len(counted) // 25), len(vocabulary) - 1)
    if width < 1:
        empty = {"idf": np.zeros(0, np.float32), "components": np.zeros((0, 0), np.float32)}
        return TextPart(column, (), 0), empty
    counts = _matrix(counted, vocabulary)
    seen = np.bincount(counts.indices, minlength=len(vocabulary))
    idf = np.log((1 + len(counted)) / (1 + seen)) + 1
    components = _components(counts, idf, width, seed)
    arrays = {"idf": idf.astype(np.float32), "components": np.ascontiguousarray(components, np.float32)}
    return TextPart(column, vocabulary, width), arrays


def _drawn(values: pl.Series, seed: int) -> list[str]:
    """Texts to learn from."""
    texts: list[str] = values.drop_nulls().to_list()
    order = np.random.default_rng(seed).permutation(len(texts))[:_ROWS]
    lengths = np.cumsum([len(texts[row]) for row in order])
    enough = int(np.searchsorted(lengths, _CHARACTERS)) + 1
    return [texts[row] for row in np.sort(order[:enough])]


def _vocabulary(counted: list[Counter[str]], *, least: int) -> tuple[str, ...]:
    """Terms that enough texts hold, the most frequent ones if there are too many, in order of the alphabet."""
    holders = Counter(term for counts in counted for term in counts)
    frequent = sorted(
        (term for term in holders if holders[term] >= least), key=lambda term: (-holders[term], term)
    )
    return tuple(sorted(frequent[:_TERMS]))


def _matrix(counted: list[Counter[str]], vocabulary: tuple[str, ...]) -> csr_array:
    """Counts of the known terms, one row per text."""
    from scipy.sparse import csr_array

    places = {term: place for place, term in enumerate(vocabulary)}
    known = [
        [(places[term], count) for term, count in counts.items() if term in places] for counts in counted
    ]
    ends = np.cumsum([0] + [len(pairs) for pairs in known])
    columns = np.array([place for pairs in known for place, _ in pairs], dtype=np.intp)
    counts = np.array([count for pairs in known for _, count in pairs], dtype=np.float64)
    return csr_array((counts, columns, ends), shape=(len(counted), len(vocabulary)))


def _components(counts: csr_array, idf: Floats, width: int, seed: int) -> Floats:
    """Directions of most variation of the weighted, length-scaled texts; shape (terms, width)."""
    from scipy.sparse import diags_array

    weighted = counts.copy()
    weighted.data = (1 + np.log(weighted.data)) * idf[weighted.indices]
    lengths = np.sqrt(weighted.multiply(weighted).sum(axis=1))
    scaled = diags_array(1 / np.where(lengths > 0, lengths, 1.0)) @ weighted
    start = np.random.default_rng(seed).normal(size=(scaled.shape[1], width + _SPARE))
    basis, _ = np.linalg.qr(scaled @ start)
    for _ in range(_PASSES):
        turned, _ = np.linalg.qr(scaled.T @ basis)
        basis, _ = np.linalg.qr(scaled @ turned)
    _, _, directions = np.linalg.svd((scaled.T @ basis).T, full_matrices=False)
    found: Floats = directions[:width].T
    # A direction has no sign of its own: the largest entry becomes positive, so that equal tables give equal components.
    largest = found[np.abs(found).argmax(axis=0), np.arange(found.shape[1])]
    return found * np.where(largest < 0, -1.0, 1.0)
