"""Whether what the model says still means what it meant: 0.8 that happens in eight of ten rows, 120 that is 120 in the mean.

A model can put rows in order as well as ever and yet say far too much; whoever weighs costs by its probabilities, or adds up
its numbers, is wrong then. That is a reason to look; whether to act is for the headline metric, see the performance check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import CheckResult
from fivefold.measure.reliability import bins_of, told
from fivefold.measure.supposed import errors_by_chance
from fivefold.monitoring.answered import labelled_rows
from fivefold.monitoring.checks.performance import MIN_LABELS
from fivefold.report.figures import figure, percent
from fivefold.report.language import plural

if TYPE_CHECKING:
    from fivefold.core.artefacts import Figure, OutOfFold
    from fivefold.core.window import Window
    from fivefold.monitoring.answered import Labelled

__all__ = ["NO_SAMPLE", "CalibrationCheck"]

NO_SAMPLE = "the bundle keeps nothing that was answered out of fold: it is of an earlier version, or the target is personal"
WORTH = 0.03
"""A rise of the calibration error that may matter."""
WORTH_OF_NUMBERS = 0.25
"""The same of numbers, as a share of their mean absolute error out of fold."""
ROUNDED = 1e-6
"""The same of numbers that were exact out of fold, as a share of their size: what is kept of them has seven digits."""
BY_CHANCE = 0.01
DRAWS = 500
MOST_ROWS = 20_000
MOST_BINS, ROWS_OF_BIN = 15, 20
SEED = 0


class CalibrationCheck:
    """Compares the calibration error of the known outcomes with that of the out-of-fold answers that the bundle keeps.

    The error is the mean distance between what was said and what happened, over up to 15 bins of at least 20 rows (the expected
    calibration error). ``watch`` when it is larger than in training by more than 0.03 (of numbers by a quarter of their mean
    absolute error) *and* chance would give so much in less than one of a hundred looks. Chance is drawn: outcomes of these very
    answers, if they still meant what they meant out of fold, with the noise of the few rows of either side.

    Examples
    --------
    >>> from fivefold.testing.checks import window
    >>> CalibrationCheck().inspect(window("binary", rows=200, truthful=1.0)).verdict
    'healthy'
    >>> CalibrationCheck().inspect(window("binary", rows=200, truthful=0.5)).verdict
    'watch'
    """

    def inspect(self, window: Window) -> CheckResult:
        """Return ``unknown`` below 30 outcomes, and for a bundle without out-of-fold answers."""
        labelled = labelled_rows(window)
        known = labelled.truth.size if labelled else 0
        figures: dict[str, Figure] = {"labelled": known, "labels_needed": MIN_LABELS}
        if labelled is None or known < MIN_LABELS:
            few = f"Calibration: too little data, {plural(known, 'outcome')} of the {MIN_LABELS} needed."
            return CheckResult("calibration", "unknown", few, figures)
        if not window.reference.out_of_fold.calibration:
            return CheckResult("calibration", "unknown", f"Calibration: {NO_SAMPLE}.", {"labelled": known})
        return _judge(window, _compare(window, labelled))


@dataclass(frozen=True, slots=True)
class _Compared:
    """Errors now, in training and by chance; what was said and what happened in the mean; and from where a rise matters."""

    rows: int
    error: float
    before: float
    usual: float
    by_chance: float
    p_value: float
    said: float
    happened: float
    worth: float

    @property
    def risen(self) -> bool:
        """Whether the rise matters, and chance does not explain it."""
        return self.error - max(self.before, self.usual) >= self.worth and self.p_value < BY_CHANCE


def _compare(window: Window, labelled: Labelled) -> _Compared:
    """Measure the error, and draw what chance would make of it."""
    reference, task = window.reference.out_of_fold, window.contract.task
    said, happened = told(labelled.truth, labelled.scores)
    if said.size > MOST_ROWS:
        kept = np.random.default_rng(SEED).choice(said.size, MOST_ROWS, replace=False)
        said, happened = said[kept], happened[kept]
    bins = bins_of(said, min(MOST_BINS, max(2, said.size // ROWS_OF_BIN)))
    error = float(np.abs(np.bincount(bins, happened - said)).sum() / said.size)
    chance = errors_by_chance(reference, task, said, bins, DRAWS, seed=SEED)
    return _Compared(
        rows=said.size,
        error=error,
        before=_error_of(reference),
        usual=float(np.median(chance)),
        by_chance=float(np.quantile(chance, 1.0 - BY_CHANCE)),
        p_value=float((1 + (chance >= error).sum()) / (1 + DRAWS)),
        said=float(said.mean()),
        happened=float(happened.mean()),
        worth=_worth(reference) if task == "regression" else WORTH,
    )


def _error_of(reference: OutOfFold) -> float:
    """The calibration error out of fold."""
    means, shares, rows = np.array(reference.calibration).T
    return float((rows * np.abs(means - shares)).sum() / rows.sum())


def _worth(reference: OutOfFold) -> float:
    """A rise that may matter, by how far a number was off out of fold, in the mean."""
    truth, said = np.array(reference.truth), np.array(reference.scores)[:, 0]
    return float(max(WORTH_OF_NUMBERS * np.abs(truth - said).mean(), ROUNDED * np.abs(truth).mean()))


def _judge(window: Window, found: _Compared) -> CheckResult:
    """Put it into words."""
    figures: dict[str, Figure] = {
        "labelled": found.rows,
        "calibration_error": found.error,
        "in_training": found.before,
        "expected": found.by_chance,
        "p_value": found.p_value,
        "said": found.said,
        "happened": found.happened,
    }
    facts = (
        f"off by {figure(found.error)} in the mean on {plural(found.rows, 'outcome')} (chance: up to "
        f"{figure(found.by_chance)}; in training {figure(found.before)}); {_in_the_mean(window, found)}"
    )
    what = "numbers" if window.contract.task == "regression" else "probabilities"
    if found.risen:
        advice = (
            f"Do not take the {what} at their word until this is understood: what changed where the rows come from? "
            "Training again on recent rows puts them right."
        )
        reason = f"Calibration: the {what} no longer mean what they say, {facts}."
        return CheckResult("calibration", "watch", reason, figures, advice=advice)
    reason = (
        f"Calibration: the {what} mean what they meant in training as far as the outcomes can tell, {facts}."
    )
    return CheckResult("calibration", "healthy", reason, figures)


def _in_the_mean(window: Window, found: _Compared) -> str:
    """What was said and what happened, in the mean."""
    contract = window.contract
    if contract.task == "regression":
        return f"{figure(found.said)} was said and {figure(found.happened)} came"
    of = f"'{contract.positive}'" if contract.task == "binary" else "the most probable class"
    came = "happened" if contract.task == "binary" else "was right"
    return f"{of} was said with {percent(found.said)} and {came} in {percent(found.happened)}"
