"""What the model says of its own certainty, what each threshold would find, and where the model is worse than elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.chapter import block, figure_row
from fivefold.report.charts.band import band
from fivefold.report.charts.bars import Bar, bars
from fivefold.report.charts.curve import curve
from fivefold.report.figures import exact, figure, percent, whole
from fivefold.report.html import Markup, fold, h, join, name, table
from fivefold.report.language import plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.artefacts import Evaluation, Model, Slice

__all__ = ["certainty", "curves", "slices"]

_LETTERS = 28
"""Of a slice's name that are shown: column and stretch."""
_METHODS = {"temperature": "temperature scaling", "beta": "beta calibration"}


def certainty(model: Model) -> Markup | None:
    """How sure answers are, and whether that is borne out."""
    coverage = model.evaluation.coverage
    if coverage is None:
        return None
    level, share = percent(coverage.level), exact(coverage.share, percent(coverage.share))
    held = f"({percent(coverage.low)} to {percent(coverage.high)})"
    if model.task != "regression":
        told = join(
            f"On request an answer carries the set of classes that holds the true one in {level} of rows of every class. "
            "On the sealed rows the sets held ",
            h("b", share, f" {held}"),
            f", with {figure(coverage.width)} classes in the mean; a set that knows nothing of a row would need "
            f"{whole(round(coverage.widest))}.",
        )
        return block("How sure the answers are", h("p", told), _reliability(model.evaluation))
    told = join(
        f"On request an answer carries an interval that holds the true number in {level} of rows. On the sealed rows the "
        "intervals held ",
        h("b", share, f" {held}"),
        f"; they are {figure(coverage.width)} wide in the mean, where an interval that knows nothing of a row would be "
        f"{figure(coverage.widest)} wide.",
    )
    if not coverage.bands:
        return block("How sure the answers are", h("p", told))
    words = f"Intervals for {level} of rows along the predicted {model.target}, with true values as dots"
    chart = band(words, coverage.bands, model.evaluation.residuals)
    sentence = "The band is the interval of each prediction; dots outside it are rows that it missed."
    return block("How sure the answers are", h("p", told), figure_row((chart, sentence)))


def _reliability(evaluation: Evaluation) -> Markup | None:
    """What the probabilities were worth, in one sentence."""
    found = evaluation.reliability
    if found is None:
        return None
    put_right = (
        f"They were put right by {_METHODS.get(found.method, found.method)}, fitted on out-of-fold scores. "
        if found.method
        else ""
    )
    cut = (
        f" The label is the positive class above a probability of {figure(evaluation.threshold)}, by "
        f"{'the metric' if evaluation.costs is None else 'what answers cost'}."
        if evaluation.threshold is not None
        else ""
    )
    return h(
        "p",
        f"{put_right}Probabilities lie {figure(found.error)} from what happened in the mean. Brier score "
        f"{figure(found.brier)}: {figure(found.off)} for saying too much or too little, {figure(found.uncertainty)} that "
        f"nobody could know, less {figure(found.resolution)} for telling rows apart.{cut}",
    )


def curves(model: Model) -> Markup | None:
    """What each threshold finds, and what it costs; two classes only."""
    points = model.evaluation.curve
    if not points:
        return None
    positive = model.classes[-1] if model.classes else "positive"
    cut = 0.5 if model.evaluation.threshold is None else model.evaluation.threshold
    at = min(points, key=lambda point: abs(point[0] - cut))
    base = points[-1][3]
    roc = curve(
        f"Share of {positive!r} found against share of the others taken for it",
        [(0.0, 0.0), *((false, found) for _, found, false, _ in points)],
        ("share of the others taken for it", "share found"),
        ((0.0, 0.0), (1.0, 1.0)),
        (at[2], at[1]),
    )
    precision = curve(
        f"Share of rows called {positive!r} that are, against share of them found",
        [(found, right) for _, found, _, right in points],
        ("share found (recall)", "share of calls that are right"),
        ((0.0, base), (1.0, base)),
        (at[1], at[3]),
    )
    rows = [
        (figure(level), percent(found), percent(false), percent(right))
        for level, found, false, right in points[:: max(1, len(points) // 15)]
    ]
    head = ("Threshold", "Found", "Others taken for it", "Calls that are right")
    return block(
        "What each threshold would find",
        figure_row(
            (roc, "The dashed line is guessing; the dot is where labels are cut now."),
            (precision, "The dashed line is guessing: the share of such rows among all."),
        ),
        fold("Thresholds in figures", table("Thresholds", head, rows, numbers=range(len(head)))),
    )


def slices(model: Model) -> Markup | None:
    """Where the model is worse than elsewhere."""
    found, everywhere = model.evaluation.slices, model.evaluation.error
    if not found:
        return None
    numbers = model.task == "regression"
    what = "mean absolute error" if numbers else "share of wrong labels"

    def text(value: float) -> str:
        return figure(value) if numbers else percent(value)

    drawn = [
        Bar(f"{one.column}: {one.value}", one.error, text(one.error), low=one.low, high=one.high)
        for one in found
    ]
    words = f"{what} where it is worst: " + ", ".join(f"{bar.label} {bar.text}" for bar in drawn)
    chart = bars(words, drawn, limit=everywhere, limit_text=f"all rows {text(everywhere)}", letters=_LETTERS)
    sentence = (
        f"{what.capitalize()} with its 95 % interval, for the worst value or stretch of each column that is worse than "
        f"the rest beyond chance."
    )
    return block(
        "Where it is worst", figure_row((chart, sentence)), fold("In figures", _table(found, what, text))
    )


def _table(found: tuple[Slice, ...], what: str, text: Callable[[float], str]) -> Markup:
    """The same in figures."""
    rows = [
        (
            join(name(one.column), f" {one.value}"),
            text(one.error),
            f"{text(one.low)} to {text(one.high)}",
            whole(one.rows),
        )
        for one in found
    ]
    caption = f"{plural(len(found), 'slice')} of the sealed rows"
    return table(caption, ("Slice", what.capitalize(), "95 % interval", "Rows"), rows, numbers=(1, 2, 3))
