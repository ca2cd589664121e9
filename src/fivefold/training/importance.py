"""Permutation importance (Breiman, 2001): how much worse the headline metric gets when one column is shuffled."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Importance
from fivefold.measure.metrics import LABELLED, metric_of, value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Floats
    from fivefold.core.tables import Frame
    from fivefold.runtime.predictor import Predictor
    from fivefold.training.evaluation import SealedPart
    from fivefold.training.interruption import Interruption

__all__ = ["permutation_importances"]

_ROWS = 2_000
_TRIED = 100
"""Rows that are scored to see how long they take."""
_REPEATS = 3
_REST = 1 / 3
"""Share of the time that is left once every column was shuffled: more repeats only tell how much they differ."""
_CAUTION = 1.5
"""How much longer a scoring may take than the one before."""


def permutation_importances(
    predictor: Predictor, sealed: SealedPart, until: Deadline, interruption: Interruption
) -> tuple[Importance, ...]:
    """Shuffle every column some times.

    Parameters
    ----------
    predictor : Predictor
    sealed : SealedPart
        At most 2,000 of its rows are used, fewer when time is short.
    until : Deadline
        Columns that were not shuffled by then are left out.
    interruption : Interruption

    Returns
    -------
    tuple of Importance
        The most important column first; none for a model that looks at no column.
    """
    if not predictor.encoder.features:
        return ()
    contract, metric = predictor.contract, predictor.metric
    rng, kept = np.random.default_rng(sealed.terms.seed), _REST * until.remaining()
    kept_rows = _thinned(predictor, sealed, until, rng)
    frame, truth = sealed.frame[kept_rows], sealed.truth[kept_rows]
    count = None if sealed.weight is None else sealed.weight[kept_rows]
    sign = 1.0 if metric_of(metric).greater_is_better else -1.0
    began = time.monotonic()
    whole = value(metric, contract.task, truth, _judged(predictor, frame), count)
    once = time.monotonic() - began
    drops: dict[str, list[float]] = {column.name: [] for column in contract.columns}
    for place, name in enumerate(list(drops) * _REPEATS):
        rest = kept if place >= len(drops) else 0.0
        if interruption.asked or until.remaining() < _CAUTION * once + rest:
            break
        shuffled = frame.with_columns(frame[name][rng.permutation(truth.size)])
        less = value(metric, contract.task, truth, _judged(predictor, shuffled), count)
        drops[name].append(sign * (whole - less))
    known = [
        Importance(name, float(np.mean(seen)), float(np.std(seen))) for name, seen in drops.items() if seen
    ]
    return tuple(sorted(known, key=lambda one: -one.mean))


def _judged(predictor: Predictor, frame: Frame) -> Floats:
    """The scores that the metric judges."""
    scores = predictor.scores(frame)
    return predictor.blend.judgement.decided(scores) if predictor.metric in LABELLED else scores


def _thinned(
    predictor: Predictor, sealed: SealedPart, until: Deadline, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Rows to shuffle: so many that the time suffices for every column at least once."""
    rows = rng.permutation(sealed.truth.size)
    began = time.monotonic()
    predictor.scores(sealed.frame[rows[:_TRIED]])
    each = (time.monotonic() - began) / rows[:_TRIED].size
    bearable = until.remaining() / (_CAUTION * each * (len(predictor.contract.columns) + 1))
    return np.sort(rows[: int(min(_ROWS, max(_TRIED, bearable)))])
