"""Several small nets, trained side by side in NumPy: forward, backward, Adam, and a running mean of the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats, Matrix
    from fivefold.training.families.losses import RowLosses

__all__ = ["NAMES", "Nets"]

NAMES = ("w1", "b1", "w2", "b2", "w3", "b3")
_RATE, _DECAY, _DROP = 4e-3, 1e-2, 0.1
_FIRST, _SECOND, _TINY = 0.9, 0.99, 1e-8
_MEAN = 0.99
"""Weight of the past in the running mean."""


class Nets:
    """Nets of two hidden layers with weights of their own, which see the same rows in the same order.

    Parameters
    ----------
    inputs : int
    scores : int
        Outputs of each net before the link.
    losses : callable
        What :func:`~fivefold.training.families.losses.row_losses` gives.
    shape : (int, int)
        Nets, and units in each hidden layer.
    rng : Generator
    """

    def __init__(
        self, inputs: int, scores: int, losses: RowLosses, shape: tuple[int, int], rng: np.random.Generator
    ) -> None:
        nets, hidden = shape
        self._losses, self._rng, self._shape = losses, rng, shape
        w1 = rng.normal(scale=(2 / max(1, inputs)) ** 0.5, size=(inputs, nets * hidden))
        w2 = rng.normal(scale=(2 / hidden) ** 0.5, size=(nets, hidden, hidden))
        w3 = rng.normal(scale=0.1 / hidden**0.5, size=(nets, hidden, scores))
        biases = np.zeros(nets * hidden), np.zeros((nets, 1, hidden)), np.zeros((nets, 1, scores))
        layers = (w1, biases[0], w2, biases[1], w3, biases[2])
        self._weights: list[Matrix] = [layer.astype(np.float32) for layer in layers]
        self._first = [np.zeros_like(layer) for layer in self._weights]
        self._second = [np.zeros_like(layer) for layer in self._weights]
        self._mean = [np.zeros_like(layer) for layer in self._weights]
        self._steps = 0

    def weights(self) -> dict[str, Matrix]:
        """The running mean of the weights, by name."""
        if not self._steps:
            return dict(zip(NAMES, self._weights, strict=True))
        share = np.float32(1 - _MEAN**self._steps)
        return {name: mean / share for name, mean in zip(NAMES, self._mean, strict=True)}

    def learn(self, columns: Matrix, target: Floats, weight: Floats) -> None:
        """Take one step on a few rows."""
        self._steps += 1
        faster = (1 - _SECOND**self._steps) ** 0.5 / (1 - _FIRST**self._steps)
        rate = np.float32(_RATE * faster)
        for at, gradient in enumerate(self._gradients(columns, target, weight)):
            own, first, second, mean = self._weights[at], self._first[at], self._second[at], self._mean[at]
            first += np.float32(1 - _FIRST) * (gradient - first)
            second += np.float32(1 - _SECOND) * (gradient * gradient - second)
            if at % 2 == 0:
                own *= np.float32(1 - _RATE * _DECAY)
            own -= rate * first / (np.sqrt(second) + np.float32(_TINY))
            mean += np.float32(1 - _MEAN) * (own - mean)

    def _gradients(self, columns: Matrix, target: Floats, weight: Floats) -> tuple[NDArray[Any], ...]:
        """Return the gradient of the mean loss of every net by each layer."""
        w1, b1, w2, b2, w3, b3 = self._weights
        (nets, hidden), rows = self._shape, len(columns)
        side_by_side = (columns @ w1 + b1).reshape(rows, nets, hidden).transpose(1, 0, 2)
        first_on = self._kept(side_by_side)
        first = side_by_side * first_on
        inner: NDArray[Any] = first @ w2 + b2
        second_on = self._kept(inner)
        second = inner * second_on
        scores = (second @ w3 + b3).astype(np.float64)
        _, residuals = self._losses(scores.reshape(nets * rows, -1), np.tile(target, (nets, 1)))
        top = (residuals.reshape(scores.shape) * (weight / rows)[:, None]).astype(np.float32)
        middle = (top @ w3.transpose(0, 2, 1)) * second_on
        bottom = ((middle @ w2.transpose(0, 2, 1)) * first_on).transpose(1, 0, 2).reshape(rows, nets * hidden)
        return (
            columns.T @ bottom,
            bottom.sum(axis=0),
            first.transpose(0, 2, 1) @ middle,
            middle.sum(axis=1, keepdims=True),
            second.transpose(0, 2, 1) @ top,
            top.sum(axis=1, keepdims=True),
        )

    def _kept(self, units: NDArray[Any]) -> Matrix:
        """By how much each unit counts: not at all below zero or when it is dropped."""
        on = (units > 0) & (self._rng.random(units.shape, dtype=np.float32) >= _DROP)
        return on.astype(np.float32) * np.float32(1 / (1 - _DROP))
