"""The lesson: training rows whose targets are partly the truth and partly what a teacher answered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats, Sample

__all__ = ["SHARE", "lesson"]

SHARE = 0.5
"""How much of a target is the teacher's answer, where there is one (decision 22)."""
_LEAST = 0.01
"""Probabilities below it are not taught: a row counts once for every class that it may be."""


def lesson(sample: Sample, said: Floats, own: Floats | None, *, share: float = SHARE) -> Sample:
    """Return what a student learns from.

    Parameters
    ----------
    sample : Sample
        Rows with their true targets.
    said : array, shape (rows, outputs)
        The teacher's answers; NaN where there are none, and the truth counts alone.
    own : array, shape (rows,), optional
        How much each row counts, 1 on average, whatever its class; a sample's weights may weigh classes as well, which the answers
        of a teacher who learned from such weights do by themselves.
    share : float
        How much of a target is the teacher's answer.

    Returns
    -------
    Sample
        A row of a class that is not certain stands there once for every class that it may be, and weighs as much as that is likely.
    """
    known = np.isfinite(said[:, 0])
    part = np.where(known, share, 0.0)
    if said.shape[1] == 1:
        mixed = (1 - part) * sample.target + part * np.where(known, said[:, 0], 0.0)
        return replace(sample, target=mixed)
    count = len(said)
    likely = np.where(known[:, None] & (said >= _LEAST), said, 0.0)
    likely /= np.maximum(likely.sum(axis=1, keepdims=True), _LEAST)
    weight = likely * (part if own is None else part * own)[:, None]
    truth = 1 - part if sample.weight is None else (1 - part) * sample.weight
    weight[np.arange(count), sample.target.astype(np.intp)] += truth
    rows, target = np.nonzero(weight)
    return replace(
        sample, values=sample.values[rows], target=target.astype(np.float64), weight=weight[rows, target]
    )
