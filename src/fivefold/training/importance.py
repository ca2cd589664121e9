"""Permutation importance (Breiman, 2001): how much worse the headline metric gets when one column is shuffled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Importance
from fivefold.measure.metrics import METRICS, value

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.runtime.predictor import Predictor
    from fivefold.training.evaluation import SealedPart

__all__ = ["permutation_importances"]

_ROWS = 2_000
_REPEATS = 3


def permutation_importances(
    predictor: Predictor, sealed: SealedPart, stop: Callable[[], bool]
) -> tuple[Importance, ...]:
    """Shuffle every column some times.

    Parameters
    ----------
    predictor : Predictor
    sealed : SealedPart
        At most 2,000 of its rows are used.
    stop : callable
        Whether time is up; columns that were not shuffled by then are left out.

    Returns
    -------
    tuple of Importance
        The most important column first; none for a model that looks at no column.
    """
    if not predictor.encoder.features:
        return ()
    rng = np.random.default_rng(sealed.terms.seed)
    frame, truth = sealed.frame, sealed.truth
    if truth.size > _ROWS:
        rows = np.sort(rng.choice(truth.size, _ROWS, replace=False))
        frame, truth = frame[rows], truth[rows]
    contract, metric = predictor.contract, predictor.metric
    sign = 1.0 if METRICS[metric].greater_is_better else -1.0
    whole = value(metric, contract.task, truth, predictor.scores(frame))
    drops: dict[str, list[float]] = {column.name: [] for column in contract.columns}
    for _ in range(_REPEATS):
        for name, seen in drops.items():
            order = rng.permutation(truth.size)
            if stop():
                break
            shuffled = frame.with_columns(frame[name][order])
            found = value(metric, contract.task, truth, predictor.scores(shuffled))
            seen.append(sign * (whole - found))
    known = [
        Importance(name, float(np.mean(seen)), float(np.std(seen))) for name, seen in drops.items() if seen
    ]
    return tuple(sorted(known, key=lambda one: -one.mean))
