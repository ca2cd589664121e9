"""The judgement: what becomes of the blend's scores before somebody reads them, fitted on out-of-fold scores alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.measure.metrics import TUNED
from fivefold.measure.objectives import best_constant
from fivefold.runtime.judgement import Judgement
from fivefold.training.certainty import fit_intervals, fit_sets, latest_rows
from fivefold.training.recalibration import recalibrate
from fivefold.training.threshold import cheapest_threshold, tune_threshold

if TYPE_CHECKING:
    from fivefold.core.artefacts import Brief
    from fivefold.core.objective import Objective
    from fivefold.training.choice import Choice
    from fivefold.training.search import Search

__all__ = ["form_judgement", "quantile_shift"]

_ROWS = 20
"""Fewer rows say nothing about how sure an answer is."""


def form_judgement(search: Search, choice: Choice, plan: Brief) -> Judgement:
    """Fit what the blend's scores are turned into answers with.

    Parameters
    ----------
    search : Search
        After its run; what became of older folds' residuals is added to its notes.
    choice : Choice
        With the out-of-fold scores.
    plan : Brief
        Names the metric, whether probabilities are put right and whether a threshold is tuned.
    """
    rows = search.workshop.rows
    terms, truth, scores = rows.terms, choice.truth, choice.scores
    if terms.contract.task == "regression":
        shift = quantile_shift(terms.objective, choice)
        scores = scores + shift
        most, periods = truth.size, [rows.judged(fold).size for fold in search.shared]
        if not terms.split.rolling:
            periods = []
        elif len(periods) > 1:
            most = latest_rows(truth, scores[:, 0], periods)
        if most < truth.size:
            search.notes.append(
                "Intervals were fitted on the latest fold alone: those of older folds would not have held what they say."
            )
        return (
            Judgement(intervals=fit_intervals(truth, scores[:, 0], periods, first=most), shift=shift)
            if most >= _ROWS
            else Judgement(shift=shift)
        )
    method, metric = plan.text("calibrate.method"), plan.text("metric.primary")
    # Class weights bend probabilities on purpose: to put them right would undo what they were asked for.
    wanted = bool(choice.weights) and method != "none" and not terms.balanced
    recalibration = recalibrate(truth, scores, method, choice.weight) if wanted else None
    meant = scores if recalibration is None else recalibration.apply(scores)
    tuned = plan.text("metric.threshold") == "tuned" and metric in TUNED and bool(choice.weights)
    threshold = None
    if terms.contract.task == "binary" and terms.costs:
        threshold = cheapest_threshold(terms.costs, truth, meant[:, 1], choice.weight)
    elif terms.contract.task == "binary" and tuned:
        threshold = tune_threshold(metric, truth, meant[:, 1], choice.weight)
    return Judgement(
        recalibration=recalibration,
        threshold=threshold,
        sets=fit_sets(truth, meant) if truth.size >= _ROWS else None,
        costs=terms.costs,
    )


def quantile_shift(objective: Objective, choice: Choice) -> float:
    """What puts a quantile where it was asked for, on out-of-fold scores; 0 for any other objective.

    Boosted trees answer with the quantiles of the very rows that their leaves were grown on, which lie too near to the middle.
    """
    if objective.name != "quantile" or choice.truth.size < _ROWS:
        return 0.0
    return best_constant(objective, choice.truth - choice.scores[:, 0], choice.weight)
