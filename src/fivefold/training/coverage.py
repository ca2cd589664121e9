"""Coverage: whether the sealed part bears out what the model says of its own certainty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Coverage
from fivefold.measure.intervals import mean_interval, share_interval
from fivefold.report.figures import percent
from fivefold.runtime.certainty import COVERAGE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats
    from fivefold.runtime.judgement import Judgement
    from fivefold.training.evaluation import SealedPart

__all__ = ["coverage_of", "quantile_notes"]

_BANDS = 60


def coverage_of(
    judgement: Judgement,
    truth: Floats,
    scores: Floats,
    *,
    seed: int,
    groups: NDArray[np.generic] | None = None,
) -> Coverage | None:
    """Count how many rows the intervals or sets hold, and how wide they are; None where the model has neither.

    Parameters
    ----------
    judgement : Judgement
    truth : array, shape (rows,)
    scores : array, shape (rows, outputs)
    seed : int
    groups : array, shape (rows,), optional
        As for :func:`fivefold.measure.intervals.scored`.
    """
    if judgement.intervals is not None:
        predicted = scores[:, 0]
        low, high = judgement.intervals.ends(predicted, COVERAGE).T
        inside, width = (truth >= low) & (truth <= high), float((high - low).mean())
        ends = np.quantile(truth, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
        widest = float(ends[1] - ends[0])
        bands = _bands(np.stack([predicted, low, high], axis=1))
    elif judgement.sets is not None:
        held = judgement.sets.holds(scores, COVERAGE)
        inside, width = held[np.arange(truth.size), truth.astype(np.intp)], float(held.sum(axis=1).mean())
        shares = np.sort(np.bincount(truth.astype(np.intp)) / truth.size)[::-1]
        widest, bands = float(1 + np.searchsorted(np.cumsum(shares), COVERAGE - 1e-9)), ()
    else:
        return None
    ends_of_share = share_interval(inside, seed=seed, groups=groups)
    return Coverage(COVERAGE, float(inside.mean()), *ends_of_share, width, widest, bands)


def quantile_notes(sealed: SealedPart, scores: Floats) -> tuple[str, ...]:
    """Say how many sealed outcomes the answers are not passed by, in one sentence; none where no quantile was asked for."""
    objective = sealed.terms.objective
    if objective.name != "quantile":
        return ()
    below = sealed.truth <= scores[:, 0]
    share = float(np.average(below, weights=sealed.weight))
    low, high = mean_interval(
        below.astype(np.float64),
        seed=sealed.terms.seed,
        groups=sealed.groups,
        limits=(0.0, 1.0),
        weight=sealed.weight,
    )
    seen = f"{percent(share)} of the sealed outcomes lie at or below the answer"
    interval = f"95 % interval {percent(low)} to {percent(high)}"
    return (f"Asked for the quantile {objective.level:g}: {seen}, {interval}.",)


def _bands(ends: Floats) -> tuple[tuple[float, float, float], ...]:
    """Some of the intervals, spread evenly over the predictions."""
    ordered = np.unique(ends, axis=0)
    kept = np.unique(np.linspace(0, len(ordered) - 1, min(_BANDS, len(ordered))).astype(np.intp))
    return tuple((float(said), float(low), float(high)) for said, low, high in ordered[kept])
