"""Rows of a sample: some of them, so many drawn at random, or all with one of every class."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.protocols import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["drawn", "places", "taken", "with_all_classes"]


def taken(sample: Sample, rows: NDArray[np.intp]) -> Sample:
    """Return a copy of these rows."""
    weight = None if sample.weight is None else sample.weight[rows]
    return Sample(sample.values[rows], sample.features, sample.target[rows], weight)


def places(rows: int, most: int, seed: int) -> NDArray[np.intp]:
    """Return all places, or so many drawn at random, in their order."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def drawn(sample: Sample, most: int, seed: int) -> Sample:
    """Return at most so many rows, drawn at random; the sample itself where it has no more."""
    rows = len(sample.target)
    return sample if rows <= most else taken(sample, places(rows, most, seed))


def with_all_classes(sample: Sample, classes: int) -> Sample:
    """Let a row without weight stand in for each class that has none."""
    missing = np.setdiff1d(np.arange(classes), sample.target)
    if not missing.size:
        return sample
    weight = np.ones(sample.target.size) if sample.weight is None else sample.weight
    return replace(
        sample,
        values=np.concatenate([sample.values, np.repeat(sample.values[:1], missing.size, axis=0)]),
        target=np.concatenate([sample.target, missing.astype(np.float64)]),
        weight=np.concatenate([weight, np.zeros(missing.size)]),
    )
