"""Small neural networks as arrays, answered in NumPy: several nets side by side, their answers averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from fivefold.core.errors import ArtefactError
from fivefold.runtime.members.links import linked
from fivefold.runtime.members.packed import unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats, Matrix

__all__ = ["Inputs", "MLPMember"]

_CLIP = 3.0
_FAR = 1e6
"""Units beyond which it does not matter how far off a number is: its square must not overflow."""
_LINKS = ("identity", "logistic", "softmax")
_CHUNK = 8_192


@dataclass(frozen=True, slots=True)
class Inputs:
    """How a matrix becomes what the nets see: scaled numbers, marks of missing values, one indicator per code, steps of numbers.

    Attributes
    ----------
    numbers, gaps, codes : array of int
        Columns of the matrix that are numbers, whose missing values are marked, that are codes.
    levels : array of int
        Levels of each code.
    centre, scale : array of float
        One per number; what is far from the centre is pulled in smoothly.
    steps, low, length : array
        One per step: its column of the matrix, where it begins, and how long it is. A step says how much of it a value has
        passed, from 0 to 1 (piecewise linear encoding; Gorishniy et al., "On embeddings for numerical features", 2022).
    """

    numbers: NDArray[np.int32]
    gaps: NDArray[np.int32]
    codes: NDArray[np.int32]
    levels: NDArray[np.int32]
    centre: Matrix
    scale: Matrix
    steps: NDArray[np.int32]
    low: Matrix
    length: Matrix

    @classmethod
    def of(cls, arrays: dict[str, NDArray[Any]]) -> Inputs:
        """Take these from a payload; older ones have no steps."""
        none = np.empty(0, dtype=np.float32)
        known = {"steps": np.empty(0, dtype=np.int32), "low": none, "length": none} | arrays
        return cls(*(known[name] for name in cls.__slots__))

    @property
    def width(self) -> int:
        """Number of inputs."""
        return self.numbers.size + self.gaps.size + int(self.levels.sum()) + self.steps.size

    def columns(self, values: Matrix) -> Matrix:
        """Return the inputs of these rows, shape (rows, width)."""
        with np.errstate(over="ignore"):
            scaled = (values[:, self.numbers] - self.centre) / self.scale
        scaled = np.clip(scaled, -_FAR, _FAR)
        scaled = np.nan_to_num(scaled / np.sqrt(1 + (scaled / _CLIP) ** 2), nan=0.0)
        columns = np.zeros((len(values), self.width), dtype=np.float32)
        start = self.numbers.size + self.gaps.size
        columns[:, : self.numbers.size] = scaled
        columns[:, self.numbers.size : start] = np.isnan(values[:, self.gaps])
        for at, levels in zip(self.codes.tolist(), self.levels.tolist(), strict=True):
            rows = np.flatnonzero(values[:, at] < levels)
            columns[rows, start + values[rows, at].astype(np.intp)] = 1.0
            start += levels
        if self.steps.size:
            with np.errstate(over="ignore", invalid="ignore"):
                passed = (values[:, self.steps] - self.low) / self.length
            columns[:, start:] = np.clip(np.nan_to_num(passed, nan=0.0), 0.0, 1.0)
        return columns


class MLPMember:
    """Nets of two hidden layers (rectified linear units) over the same inputs.

    Parameters
    ----------
    head : dict
        ``link``, ``features``, ``shift`` and ``unit``: scores are ``shift`` plus ``unit`` times what the nets say.
    arrays : dict of str to array
        Those of :class:`Inputs`, and ``w1`` (inputs, nets x hidden), ``b1``, ``w2`` (nets, hidden, hidden), ``b2``
        (nets, 1, hidden), ``w3`` (nets, hidden, scores), ``b3`` (nets, 1, scores).

    Raises
    ------
    ArtefactError
        When these do not fit together.
    """

    def __init__(self, head: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self._link, self._features = head["link"], int(head["features"])
        self._shift, self._unit = float(head["shift"]), float(head["unit"])
        self._inputs = Inputs.of(arrays)
        # In double precision a row alone gets what it gets in a batch, whatever order BLAS adds in.
        self._layers: list[Floats] = [
            arrays[name].astype(np.float64) for name in ("w1", "b1", "w2", "b2", "w3", "b3")
        ]
        w1, b1, w2, b2, w3, b3 = self._layers
        nets, hidden, scores = w3.shape
        shapes = [(self._inputs.width, nets * hidden), (nets * hidden,), (nets, hidden, hidden)]
        shapes += [(nets, 1, hidden), w3.shape, (nets, 1, scores)]
        inputs = self._inputs
        columns = np.concatenate([inputs.numbers, inputs.gaps, inputs.codes, inputs.steps])
        whole = (
            self._link in _LINKS
            and inputs.centre.shape == inputs.scale.shape == inputs.numbers.shape
            and inputs.low.shape == inputs.length.shape == inputs.steps.shape
            and bool(np.isfinite(inputs.low).all() and (inputs.length > 0).all())
            and inputs.levels.shape == inputs.codes.shape
            and [layer.shape for layer in (w1, b1, w2, b2, w3, b3)] == shapes
            and all(np.isfinite(layer).all() for layer in self._layers)
            and bool(((columns >= 0) & (columns < self._features)).all())
        )
        if not whole:
            raise _misfit(f"layers of shapes {[layer.shape for layer in self._layers]}", str(shapes))

    @classmethod
    def load(cls, payload: bytes) -> Self:
        """Read packed arrays.

        Raises
        ------
        ArtefactError
            When the payload is anything else.
        """
        head, arrays = unpack(payload)
        try:
            return cls(head, arrays)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise _misfit(f"{type(error).__name__}: {error}", "the layers of whole nets") from error

    def predict(self, values: Matrix) -> Floats:
        """Return scores of shape (rows, outputs): two columns for binary."""
        if values.shape[1] != self._features:
            raise _misfit(f"{values.shape[1]} features", f"a matrix with {self._features}")
        starts = range(0, max(1, len(values)), _CHUNK)
        raw = np.concatenate([self._forward(values[start : start + _CHUNK]) for start in starts])
        return raw * self._unit + self._shift if self._link == "identity" else linked(self._link, raw)

    def _forward(self, values: Matrix) -> Floats:
        """Return the mean of what the nets say before the link, shape (rows, scores)."""
        w1, b1, w2, b2, w3, b3 = self._layers
        first = np.maximum(self._inputs.columns(values) @ w1 + b1, 0.0)
        hidden = first.reshape(len(values), len(w2), w2.shape[1]).transpose(1, 0, 2)
        scores: Floats = (np.maximum(hidden @ w2 + b2, 0.0) @ w3 + b3).mean(axis=0)
        return scores


def _misfit(seen: str, expected: str) -> ArtefactError:
    """Say that the nets cannot be used."""
    return ArtefactError(
        "A member of neural nets cannot be used", seen=seen, expected=expected, todo="train the model again"
    )
