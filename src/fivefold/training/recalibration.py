"""Recalibration: whether, and by how much, the blend's probabilities are put right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.judgement import Recalibration

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.protocols import Floats

__all__ = ["recalibrate"]

_PARTS = 5
_WORTH = 0.001
"""Share of the log loss that must be gained."""
_CELLS = 4_000_000
"""Rows x classes that are looked at."""
_SMALLEST = 1e-12
_LIMITS = (0.1, 10.0)


def recalibrate(
    truth: Floats, scores: Floats, method: str, weight: Floats | None = None
) -> Recalibration | None:
    """Fit a recalibration on out-of-fold scores; None when it does not lower the log loss of rows that it did not see.

    The gain must be above 0.1 % of the loss and above its own standard error, both cross-validated.

    Parameters
    ----------
    truth : array, shape (rows,)
        Positions of the classes.
    scores : array, shape (rows, classes)
    method : str
        ``temperature``, ``beta`` (two classes), or ``auto`` for whichever gains more.
    weight : array, shape (rows,), optional
        How much each row counts.
    """
    binary = scores.shape[1] == 2
    ways = {"temperature": _temperature, **({"beta": _beta} if binary else {})}
    chosen = [way for name, way in ways.items() if method in {"auto", name}] or [_temperature]
    rng = np.random.default_rng(0)
    most = max(1_000, _CELLS // scores.shape[1])
    kept = rng.permutation(truth.size)[:most]
    labels, scores = truth[kept].astype(np.intp), scores[kept]
    count = np.ones(kept.size) if weight is None else weight[kept] / weight[kept].mean()
    part = np.arange(labels.size) % _PARTS
    if labels.size < 20 * _PARTS:
        return None
    before = _losses(labels, scores)
    gains = [count * (before - _unseen(way, labels, scores, part, count)) for way in chosen]
    best = int(np.argmax([gain.mean() for gain in gains]))
    gain = gains[best]
    error = float(gain.std()) / np.sqrt(gain.size)
    if gain.mean() <= max(error, _WORTH * float((count * before).mean())):
        return None
    return chosen[best](labels, scores, count)


def _unseen(
    way: Callable[[np.typing.NDArray[np.intp], Floats, Floats], Recalibration],
    labels: np.typing.NDArray[np.intp],
    scores: Floats,
    part: np.typing.NDArray[np.intp],
    count: Floats,
) -> Floats:
    """Losses of rows after a recalibration that was fitted without them."""
    losses = np.empty(labels.size)
    for number in range(_PARTS):
        held = part == number
        learned = way(labels[~held], scores[~held], count[~held])
        losses[held] = _losses(labels[held], learned.apply(scores[held]))
    return losses


def _losses(labels: np.typing.NDArray[np.intp], scores: Floats) -> Floats:
    """Negative logarithm of each true class's probability."""
    losses: Floats = -np.log(np.maximum(scores[np.arange(labels.size), labels], _SMALLEST))
    return losses


def _temperature(labels: np.typing.NDArray[np.intp], scores: Floats, weight: Floats) -> Recalibration:
    """One stretch for all classes."""
    from scipy.optimize import minimize_scalar

    count = scores.shape[1]

    def made(power: float) -> Recalibration:
        return Recalibration("temperature", (float(np.exp(power)),) * count, (0.0,) * count)

    ends = tuple(map(float, np.log(_LIMITS)))
    found = minimize_scalar(
        lambda power: float((weight * _losses(labels, made(power).apply(scores))).mean()),
        bounds=ends,
        method="bounded",
    )
    return made(float(found.x))


def _beta(labels: np.typing.NDArray[np.intp], scores: Floats, weight: Floats) -> Recalibration:
    """A stretch for each of two classes, and a shift."""
    from scipy.optimize import minimize

    logs = np.log(np.maximum(scores, _SMALLEST))
    columns = np.stack([-logs[:, 0], logs[:, 1], np.ones(labels.size)], axis=1)

    def loss(found: Floats) -> tuple[float, Floats]:
        raised = columns @ found
        value = float((weight * (np.logaddexp(0.0, raised) - labels * raised)).mean())
        slope: Floats = columns.T @ (weight * (0.5 * (1.0 + np.tanh(raised / 2.0)) - labels)) / labels.size
        return value, slope

    bounds = [_LIMITS, _LIMITS, (None, None)]
    weights = minimize(loss, np.array([1.0, 1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds).x
    return Recalibration("beta", (float(weights[0]), float(weights[1])), (0.0, float(weights[2])))
