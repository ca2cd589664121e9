"""How a matrix becomes inputs without gaps and codes, learned from training rows; the member carries it along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.members.inputs import Inputs

if TYPE_CHECKING:
    from fivefold.core.protocols import Feature, Floats, Matrix, Sample

__all__ = ["learn_inputs", "most_inputs", "plain_numbers"]


def learn_inputs(train: Sample, most_levels: int, steps: int = 0) -> Inputs:
    """Learn centres and scales: median and quartiles, or the whole range where those are the same; and where steps begin.

    Parameters
    ----------
    train : Sample
    most_levels : int
        Levels of a category that gets indicators at most; wider ones are seen as rates.
    steps : int
        Steps of a plain number, from quantile to quantile.
    """
    numbers = [at for at, feature in enumerate(train.features) if feature.kind != "code"]
    codes = [at for at, feature in enumerate(train.features) if 0 < feature.levels <= most_levels]
    known = np.isfinite(train.values)
    gaps = np.flatnonzero(~known.all(axis=0))
    levels = np.array([train.features[at].levels for at in codes], dtype=np.int32)
    columns, marked, coded = (np.array(which, dtype=np.int32) for which in (numbers, gaps, codes))
    scaled = [_scale(train.values[known[:, at], at]) for at in numbers]
    centre, scale = np.array(scaled, dtype=np.float32).reshape(-1, 2).T
    plain = [at for at in numbers if train.features[at].kind == "number"]
    parts = [_steps(at, train.values[known[:, at], at], steps) for at in plain]
    at, low, length = np.concatenate([np.empty((3, 0)), *parts], axis=1).astype(np.float32)
    return Inputs(columns, marked, coded, levels, centre, scale, at.astype(np.int32), low, length)


def most_inputs(features: tuple[Feature, ...], most_levels: int) -> int:
    """How many inputs there are at most besides steps: each feature, the mark of its gaps, and indicators."""
    return 2 * len(features) + sum(one.levels for one in features if one.levels <= most_levels)


def plain_numbers(features: tuple[Feature, ...]) -> int:
    """How many features are plain numbers, which may have steps."""
    return sum(one.kind == "number" for one in features)


def _steps(column: int, values: Matrix, steps: int) -> Floats:
    """Return column, start and length of a number's steps, from quantile to quantile; none where two values are all there is."""
    if not values.size or steps < 2:
        return np.empty((3, 0))
    knots = np.unique(np.quantile(values, np.linspace(0, 1, steps + 1)).astype(np.float32))
    if knots.size <= 2:
        return np.empty((3, 0))
    return np.stack([np.full(knots.size - 1, column), knots[:-1], np.diff(knots)]).astype(np.float64)


def _scale(values: Matrix) -> tuple[float, float]:
    """Return the median, and what counts as one unit: about a standard deviation, were the values normal."""
    if not values.size:
        return 0.0, 1.0
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    spread = (high - low) / 1.35 or float(values.max() - values.min()) / 2
    return float(middle), float(spread) or 1.0
