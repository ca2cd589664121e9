"""The evaluation: what the sealed part says, once, after selection is over."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Evaluation, Reliability
from fivefold.core.tables import read_parquet
from fivefold.measure.intervals import paired_gain, paired_gains, scored
from fivefold.measure.metrics import LABELLED
from fivefold.measure.reliability import brier_parts, calibration_curve, calibration_error
from fivefold.runtime.judgement import Judgement
from fivefold.training.costs import judge_costs
from fivefold.training.coverage import coverage_of
from fivefold.training.rows import groups_of, positions_of, stretches_of, weights_of
from fivefold.training.slices import worst_slices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Score
    from fivefold.core.protocols import Floats
    from fivefold.training.rows import Terms

__all__ = ["SealedPart"]

_CLASSES = 20
_PAIRS = 400
_POINTS = 80


class SealedPart:
    """The rows that nothing has learned from or been selected on; making one opens it.

    Parameters
    ----------
    path : Path
    terms : Terms

    Attributes
    ----------
    path : Path
    frame : Frame
    truth : Floats
        Class positions, or numbers.
    weight : Floats or None
        How much each row counts; None where all count the same.
    groups : array, shape (rows,), or None
        What must be drawn together: whole groups, or, after a split by time, stretches of it.
    """

    def __init__(self, path: Path, terms: Terms) -> None:
        self.terms = terms
        self.path = path
        self.frame = read_parquet(path)
        self.truth = positions_of(self.frame, terms.contract)
        self.weight = weights_of(path, terms.weight)
        self.groups: NDArray[np.generic] | None = groups_of(path, terms.split)
        if self.groups is None:
            self.groups = stretches_of(path, terms)

    def part(self, kept: NDArray[np.bool_]) -> SealedPart:
        """Return the same with some of its rows alone.

        Parameters
        ----------
        kept : array of bool, shape (rows,)
        """
        found = copy.copy(self)
        found.frame, found.truth = self.frame.filter(kept), self.truth[kept]
        found.weight = None if self.weight is None else self.weight[kept]
        found.groups = None if self.groups is None else self.groups[kept]
        return found

    def judge(
        self, metric: str, scores: Floats, baseline: Floats, judgement: Judgement | None = None
    ) -> Evaluation:
        """Compare scores with the truth and with the baseline, every figure with its interval.

        Parameters
        ----------
        metric : str
            The headline metric.
        scores, baseline : array, shape (rows, outputs)
        judgement : Judgement, optional
            How labels are chosen, and what the model says of its own certainty.
        """
        judgement = judgement or Judgement()
        decided = judgement.decided(scores)
        task, truth, seed, groups = self.terms.contract.task, self.truth, self.terms.seed, self.groups
        judged = decided if metric in LABELLED else scores
        count = self.weight
        gain = paired_gain(metric, task, truth, judged, baseline, seed=seed, groups=groups, weight=count)
        outputs = scores.shape[1]

        def told(said: Floats, labels: Floats | None, counts: Floats | None) -> tuple[Score, ...]:
            return scored(
                task,
                truth,
                said,
                decided=labels,
                seed=seed,
                groups=groups,
                weight=counts,
                headline=metric,
                ordered=self.terms.contract.ordered,
            )

        errors = (
            np.abs(truth - scores[:, 0])
            if task == "regression"
            else (decided.argmax(axis=1) != truth).astype(np.float64)
        )
        return Evaluation(
            rows=truth.size,
            metric=metric,
            scores=told(scores, decided, count),
            baseline=told(baseline, None, count),
            better=gain.low > 0,
            gain=gain,
            confusion=() if task == "regression" or outputs > _CLASSES else _confusion(truth, decided),
            calibration=calibration_curve(truth, scores) if task == "binary" else (),
            residuals=_residuals(truth, scores[:, 0], seed) if task == "regression" else (),
            coverage=coverage_of(judgement, truth, scores, seed=seed, groups=groups),
            reliability=None if task == "regression" else _reliability(truth, scores, judgement),
            threshold=judgement.threshold,
            curve=_curve(truth, scores[:, 1]) if task == "binary" else (),
            slices=worst_slices(self.frame, self.terms.contract, errors),
            error=float(errors.mean()),
            costs=judge_costs(self.terms, truth, (decided, scores, baseline), groups, count)
            if judgement.costs
            else None,
            unweighted=() if count is None else told(scores, decided, None),
        )

    def compare(
        self, metric: str, ours: tuple[Floats, Judgement], others: Sequence[tuple[Floats, Judgement]]
    ) -> tuple[tuple[Score, Score], ...]:
        """Judge other models in one metric, each by itself and as what the first one gains over it.

        Parameters
        ----------
        metric : str
        ours : (array of shape (rows, outputs), Judgement)
            Scores, and how labels are chosen from them.
        others : sequence of the same
        """
        first, *rest = [
            judgement.decided(scores) if metric in LABELLED else scores
            for scores, judgement in (ours, *others)
        ]
        task, seed = self.terms.contract.task, self.terms.seed
        return paired_gains(
            metric, task, self.truth, first, rest, seed=seed, groups=self.groups, weight=self.weight
        )


def _confusion(truth: Floats, scores: Floats) -> tuple[tuple[int, ...], ...]:
    """Count predicted classes by true class."""
    outputs = scores.shape[1]
    cells = truth.astype(np.intp) * outputs + scores.argmax(axis=1)
    counts = np.bincount(cells, minlength=outputs * outputs).reshape(outputs, outputs)
    return tuple(tuple(row) for row in counts.tolist())


def _reliability(truth: Floats, scores: Floats, judgement: Judgement) -> Reliability:
    """What the probabilities are worth."""
    parts, put_right = brier_parts(truth, scores), judgement.recalibration
    return Reliability(
        error=calibration_error(truth, scores),
        brier=parts.score,
        off=parts.reliability,
        resolution=parts.resolution,
        uncertainty=parts.uncertainty,
        method=put_right.method if put_right else "",
    )


def _curve(truth: Floats, chance: Floats) -> tuple[tuple[float, float, float, float], ...]:
    """What each of some thresholds finds, and what it takes for positive by mistake; from the highest threshold down."""
    order = np.argsort(-chance, kind="stable")
    ordered, found = chance[order], np.cumsum(truth[order])
    taken = np.arange(1, truth.size + 1)
    positives, negatives = max(found[-1], 1.0), max(truth.size - found[-1], 1.0)
    ends = np.flatnonzero(np.append(ordered[1:] < ordered[:-1], True))
    # Evenly along both axes: steps that find many, and steps that take many.
    travelled = found[ends] / positives + (taken - found)[ends] / negatives
    places = np.unique(np.searchsorted(travelled, np.linspace(0, 2, _POINTS)).clip(0, ends.size - 1))
    kept = ends[places]
    columns = (ordered, found / positives, (taken - found) / negatives, found / taken)
    rows = np.stack([column[kept] for column in columns], axis=1)
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in rows)


def _residuals(truth: Floats, predicted: Floats, seed: int) -> tuple[tuple[float, float], ...]:
    """Pairs of truth and prediction, for a picture."""
    rows = np.arange(truth.size)
    if truth.size > _PAIRS:
        rows = np.sort(np.random.default_rng(seed).choice(truth.size, _PAIRS, replace=False))
    return tuple((float(truth[row]), float(predicted[row])) for row in rows)
