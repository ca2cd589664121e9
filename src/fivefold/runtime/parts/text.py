"""Texts as components of their weighted words (latent semantic analysis; Deerwester et al., 1990)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.errors import ArtefactError
from fivefold.core.protocols import Feature
from fivefold.runtime.frames import distinct
from fivefold.runtime.parts.part import NAN
from fivefold.runtime.parts.rate import numbered
from fivefold.runtime.words import pairs, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats, Matrix
    from fivefold.runtime.encoding import TextPart
    from fivefold.runtime.values import Cleaned

__all__ = ["TextEncoder"]

_TEXTS = 4_096
"""Texts that are taken apart at once: their words take much memory."""


class TextEncoder:
    """Follows a :class:`~fivefold.runtime.encoding.TextPart`.

    Parameters
    ----------
    part : TextPart
    position : int
        Position of the part in its spec, which names the arrays.
    arrays : mapping of str to array

    Raises
    ------
    ArtefactError
        When an array is missing or of another shape.
    """

    def __init__(self, part: TextPart, position: int, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        self.column = part.column
        self.features = (
            *(Feature(f"{part.column} ~ {k}", part.column, "text") for k in range(1, part.width + 1)),
            *(
                Feature(f"{part.column} {name}", part.column, "rate")
                for name in numbered("score", part.scores)
            ),
            Feature(f"{part.column} (words)", part.column, "number"),
            Feature(f"{part.column} (characters)", part.column, "number"),
        )
        size, width = len(part.vocabulary), part.width + part.scores
        self._idf: list[float] = _array(arrays, f"{position}.idf", (size,)).tolist()
        self._components = _array(arrays, f"{position}.components", (size, width))
        self._rows = {term: row for row, term in enumerate(part.vocabulary)}
        self._empty = (0.0,) * width
        self._missing = (NAN,) * (width + 2)

    def encode_value(self, value: Cleaned) -> tuple[float, ...]:
        """Return components, scores and counts of one text."""
        if not isinstance(value, str):
            return self._missing
        found = words(value)
        return (*self._project(found), float(len(found)), float(len(value)))

    def encode_series(self, series: pl.Series) -> Floats:
        """Return the same of a column, one row each; equal texts are encoded once."""
        texts, positions = distinct(series)
        table = np.empty((len(texts) + 1, len(self.features)))
        table[-1] = NAN
        for start in range(0, len(texts), _TEXTS):
            part = slice(start, min(start + _TEXTS, len(texts)))
            found = [*map(words, texts[part])]
            table[part, :-2] = self._project_all(found)
            table[part, -2] = [*map(len, found)]
            table[part, -1] = [*map(len, texts[part])]
        return table[positions]  # a missing text's position is -1: the last row

    def _project(self, found: list[str]) -> tuple[float, ...]:
        """Weigh the known words and pairs and project them.

        The sum is taken term by term: a matrix product over many texts may add up in another order, and a row must get bit
        for bit what its batch got.
        """
        rows, weights = self._weighed(found)
        if not rows:
            return self._empty
        projected = self._components[rows] * np.array(weights, dtype=np.float32)[:, np.newaxis]
        return tuple(projected.sum(axis=0).tolist())

    def _project_all(self, found: Sequence[list[str]]) -> Matrix:
        """Do the same for many texts at once: first the first term of each, then the second of those that have one, and so on."""
        each = [self._weighed(text) for text in found]
        sizes = np.array([len(rows) for rows, _ in each], dtype=np.intp)
        projected = np.zeros((len(each), self._components.shape[1]), dtype=np.float32)
        if projected.shape[1] < 2:  # NumPy adds up a single column in another order
            for place, text in enumerate(found):
                projected[place] = self._project(text)
            return projected
        rows = np.array([row for rows, _ in each for row in rows], dtype=np.intp)
        weights = np.array([weight for _, weights in each for weight in weights], dtype=np.float32)
        order, starts = np.argsort(-sizes, kind="stable"), np.cumsum(sizes) - sizes
        longest_first = sizes[order]
        for term in range(int(sizes.max(initial=0))):
            some = order[: np.searchsorted(-longest_first, -term)]
            terms = starts[some] + term
            projected[some] += self._components[rows[terms]] * weights[terms, np.newaxis]
        return projected

    def _weighed(self, found: list[str]) -> tuple[list[int], list[float]]:
        """The rows of the known words and pairs, and their weights, whose squares add up to 1; none where nothing has a weight."""
        counts: dict[int, int] = {}
        rows = self._rows
        for term in (*found, *pairs(found)):
            row = rows.get(term)
            if row is not None:
                counts[row] = counts.get(row, 0) + 1
        weights = [(1.0 + math.log(count)) * self._idf[row] for row, count in counts.items()]
        length = math.sqrt(math.fsum(weight * weight for weight in weights))
        if length == 0.0:
            return [], []
        return list(counts), [weight / length for weight in weights]


def _array(
    arrays: Mapping[str, NDArray[np.float32]], name: str, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Return an array of the encoder, checked."""
    array = arrays.get(name)
    if array is None or array.shape != shape or not np.issubdtype(array.dtype, np.floating):
        raise ArtefactError(
            f"The encoder's array '{name}' cannot be used",
            seen="no such array" if array is None else f"{array.dtype} of shape {array.shape}",
            expected=f"float32 of shape {shape}",
            todo="train again",
        )
    return np.ascontiguousarray(array, dtype=np.float32)
