"""The evaluation: what the sealed part says, once, after selection is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Evaluation
from fivefold.core.tables import read_parquet
from fivefold.measure.intervals import paired_gain, scored
from fivefold.measure.metrics import LABELLED
from fivefold.runtime.judgement import Judgement
from fivefold.training.coverage import coverage_of
from fivefold.training.rows import groups_of, positions_of

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.protocols import Floats
    from fivefold.training.rows import Terms

__all__ = ["SealedPart"]

_CLASSES = 20
_BINS = 10
_PAIRS = 400


class SealedPart:
    """The rows that nothing has learned from or been selected on; making one opens it.

    Parameters
    ----------
    path : Path
    terms : Terms

    Attributes
    ----------
    frame : Frame
    truth : Floats
        Class positions, or numbers.
    """

    def __init__(self, path: Path, terms: Terms) -> None:
        self.terms = terms
        self.frame = read_parquet(path)
        self.truth = positions_of(self.frame, terms.contract)
        self._groups = groups_of(path, terms.split)

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
        task, truth, seed, groups = self.terms.contract.task, self.truth, self.terms.seed, self._groups
        judged = decided if metric in LABELLED else scores
        gain = paired_gain(metric, task, truth, judged, baseline, seed=seed, groups=groups)
        outputs = scores.shape[1]
        return Evaluation(
            rows=truth.size,
            metric=metric,
            scores=scored(task, truth, scores, decided=decided, seed=seed, groups=groups),
            baseline=scored(task, truth, baseline, seed=seed, groups=groups),
            better=gain.low > 0,
            gain=gain,
            confusion=() if task == "regression" or outputs > _CLASSES else _confusion(truth, decided),
            calibration=_calibration(truth, scores[:, 1]) if task == "binary" else (),
            residuals=_residuals(truth, scores[:, 0], seed) if task == "regression" else (),
            coverage=coverage_of(judgement, truth, scores, seed=seed, groups=groups),
        )


def _confusion(truth: Floats, scores: Floats) -> tuple[tuple[int, ...], ...]:
    """Count predicted classes by true class."""
    outputs = scores.shape[1]
    cells = truth.astype(np.intp) * outputs + scores.argmax(axis=1)
    counts = np.bincount(cells, minlength=outputs * outputs).reshape(outputs, outputs)
    return tuple(tuple(row) for row in counts.tolist())


def _calibration(truth: Floats, chance: Floats) -> tuple[tuple[float, float, int], ...]:
    """Mean score and share of positives in bins of about equal numbers of rows; equal scores share a bin."""
    edges = np.unique(np.quantile(chance, np.arange(1, _BINS) / _BINS))
    bins = np.searchsorted(edges, chance, side="left")
    filled = [bins == number for number in range(edges.size + 1) if (bins == number).any()]
    return tuple((float(chance[rows].mean()), float(truth[rows].mean()), int(rows.sum())) for rows in filled)


def _residuals(truth: Floats, predicted: Floats, seed: int) -> tuple[tuple[float, float], ...]:
    """Pairs of truth and prediction, for a picture."""
    rows = np.arange(truth.size)
    if truth.size > _PAIRS:
        rows = np.sort(np.random.default_rng(seed).choice(truth.size, _PAIRS, replace=False))
    return tuple((float(truth[row]), float(predicted[row])) for row in rows)
