"""LightGBM models, answered through the library's C interface: the Python package (and SciPy with it) stays out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats, Matrix

__all__ = ["LightGBMMember"]


class LightGBMMember:
    """A booster in LightGBM's own text form (``Booster.model_to_string()``, encoded as UTF-8).

    The objective must be ``binary``, ``cross_entropy``, ``multiclass``, or one of regression.
    """

    @classmethod
    def load(cls, payload: bytes) -> Self:
        """Read the model's text."""
        raise NotImplementedError

    def predict(self, values: Matrix) -> Floats:
        """Return scores of shape (rows, outputs): two columns for binary."""
        raise NotImplementedError
