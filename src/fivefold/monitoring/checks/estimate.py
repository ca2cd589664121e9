"""How good the model should be by its own probabilities: a figure for the time in which no outcome is known yet.

It rests on one assumption, that the outcome still follows from the columns as it did in training (no concept drift). Then rows
that the model is less sure of mean a worse figure, and the estimate says how much worse. Where the assumption fails it is wrong
without a sign, so it is never more than a reason to look.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import CheckResult
from fivefold.measure.metrics import LABELLED, metric_of, statistic
from fivefold.measure.supposed import estimated
from fivefold.monitoring.answered import answered_rows, labelled_rows
from fivefold.monitoring.checks.calibration import NO_SAMPLE
from fivefold.monitoring.checks.performance import MIN_LABELS, margin_of, sealed_half_width
from fivefold.report.figures import figure, percent
from fivefold.report.language import plural
from fivefold.runtime.limits import beyond, limit_of

if TYPE_CHECKING:
    from fivefold.core.artefacts import Figure
    from fivefold.core.window import Window
    from fivefold.measure.supposed import Estimates

__all__ = ["EstimateCheck"]

MIN_ROWS = 50
MOST_ROWS = 20_000
"""Rows that are looked at, however long the log is; drawn at random."""
KNOWN = 0.5
"""Share of the rows with a known outcome from which on outcomes decide, and no estimate."""
OUTSIDE = 0.05
"""Share of rows outside what training saw from which on it is said."""
SEED = 0


class EstimateCheck:
    """Estimates the headline metric from the answers alone, and compares it with the sealed test part.

    For classes this is NannyML's confidence-based performance estimation, for numbers the errors of like predictions; see
    :mod:`fivefold.measure.supposed`. It assumes that there is no concept drift.

    ``watch`` when the estimate is worse than the sealed figure, and worse than what the same estimate gives of the out-of-fold
    answers that the bundle keeps, each by more than a margin (0.02, or 5 % for losses) *and* beyond the noise. Never ``act``, and
    nothing once the outcomes of half of the rows are known: they tell more.

    Examples
    --------
    >>> from fivefold.testing.checks import window
    >>> EstimateCheck().inspect(window("binary", rows=20)).verdict
    'unknown'
    """

    def inspect(self, window: Window) -> CheckResult:
        """Return ``unknown`` below 50 rows, and for a bundle without out-of-fold answers."""
        rows = window.rows.height
        if rows < MIN_ROWS:
            few = f"Estimate: too little data, {plural(rows, 'prediction')} of the {MIN_ROWS} needed."
            return CheckResult("estimate", "unknown", few, {"rows": rows, "rows_needed": MIN_ROWS})
        reference = window.reference.out_of_fold
        if not reference.truth:
            return CheckResult("estimate", "unknown", f"Estimate: {NO_SAMPLE}.", {"rows": rows})
        frame = window.scores
        if rows > MOST_ROWS:
            frame = frame[np.sort(np.random.default_rng(SEED).choice(rows, MOST_ROWS, replace=False))]
        scores, decided = answered_rows(window.contract, frame)
        task, labels = window.contract.task, scores if decided is None else decided
        found = estimated(window.metric, task, reference, scores, labels, seed=SEED)
        if not (math.isfinite(found.now.value) and math.isfinite(found.then.value)):
            undefined = f"{metric_of(window.metric).label} cannot be worked out for these answers"
            return CheckResult("estimate", "unknown", f"Estimate: {undefined}.", {"rows": rows})
        return _judge(window, found)


def _judge(window: Window, found: Estimates) -> CheckResult:
    """Compare the estimate with what was tested, and put it into words."""
    margin, sign = margin_of(window), 1.0 if metric_of(window.metric).greater_is_better else -1.0
    own = max(found.now.high - found.now.value, found.now.value - found.now.low)
    noise = math.hypot(own, sealed_half_width(window))
    outside, (known, track) = _outside(window), _track_record(window)
    figures: dict[str, Figure] = {
        "rows": window.rows.height,
        "metric": window.metric,
        "estimate": found.now.value,
        "low": found.now.low,
        "high": found.now.high,
        "in_training": found.then.value,
        "sealed": window.sealed,
        "margin": margin,
        "outside_training": outside,
        **track,
    }
    facts = _facts(window, found, outside, track)
    fallen = sign * (window.sealed - found.now.value)
    since = sign * (found.then.value - found.now.value)
    if known < KNOWN and fallen > max(margin, noise) and since > max(margin, found.noise):
        reason = f"Estimate: the rows are harder than those that it was tested on, {facts}."
        advice = (
            "Get the outcomes of some of these rows first (--labels FILE, or POST /labels): they tell whether it is so. "
            "Where they bear it out, train again on recent rows."
        )
        return CheckResult("estimate", "watch", reason, figures, advice=advice)
    return CheckResult("estimate", "healthy", f"Estimate: {facts}.", figures)


def _facts(window: Window, found: Estimates, outside: float, track: dict[str, Figure]) -> str:
    """The estimate, and what it rests on."""
    now, label = found.now, metric_of(window.metric).label
    by = (
        "by the errors of like predictions"
        if window.contract.task == "regression"
        else "by its probabilities alone"
    )
    ends = f"{figure(now.low, like=now.value)} to {figure(now.high, like=now.value)}"
    words = (
        f"{by} {label} is about {figure(now.value)} ({ends}) on {plural(window.rows.height, 'prediction')}, "
        f"{figure(window.sealed)} on the sealed test part; that holds if the outcome still follows from the columns as in "
        "training (no concept drift)"
    )
    if outside >= OUTSIDE:
        words += f"; {percent(outside)} of the rows lie outside what training saw, of which it cannot know"
    if track:
        told, came = (figure(float(track[name] or 0.0)) for name in ("estimate_where_known", "realised"))
        words += f"; where the outcome is known it would have said {told}, and {came} came"
    return words


def _track_record(window: Window) -> tuple[float, dict[str, Figure]]:
    """Share of the rows whose outcome is known; and of these rows the estimate, and the figure that came."""
    labelled = labelled_rows(window)
    known = labelled.truth.size if labelled else 0
    if labelled is None or known < MIN_LABELS:
        return known / window.rows.height, {}
    task, metric = window.contract.task, window.metric
    labels = labelled.scores if labelled.decided is None else labelled.decided
    reference = window.reference.out_of_fold
    estimate = estimated(metric, task, reference, labelled.scores, labels, seed=SEED).now.value
    judged = labels if metric in LABELLED else labelled.scores
    # Not ``value``, which makes 0.5 of an undefined ROC AUC: where all are of one class nothing came that could be compared.
    came = float(statistic(metric, task, labelled.truth, judged)(np.ones((1, known)))[0])
    if not (math.isfinite(estimate) and math.isfinite(came)):
        return known / window.rows.height, {}
    return known / window.rows.height, {"estimate_where_known": estimate, "realised": came}


def _outside(window: Window) -> float:
    """Share of the rows with a number or a category that training never saw: there nobody knows what a probability means."""
    outside = np.zeros(window.rows.height, dtype=bool)
    for column in window.contract.columns:
        if not column.personal and limit_of(column) is not None:
            outside |= beyond(window.rows[column.name], column).to_numpy()
    return float(outside.mean())
