"""Whether the model is still as good as it was on the sealed test part; only outcomes can tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import CheckResult
from fivefold.measure.intervals import scored
from fivefold.measure.metrics import metric_of
from fivefold.monitoring.answered import labelled_rows
from fivefold.report.figures import figure, interval
from fivefold.report.language import plural

if TYPE_CHECKING:
    from fivefold.core.artefacts import Figure, Score
    from fivefold.core.window import Window

__all__ = ["MIN_LABELS", "PerformanceCheck", "margin_of", "sealed_half_width"]

MIN_LABELS = 30
MIN_OF_CLASS = 10
"""Of two classes, where each counts by itself: one row that is missed out of two moves such a figure further than any margin."""
_BY_ROW = {"accuracy", "log_loss", "brier"}
"""Means over the rows, whatever their class."""
SEED = 0
ABSOLUTE_MARGIN = 0.02
"""Loss that is not worth an alarm, of a metric whose best figure is 1: accuracy, AUC, F1, R2, ..."""
RELATIVE_MARGIN = 0.05
"""The same for what is 0 at best (log loss, RMSE, MAE, ...), as a share of the sealed figure."""


class PerformanceCheck:
    """Compares the realised headline metric with its value on the sealed test part.

    ``act`` when the realised figure is worse by more than a margin (0.02, or 5 % for losses) even at the good end of the
    interval of the difference; ``watch`` when it is worse beyond the interval, but not by that much.

    Examples
    --------
    >>> from fivefold.testing.checks import window
    >>> PerformanceCheck().inspect(window("regression", rows=200)).verdict
    'unknown'
    """

    def inspect(self, window: Window) -> CheckResult:
        """Return ``unknown`` below 30 outcomes, or 10 of one of two classes where these count by themselves."""
        labelled = labelled_rows(window)
        known = labelled.truth.size if labelled else 0
        figures: dict[str, Figure] = {"rows": window.rows.height, "labelled": known}
        if labelled is None or known < MIN_LABELS:
            return _unknown(f"{plural(known, 'outcome')} of the {MIN_LABELS} needed", figures)
        truth, scores, decided = labelled.truth, labelled.scores, labelled.decided
        if window.contract.task != "regression" and len(np.unique(truth)) < 2:
            return _unknown("all known outcomes are of one class", figures)
        if window.contract.task == "binary" and window.metric not in _BY_ROW:
            counts = np.bincount(truth.astype(np.intp))
            rare = int(counts.argmin())
            if counts[rare] < MIN_OF_CLASS:
                few = f"{plural(int(counts[rare]), 'outcome')} of '{window.contract.classes[rare]}'"
                return _unknown(f"{few}, of the {MIN_OF_CLASS} needed", figures)
        realised = scored(
            window.contract.task,
            truth,
            scores,
            seed=SEED,
            decided=decided,
            headline=window.metric,
            ordered=window.contract.ordered,
        )
        headline = next(score for score in realised if score.metric == window.metric)
        return _judge(window, headline, realised, figures)


def _unknown(why: str, figures: dict[str, Figure]) -> CheckResult:
    """Say that nothing can be said."""
    reason = f"Performance: too little data, {why}."
    advice = "Give the outcomes to the monitor as a table, --labels FILE, or tell them to the service: POST /labels."
    return CheckResult(
        "performance", "unknown", reason, figures | {"labels_needed": MIN_LABELS}, advice=advice
    )


def _judge(
    window: Window, headline: Score, realised: tuple[Score, ...], figures: dict[str, Figure]
) -> CheckResult:
    """Compare the realised figure with the sealed one; the noise of either is in the interval of their difference."""
    sign = 1.0 if headline.greater_is_better else -1.0
    worse = sign * (window.sealed - headline.value)
    noise = math.hypot(_half_width(headline, sign), sealed_half_width(window))
    margin = margin_of(window)
    figures |= {
        "metric": window.metric,
        "realised": headline.value,
        "sealed": window.sealed,
        "margin": margin,
    }
    known = f"{plural(int(figures['labelled'] or 0), 'outcome')}"
    facts = (
        f"{metric_of(window.metric).label} {figure(headline.value)} (95 % interval {interval(headline)}) on {known}, "
        f"{figure(window.sealed)} on the sealed test part"
    )
    if worse - noise > margin:
        reason = f"Performance: clearly worse than when tested, {facts}."
        advice = "Do not rely on this release: train again on recent rows, and compare before replacing it."
        return CheckResult("performance", "act", reason, figures, scores=realised, advice=advice)
    if worse - noise > 0:
        reason = f"Performance: somewhat worse than when tested, {facts}."
        advice = "Collect more outcomes and look again."
        return CheckResult("performance", "watch", reason, figures, scores=realised, advice=advice)
    reason = f"Performance: no worse than when tested as far as the outcomes can tell, {facts}."
    return CheckResult("performance", "healthy", reason, figures, scores=realised)


def _half_width(score: Score, sign: float) -> float:
    """From the realised figure to the good end of its interval."""
    return max((score.high - score.value) if sign > 0 else (score.value - score.low), 0.0)


def margin_of(window: Window) -> float:
    """Loss of the headline metric that is not worth an alarm."""
    absolute = metric_of(window.metric).greater_is_better
    return ABSOLUTE_MARGIN if absolute else RELATIVE_MARGIN * abs(window.sealed)


def sealed_half_width(window: Window) -> float:
    """From the sealed figure to the bad end of its interval."""
    if window.sealed_interval is None:
        return 0.0
    low, high = window.sealed_interval
    better_above = metric_of(window.metric).greater_is_better
    return max((window.sealed - low) if better_above else (high - window.sealed), 0.0)
