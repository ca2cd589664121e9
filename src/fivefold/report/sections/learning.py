"""The learning curve: what fewer rows would have given, and what that says of more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.chapter import block, figure_row
from fivefold.report.charts.marks import Mark, marks
from fivefold.report.figures import figure, interval
from fivefold.report.html import Markup, h
from fivefold.report.language import metric_label, plural, sentence

if TYPE_CHECKING:
    from fivefold.core.artefacts import LearningCurve, Model

__all__ = ["learning", "learning_words"]

_VERDICTS = {
    "helps": "more rows would probably help",
    "hardly": "more rows of this kind would hardly help",
    "unclear": "whether more rows would help cannot be told from these",
}


def learning(model: Model) -> Markup | None:
    """The sentence, and the points with their intervals."""
    found = model.learning
    if found is None:
        return None
    *fewer, whole = found.points
    dots = [
        Mark(plural(point.rows, "row"), point.score.value, point.score.low, point.score.high, css)
        for point, css in [*((each, "quiet") for each in fewer), (whole, "model")]
    ]
    label = metric_label(whole.score.metric)
    words = f"{label} by the rows learned from: " + ", ".join(
        f"{dot.label} {figure(dot.value)}" for dot in dots
    )
    told = (
        f"{label} of {found.candidate} on the {plural(found.judged, 'row')} that the first fold is judged on, after it had "
        f"learned from a quarter, from half and from all of that fold's rows. The same rows judge all three, so the difference "
        "is surer than these intervals look. The sealed rows played no part here, and nothing was chosen by it."
    )
    return block(
        "What more rows would buy",
        h("p", sentence(learning_words(found))),
        figure_row((marks(words, dots), sentence(told))),
    )


def learning_words(found: LearningCurve) -> str:
    """What more rows would buy, in one sentence."""
    *_, half, whole = found.points
    gain, label = found.gain, metric_label(whole.score.metric)
    ends = f"95 % interval {interval(gain)}"
    if gain.value > 0:
        moved = f"{'rose' if whole.score.greater_is_better else 'fell'} by {figure(gain.value)} ({ends})"
    else:
        moved = f"did not get better (difference {figure(gain.value)}, {ends})"
    rows = f"{half.rows:,} to {plural(whole.rows, 'row')}"
    return f"from half of the rows to all of them ({rows}) the {label} of {found.candidate} {moved}: {_VERDICTS[found.verdict]}"
