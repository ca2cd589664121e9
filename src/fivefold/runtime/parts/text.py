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
    from collections.abc import Mapping

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats
    from fivefold.runtime.encoding import TextPart
    from fivefold.runtime.values import Cleaned

__all__ = ["TextEncoder"]


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
        table = np.array([*map(self.encode_value, texts), self._missing], dtype=np.float64)
        return table[positions]  # a missing text's position is -1: the last row

    def _project(self, found: list[str]) -> tuple[float, ...]:
        """Weigh the known words and pairs and project them.

        Always one text at a time: a matrix product over many texts may add up in another order, and a row must get bit
        for bit what its batch got.
        """
        counts: dict[int, int] = {}
        rows = self._rows
        for term in (*found, *pairs(found)):
            row = rows.get(term)
            if row is not None:
                counts[row] = counts.get(row, 0) + 1
        if not counts:
            return self._empty
        weights = [(1.0 + math.log(count)) * self._idf[row] for row, count in counts.items()]
        length = math.sqrt(math.fsum(weight * weight for weight in weights))
        if length == 0.0:
            return self._empty
        scaled = np.array([weight / length for weight in weights], dtype=np.float32)
        projected = self._components[list(counts)] * scaled[:, np.newaxis]
        return tuple(projected.sum(axis=0).tolist())


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
