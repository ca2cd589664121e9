"""Small neural networks as arrays, answered in NumPy: several nets side by side, their answers averaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from fivefold.core.errors import ArtefactError
from fivefold.runtime.members.inputs import Inputs, Preparer
from fivefold.runtime.members.links import linked, linked_row
from fivefold.runtime.members.packed import unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats, Matrix

__all__ = ["MLPMember"]

_LINKS = ("identity", "logistic", "softmax")
_CHUNK = 512
"""Rows at a time: what they pass through then stays near the core, which takes a quarter less time than with many thousands."""


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
        inputs = Inputs.of(arrays)
        # In double precision a row alone gets what it gets in a batch, whatever order BLAS adds in.
        self._layers: list[Floats] = [
            arrays[name].astype(np.float64) for name in ("w1", "b1", "w2", "b2", "w3", "b3")
        ]
        w1, b1, w2, b2, w3, b3 = self._layers
        nets, hidden, scores = w3.shape
        shapes = [(inputs.width, nets * hidden), (nets * hidden,), (nets, hidden, hidden)]
        shapes += [(nets, 1, hidden), w3.shape, (nets, 1, scores)]
        whole = (
            self._link in _LINKS
            and inputs.fits(self._features)
            and [layer.shape for layer in (w1, b1, w2, b2, w3, b3)] == shapes
            and all(np.isfinite(layer).all() for layer in self._layers)
        )
        if not whole:
            raise _misfit(f"layers of shapes {[layer.shape for layer in self._layers]}", str(shapes))
        self._inputs = Preparer(inputs)

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
        if len(values) == 1:
            return np.array([self.predict_row(values)])
        if len(values) <= _CHUNK:
            raw = self._forward(values)
        else:
            starts = range(0, len(values), _CHUNK)
            raw = np.concatenate([self._forward(values[start : start + _CHUNK]) for start in starts])
        return raw * self._unit + self._shift if self._link == "identity" else linked(self._link, raw)

    def predict_row(self, values: Matrix) -> list[float]:
        """Return the scores of one row, as plain numbers."""
        if values.shape[1] != self._features:
            raise _misfit(f"{values.shape[1]} features", f"a matrix with {self._features}")
        raw = self._forward(values)[0]
        return linked_row(self._link, raw * self._unit + self._shift if self._link == "identity" else raw)

    def _forward(self, values: Matrix) -> Floats:
        """Return the mean of what the nets say before the link, shape (rows, scores)."""
        w1, b1, w2, b2, w3, b3 = self._layers
        first = self._inputs.columns(values) @ w1
        np.maximum(np.add(first, b1, out=first), 0.0, out=first)
        second = first.reshape(len(values), len(w2), w2.shape[1]).transpose(1, 0, 2) @ w2
        np.maximum(np.add(second, b2, out=second), 0.0, out=second)
        scores: Floats = np.add.reduce(second @ w3 + b3, axis=0) / len(w2)
        return scores


def _misfit(seen: str, expected: str) -> ArtefactError:
    """Say that the nets cannot be used."""
    return ArtefactError(
        "A member of neural nets cannot be used", seen=seen, expected=expected, todo="train the model again"
    )
