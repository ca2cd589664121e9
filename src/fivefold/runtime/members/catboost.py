"""CatBoost models from CatBoost's own JSON export, evaluated in NumPy: the 270 MB package stays out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats, Matrix

__all__ = ["CatBoostMember"]


class CatBoostMember:
    """A model of symmetric trees over number features, as ``model.save_model(path, format="json")`` writes it.

    The loss must be Logloss, CrossEntropy, MultiClass, or one of regression.
    """

    @classmethod
    def load(cls, payload: bytes) -> Self:
        """Read the JSON text."""
        raise NotImplementedError

    def predict(self, values: Matrix) -> Floats:
        """Return scores of shape (rows, outputs): two columns for binary."""
        raise NotImplementedError
