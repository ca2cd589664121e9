"""What the model leans on: how much worse it gets without a column, and how much each adds to the scores of single rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.chapter import block, figure_row
from fivefold.report.charts.bars import Bar, bars
from fivefold.report.charts.canvas import shorten
from fivefold.report.charts.swarm import swarm
from fivefold.report.figures import NONE, exact, figure, percent
from fivefold.report.html import Markup, bullets, fold, h, join, name, table
from fivefold.report.language import all_of, metric_label, plural

if TYPE_CHECKING:
    from fivefold.core.artefacts import Contributions, Model
    from fivefold.report.html import Child

__all__ = ["contribution_words", "importances"]

_IMPORTANT = 12
_TOLD = 3
_LETTERS = 40
_CLOSE = 1e-6
"""What an explanation may be off and still be called exact."""
_SHADES = (("four", "high"), ("six", "middle"), ("one", "low"))


def importances(model: Model) -> Markup | None:
    """Both measures beside each other, then single rows."""
    pictures = [shown for shown in (_shuffled(model), _added(model)) if shown is not None]
    if not pictures:
        return None
    found = model.contributions
    return block(
        "What the model leans on",
        figure_row(*pictures),
        h("p", f"{_basis(found)}.", css="quiet") if found else None,
        *(_single(found) if found else ()),
        _whole(model),
    )


def contribution_words(model: Model) -> str:
    """What the first columns add in the mean, and of what this is told, in one sentence; empty where nothing is known."""
    found = model.contributions
    if found is None:
        return ""
    told = ", ".join(
        f"`{shorten(one.column, _LETTERS)}` {figure(one.mean)}" for one in found.columns[:_TOLD] if one.mean
    )
    return f"Mean absolute contribution ({found.unit}): {told or 'none'}. {_basis(found)}"


def _basis(found: Contributions) -> str:
    """Which rows and which part of the blend contributions speak of, and how far they are from the whole of it."""
    said = f"Contributions are exact Shapley values (TreeSHAP) on {plural(found.rows, 'sealed row')}"
    if found.left_out:
        left = ", ".join(found.left_out)
        said += f", of members with {percent(found.share)} of the weight: not of {left}, which {'has' if len(found.left_out) == 1 else 'have'} no exact ones"
    if found.off <= _CLOSE:
        return f"{said}; with the base of {figure(found.base)} they add up to the model's score"
    why = "" if found.unit == "number" else ", since it averages probabilities and not log odds"
    return f"{said}; their sum is off the whole blend's score by {figure(found.off)} {found.unit} in the mean{why}"


def _shuffled(model: Model) -> tuple[Markup, str] | None:
    """Permutation importances."""
    if not model.importances:
        return None
    label = metric_label(model.metric)
    most = max(abs(one.mean) for one in model.importances)
    shown = [
        Bar(
            one.column,
            one.mean,
            figure(one.mean, like=most),
            low=one.mean - one.deviation,
            high=one.mean + one.deviation,
        )
        for one in model.importances[:_IMPORTANT]
    ]
    words = f"Columns by how much {label} suffers when they are shuffled: " + ", ".join(
        f"{bar.label} {bar.text}" for bar in shown
    )
    sentence = (
        f"How much worse {label} gets when a column is shuffled, mean and standard deviation. A column that another one "
        f"can stand in for looks less important than it is; and important does not mean that it causes anything."
    )
    return bars(words, shown), sentence


def _added(model: Model) -> tuple[Markup, str] | None:
    """Mean absolute contributions."""
    found = model.contributions
    if found is None:
        return None
    most = max((one.mean for one in found.columns), default=0.0)
    shown = [Bar(one.column, one.mean, figure(one.mean, like=most)) for one in found.columns[:_IMPORTANT]]
    words = f"Columns by their mean absolute contribution to a score ({found.unit}): " + ", ".join(
        f"{bar.label} {bar.text}" for bar in shown
    )
    each = ", over the classes" if model.task == "multiclass" else ""
    sentence = (
        f"How far a column moves the score of a row, up or down, in the mean of the rows{each} ({found.unit}). It shares what "
        "columns do together among them, and says nothing of whether the score gets better by it."
    )
    return bars(words, shown), sentence


def _single(found: Contributions) -> list[Child]:
    """A swarm of single rows."""
    drawn = [column for column in found.columns if column.points]
    if not drawn:
        return []
    rows = max(len(column.points) for column in drawn)
    told = ", ".join(
        f"{shorten(one.column, _LETTERS)} {figure(min(moved for moved, _ in one.points))} to "
        f"{figure(max(moved for moved, _ in one.points))}"
        for one in drawn
    )
    sentence = (
        f"What each column adds to the scores of {plural(rows, 'row')} ({found.unit}), one dot a row. Colours say whether its "
        "value is low, middling or high among them; small grey dots have no such order, or no value."
    )
    keys = [
        join(h("span", css=f"swatch {shade}", attributes={"aria-hidden": "true"}), h("span", word))
        for shade, word in _SHADES
    ]
    return [
        figure_row((swarm(f"Contributions of single rows: {told}", drawn), sentence)),
        bullets(keys, css="keys"),
    ]


def _whole(model: Model) -> Markup:
    """Every column in figures."""
    means = {one.column: one.mean for one in model.contributions.columns} if model.contributions else {}
    shuffled = {one.column: one for one in model.importances}
    rows: list[tuple[Child, ...]] = []
    for column in dict.fromkeys([*shuffled, *means]):
        one, mean = shuffled.get(column), means.get(column)
        rows.append(
            (
                name(column),
                exact(one.mean, figure(one.mean)) if one else NONE,
                exact(one.deviation, figure(one.deviation)) if one else NONE,
                *((exact(mean, figure(mean)) if mean is not None else NONE,) if means else ()),
            )
        )
    head = ("Column", "Mean", "Standard deviation", *(("Mean contribution",) if means else ()))
    listing = table("Importance of every column", head, rows, numbers=range(1, len(head)))
    return fold(all_of(len(rows), "column"), listing)
