"""Text scores: what a linear model on the words of a text says about the target, and its cross-fitted form.

The few directions in which texts differ most say little about words that are rare but telling; a ridge regression on all
words (Hoerl and Kennard, 1970) does. As with rates, rows that a model learns from get the score of the other inner folds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.encoding import TextPart
from fivefold.runtime.parts.text import TextEncoder
from fivefold.training.encoding.words import counted, drawn, weighted

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from fivefold.core.protocols import Floats
    from fivefold.training.encoding.rates import Outcomes

__all__ = ["crossfitted_scores", "fit_scores"]

_PENALTY = 1.0
"""Of the squared weights, beside texts of length 1."""
_STEPS = 50


def fit_scores(texts: csr_array, values: Floats, weight: Floats | None = None) -> Floats:
    """Learn the weights of terms.

    Parameters
    ----------
    texts : csr_array
        Shape (rows, terms): each row of length 1.
    values : Floats
        Shape (rows, outputs).
    weight : Floats, optional
        How much each row counts.

    Returns
    -------
    Floats
        Shape (terms, outputs); the constant is left out.
    """
    from scipy.sparse.linalg import lsqr

    centred = values - np.average(values, axis=0, weights=weight)
    if weight is not None:
        root = np.sqrt(weight)[:, None]
        texts, centred = texts.multiply(root).tocsr(), centred * root
    damp = _PENALTY**0.5
    columns = [lsqr(texts, column, damp=damp, iter_lim=_STEPS, atol=1e-4)[0] for column in centred.T]
    return np.stack(columns, axis=1)


def crossfitted_scores(
    part: TextPart, idf: NDArray[np.float32], values: pl.Series, outcomes: Outcomes
) -> Floats:
    """Scores of the rows themselves, each from the other inner folds.

    Parameters
    ----------
    part : TextPart
        As it was learned from these rows.
    idf : array of float32, shape (terms,)
    values : Series of String, one per row
    outcomes : Outcomes

    Returns
    -------
    Floats
        Shape (rows, outputs).
    """
    rows = drawn(values, seed=0)
    texts = weighted(counted(values.gather(rows).to_list(), part.vocabulary), idf)
    folds = int(outcomes.inner.max()) + 1
    learned = [
        fit_scores(texts[kept], outcomes.values[rows[kept]], outcomes.weight_at(rows[kept]))
        if (kept := np.flatnonzero(outcomes.inner[rows] != fold)).size
        else np.zeros((len(part.vocabulary), part.scores))
        for fold in range(folds)
    ]
    components = np.concatenate(learned, axis=1).astype(np.float32)
    wide = TextPart(part.column, part.vocabulary, 0, folds * part.scores)
    encoder = TextEncoder(wide, 0, {"0.idf": idf, "0.components": components})
    scores = encoder.encode_series(values)[:, : folds * part.scores].reshape(-1, folds, part.scores)
    return np.take_along_axis(scores, outcomes.inner[:, None, None], axis=1)[:, 0]
