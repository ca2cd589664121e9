"""Texts: which words and pairs are worth knowing, how rare they are, and the directions in which texts differ most.

Latent semantic analysis (Deerwester et al., 1990) over TF-IDF, with the randomised decomposition of Halko, Martinsson and Tropp (2011).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.encoding import TextPart
from fivefold.training.encoding.scores import fit_scores
from fivefold.training.encoding.words import counted, drawn, vocabulary_of, weighted

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from fivefold.core.protocols import Floats
    from fivefold.training.encoding.rates import Outcomes

__all__ = ["fit_text"]

_WIDTH = 32
_SMALL = 2_000
"""Rows below which a term that two texts share is worth knowing; above, it takes three."""
_SPARE = 8
"""Directions that are followed besides those that are kept."""
_PASSES = 4
_LEAST_SCORED = 100
"""Texts from which what single words say about the target is more than chance."""


def fit_text(
    column: str, values: pl.Series, outcomes: Outcomes | None, *, seed: int
) -> tuple[TextPart, dict[str, NDArray[np.float32]]]:
    """Learn a text column.

    Parameters
    ----------
    column : str
    values : Series of String
        Training rows; very many or very long texts are sampled.
    outcomes : Outcomes or None
        The target of the same rows, for scores; None for no scores.
    seed : int

    Returns
    -------
    TextPart
        Its vocabulary may be empty: then only the counts of words and characters are left.
    dict of str to array
        ``idf`` (terms,) and ``components`` (terms, width + scores), float32.
    """
    rows = drawn(values, seed=seed)
    texts: list[str] = values.gather(rows).to_list()
    vocabulary = vocabulary_of(texts, least=2 if len(values) < _SMALL else 3)
    width = min(_WIDTH, max(2, len(texts) // 25), len(vocabulary) - 1)
    if width < 1:
        empty = {"idf": np.zeros(0, np.float32), "components": np.zeros((0, 0), np.float32)}
        return TextPart(column, (), 0), empty
    counts = counted(texts, vocabulary)
    seen = np.bincount(counts.indices, minlength=len(vocabulary))
    idf = np.log((1 + len(texts)) / (1 + seen)) + 1
    scaled = weighted(counts, idf)
    components, scores = _components(scaled, width, seed), 0
    if outcomes is not None and len(texts) >= _LEAST_SCORED:
        learned = fit_scores(scaled, outcomes.values[rows], outcomes.weight_at(rows))
        components, scores = np.concatenate([components, learned], axis=1), learned.shape[1]
    arrays = {"idf": idf.astype(np.float32), "components": np.ascontiguousarray(components, np.float32)}
    return TextPart(column, vocabulary, width, scores), arrays


def _components(scaled: csr_array, width: int, seed: int) -> Floats:
    """Directions of most variation of the weighted, length-scaled texts; shape (terms, width)."""
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
