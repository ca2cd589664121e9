"""Rivals: what the model gains over a linear model and over a single LightGBM on the same sealed rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.charts.marks import Mark
from fivefold.report.figures import NONE, figure, interval
from fivefold.report.html import Markup, bullets, h, join, table
from fivefold.report.language import family, metric_label, scored

if TYPE_CHECKING:
    from fivefold.core.artefacts import Model, Rival
    from fivefold.report.html import Child

__all__ = ["rival_lines", "rival_marks", "rival_words", "rivals"]

_KINDS = {"linear": "linear model", "lightgbm": "single LightGBM"}
_ELSEWHERE = {"bigquery-ml": "model of BigQuery ML", "vertex-automl": "model of Vertex AI's AutoML"}


def rivals(model: Model) -> Markup | None:
    """A table of the rivals, and a sentence for each."""
    found, lines = model.evaluation.rivals, rival_lines(model)
    if not lines:
        return None
    rows: list[tuple[Child, ...]] = [
        (
            join(_kind(rival), h("small", rival.name)),
            scored(rival.score),
            scored(rival.gain) if rival.gain else NONE,
        )
        for rival in found
    ]
    label = metric_label(model.evaluation.metric)
    head = ("Beside it", label, "What the model gains")
    listing = table(f"{label} of plain models on the same rows", head, rows, numbers=(1, 2)) if rows else None
    return join(listing, bullets([f"{line}." for line in lines]))


def rival_lines(model: Model) -> list[str]:
    """A sentence for every rival, and one for every plain family that was tried but could not be held beside the model."""
    if any(member.family == "dummy" for member in model.members):
        return []
    tried, there = (
        {row.family for row in model.leaderboard},
        {rival.family for rival in model.evaluation.rivals},
    )
    return [
        *(rival_words(rival) for rival in model.evaluation.rivals),
        *(
            f"No {words} is held beside the model: none was fitted on the same rows and judged in time"
            for kind, words in _KINDS.items()
            if kind in tried - there
        ),
    ]


def rival_words(rival: Rival) -> str:
    """What the model gains over a rival, in one sentence."""
    if rival.gain is None:
        return f"The model is itself a {_kind(rival)} ({rival.name}), so there is no gain over one"
    label, gain = metric_label(rival.score.metric), rival.gain
    own = f"the best {_kind(rival)} ({rival.name}, {label} {figure(rival.score.value)})"
    if gain.low > 0:
        return f"The model is better than {own} by {figure(gain.value)}, 95 % interval {interval(gain)}"
    verdict = "worse" if gain.high < 0 else "not clearly better"
    return (
        f"The model is {verdict} than {own}: difference {figure(gain.value)}, 95 % interval {interval(gain)}"
    )


def rival_marks(model: Model) -> tuple[Mark, ...]:
    """The rivals as dots beside the model's."""
    return tuple(
        Mark(_kind(rival), rival.score.value, rival.score.low, rival.score.high, "quiet")
        for rival in model.evaluation.rivals
        if rival.gain is not None
    )


def _kind(rival: Rival) -> str:
    """What a person calls such a model."""
    return (_KINDS | _ELSEWHERE).get(rival.family, family(rival.family))
