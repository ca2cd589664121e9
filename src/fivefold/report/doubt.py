"""Doubt: a figure that is nearly perfect is too good to be true until somebody knows why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.figures import figure
from fivefold.report.language import metric_label, plural

if TYPE_CHECKING:
    from fivefold.core.artefacts import Dataset, Evaluation, Model, Score

__all__ = ["doubt_words"]

_PERFECT = 0.999
_METRICS = ("roc_auc", "accuracy", "r2")
_LEAST_ROWS = 50
"""Sealed rows below which a perfect figure may be luck."""
_BESIDE = 0.1
"""Share of the baseline's wrong answers that may be left: of a class that nearly all rows have, 0.999 is nothing."""


def doubt_words(model: Model, dataset: Dataset | None) -> str:
    """Ask why the sealed figures are nearly perfect; empty where they are not, or where a finding asks already.

    Parameters
    ----------
    model : Model
    dataset : Dataset or None
        Its findings may name a column that gives the answer away.
    """
    score = _perfect(model.evaluation)
    if score is None or (dataset is not None and _is_asked(dataset)):
        return ""
    label = metric_label(score.metric)
    said = (
        f"Too good to be true until you know why: {label} {figure(score.value)} "
        f"on {plural(model.evaluation.rows, 'sealed row')}."
    )
    column = max(model.importances, key=lambda one: one.mean, default=None)
    if column is None:
        return f"{said} Is the question that easy, or does a column give the answer away?"
    return (
        f"{said} The column that matters most is '{column.column}': is it known at the moment when '{model.target}' is "
        "asked for, and is the question that easy?"
    )


def _perfect(evaluation: Evaluation) -> Score | None:
    """The figure that is nearly perfect, if one is."""
    if evaluation.rows < _LEAST_ROWS:
        return None
    theirs = {score.metric: score.value for score in evaluation.baseline}
    for metric in _METRICS:
        score = next((score for score in evaluation.scores if score.metric == metric), None)
        if score is None or score.value < _PERFECT:
            continue
        if 1 - score.value <= _BESIDE * (1 - theirs.get(metric, 0.0)) and theirs.get(metric, 0.0) < _PERFECT:
            return score
    return None


def _is_asked(dataset: Dataset) -> bool:
    """Whether a finding asks about a column among the features that gives the answer away."""
    features = {column.name for column in dataset.contract.columns}
    return any(finding.asks_for_leak and features.issuperset(finding.columns) for finding in dataset.findings)
