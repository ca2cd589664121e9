"""What a linear model makes small: the loss of each row and its derivative by the scores, one function per link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.protocols import Floats

__all__ = ["LOSSES"]


def _squares(scores: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Half the squared error of each row, and its derivative by the score."""
    residuals = scores - target
    return (residuals[:, 0] ** 2) / 2, residuals


def _log_losses(scores: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Log loss of each row for two classes, and its derivative by the log odds."""
    odds = scores[:, 0]
    chance = np.exp(-np.logaddexp(0.0, -odds))
    return np.logaddexp(0.0, odds) - target[:, 0] * odds, chance[:, None] - target


def _softmax_losses(scores: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Log loss of each row for several classes (one indicator column each), and its derivative by the scores."""
    scores = scores - scores.max(axis=1, keepdims=True)
    raised = np.exp(scores)
    total = raised.sum(axis=1, keepdims=True)
    return np.log(total[:, 0]) - (scores * target).sum(axis=1), raised / total - target


LOSSES: dict[str, Callable[[Floats, Floats], tuple[Floats, Floats]]] = {
    "identity": _squares,
    "logistic": _log_losses,
    "softmax": _softmax_losses,
}
"""By the link's name. Each takes scores and targets of shape (rows, scores)."""
