"""From scores to probabilities, without overflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats

__all__ = ["linked", "linked_row", "logistic", "softmax", "two_columns"]


def linked(link: str, raw: Floats) -> Floats:
    """Return what a member answers from its sums, shape (rows, scores), by ``identity``, ``logistic`` or ``softmax``."""
    if link == "logistic":
        return logistic(raw)
    return softmax(raw) if link == "softmax" else raw


def linked_row(link: str, raw: Floats) -> list[float]:
    """Return what :func:`linked` gives for one row, bit for bit, as plain numbers; ``raw`` has shape (scores,)."""
    if link == "logistic":
        log_odds = float(raw[0])
        small = float(np.exp(-abs(log_odds)))
        chance = (1.0 if log_odds >= 0 else small) / (1.0 + small)
        return [1.0 - chance, chance]
    if link == "softmax":
        raw = np.exp(raw - np.maximum.reduce(raw))
        raw /= np.add.reduce(raw)
    answer: list[float] = raw.tolist()
    return answer


def logistic(log_odds: Floats) -> Floats:
    """Probabilities of the negative and the positive class, shape (rows, 2), of log odds of the positive one."""
    flat = log_odds.ravel()
    small = np.exp(-np.abs(flat))
    return two_columns(np.where(flat >= 0, 1.0, small) / (1.0 + small))


def softmax(scores: Floats) -> Floats:
    """Probabilities of scores, shape (rows, classes)."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: Floats = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def two_columns(probabilities: Floats) -> Floats:
    """Return (rows, 2): first the negative class, then the positive one whose probabilities are given."""
    columns = np.empty((probabilities.size, 2), dtype=np.float64)
    columns[:, 1] = probabilities.ravel()
    np.subtract(1.0, columns[:, 1], out=columns[:, 0])
    return columns
