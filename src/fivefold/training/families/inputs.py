"""How a matrix becomes inputs without gaps and codes, learned from training rows; the member carries it along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.members.inputs import Inputs

if TYPE_CHECKING:
    from fivefold.core.protocols import Matrix, Sample

__all__ = ["learn_inputs"]


def learn_inputs(train: Sample, most_levels: int) -> Inputs:
    """Learn centres and scales: median and quartiles, or the whole range where those are the same.

    Parameters
    ----------
    train : Sample
    most_levels : int
        Levels of a category that gets indicators at most; wider ones are seen as rates.
    """
    numbers = [at for at, feature in enumerate(train.features) if feature.kind != "code"]
    codes = [at for at, feature in enumerate(train.features) if 0 < feature.levels <= most_levels]
    known = np.isfinite(train.values)
    gaps = np.flatnonzero(~known.all(axis=0))
    levels = np.array([train.features[at].levels for at in codes], dtype=np.int32)
    columns, marked, coded = (np.array(which, dtype=np.int32) for which in (numbers, gaps, codes))
    scaled = [_scale(train.values[known[:, at], at]) for at in numbers]
    centre, scale = np.array(scaled, dtype=np.float32).reshape(-1, 2).T
    return Inputs(columns, marked, coded, levels, centre, scale)


def _scale(values: Matrix) -> tuple[float, float]:
    """Return the median, and what counts as one unit: about a standard deviation, were the values normal."""
    if not values.size:
        return 0.0, 1.0
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    spread = (high - low) / 1.35 or float(values.max() - values.min()) / 2
    return float(middle), float(spread) or 1.0
