"""The constant: what the dummy baseline answers, whatever it is asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Self

import numpy as np

from fivefold.core.errors import ArtefactError

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats, Matrix

__all__ = ["ConstantMember"]


class ConstantMember:
    """The same scores for every row.

    Parameters
    ----------
    scores : Floats
        Shape (outputs,).

    Examples
    --------
    >>> ConstantMember.load(b'{"scores": [0.25, 0.75]}').predict(np.zeros((2, 3), np.float32)).tolist()
    [[0.25, 0.75], [0.25, 0.75]]
    """

    def __init__(self, scores: Floats) -> None:
        self._scores = scores

    @classmethod
    def load(cls, payload: bytes) -> Self:
        """Read ``{"scores": [...]}``.

        Raises
        ------
        ArtefactError
            When the payload is anything else.
        """
        try:
            scores = np.array(json.loads(payload)["scores"], dtype=np.float64)
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(f"{type(error).__name__}: {error}") from error
        if scores.ndim != 1 or not scores.size or not np.isfinite(scores).all():
            raise _damaged(f"scores of shape {scores.shape}")
        return cls(scores)

    def predict(self, values: Matrix) -> Floats:
        """Return the scores once per row, shape (rows, outputs)."""
        return np.tile(self._scores, (values.shape[0], 1))


def _damaged(seen: str) -> ArtefactError:
    """Say that a payload is no constant."""
    return ArtefactError(
        "A constant member cannot be read",
        seen=seen,
        expected='JSON such as {"scores": [0.5, 0.5]} with finite numbers',
        todo="train again",
    )
