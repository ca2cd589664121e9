"""Fairness: how the groups of the columns that the person named fare on the sealed rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.chapter import block, figure_row
from fivefold.report.charts.bars import Bar, bars
from fivefold.report.charts.canvas import shorten
from fivefold.report.figures import NONE, exact, figure
from fivefold.report.html import Markup, bullets, h, join, name, table
from fivefold.report.language import metric_label, plural

if TYPE_CHECKING:
    from fivefold.core.artefacts import Disparity, Fairness, FairnessGroup, GroupFigure, Model
    from fivefold.report.html import Child

__all__ = ["disparity_words", "fairness", "fairness_words"]

_LETTERS = 30
_LABELS = {
    "selection_rate": "selection rate",
    "true_positive_rate": "true positive rate",
    "false_positive_rate": "false positive rate",
    "mean_error": "mean error",
}
_MEANINGS = {
    "selection_rate": "share of the rows that get the positive label",
    "true_positive_rate": "share of the positive rows that get it",
    "false_positive_rate": "share of the negative rows that get it",
    "mean_error": "predicted less true",
}


def fairness(model: Model) -> Markup | None:
    """A picture, a table and the differences, for each column."""
    parts = [part for one in model.evaluation.fairness for part in _column(one)]
    if not parts:
        return None
    reading = (
        "Sealed rows by the groups of the columns that were named for it. Differences are between the groups that are furthest "
        "apart; chance alone makes one as large as stated in 5 of 100 draws even where all groups are treated alike. A difference "
        "does not say why there is one, and no difference in these figures does not say that the model is fair."
    )
    return block("How groups fare", h("p", reading), *parts)


def fairness_words(found: Fairness) -> str:
    """What is beyond chance between the groups of a column, in one sentence; empty where nothing is."""
    beyond = [one for one in found.disparities if one.beyond]
    if not beyond:
        return ""
    told = "; ".join(f"{_label(one.name)} {figure(one.value)} ({_between(one)})" for one in beyond)
    return f"The groups of '{shorten(found.column, _LETTERS)}' differ beyond chance: {told}"


def disparity_words(one: Disparity) -> str:
    """A difference or a ratio with its interval, and whether chance explains it."""
    told = (
        f"{_label(one.name)} {figure(one.value)}, 95 % interval {figure(one.low, like=one.value)} to "
        f"{figure(one.high, like=one.value)} "
        f"({_between(one)})"
    )
    if one.chance is None:
        return told
    verdict = (
        "more than chance makes of equal groups"
        if one.beyond
        else "no more than chance makes of equal groups"
    )
    return f"{told}: {verdict} ({figure(one.chance)})"


def _column(found: Fairness) -> list[Child]:
    """What there is to see of one column."""
    compared = [group for group in found.groups if group.figures]
    small = [group for group in found.groups if not group.figures]
    left = ", ".join(f"{shorten(one.value, _LETTERS)} ({one.rows:,})" for one in small)
    others = (
        h("p", f"Too few rows, or too many groups, to be compared: {left}.", css="quiet") if small else None
    )
    head = h("p", h("b", "By ", name(found.column)))
    if not compared:
        return [head, others]
    return [
        head,
        figure_row(_picture(found, compared)),
        _table(found, compared),
        bullets([f"{_capital(disparity_words(one))}." for one in found.disparities]),
        others,
    ]


def _picture(found: Fairness, compared: list[FairnessGroup]) -> tuple[Markup, str]:
    """The first figure of every group as bars."""
    drawn, what = [], compared[0].figures[0].name
    for group in compared:
        first = group.figures[0]
        if first.value is not None:
            drawn.append(Bar(group.value, first.value, figure(first.value), low=first.low, high=first.high))
    words = f"{_label(what)} by {found.column}: " + ", ".join(f"{bar.label} {bar.text}" for bar in drawn)
    meaning = f" ({_MEANINGS[what]})" if what in _MEANINGS else ""
    return bars(words, drawn), f"{_capital(_label(what))}{meaning} with its 95 % interval."


def _table(found: Fairness, compared: list[FairnessGroup]) -> Markup:
    """Every figure of every group."""
    head = ("Group", "Rows", *(_capital(_label(one.name)) for one in compared[0].figures))
    rows: list[tuple[Child, ...]] = [
        (name(group.value), f"{group.rows:,}", *map(_cell, group.figures)) for group in compared
    ]
    caption = f"{plural(len(compared), 'group')} of {found.column} on the sealed rows"
    return table(caption, head, rows, numbers=range(1, len(head)))


def _cell(one: GroupFigure) -> Child:
    """A figure above its interval."""
    if one.value is None:
        return NONE
    return join(
        exact(one.value, figure(one.value)),
        h("small", f"{figure(one.low, like=one.value)} to {figure(one.high, like=one.value)}"),
    )


def _label(identifier: str) -> str:
    """What a person reads for a figure, or for a difference of it."""
    known = identifier.removesuffix("_difference")
    if known in _LABELS:
        return _LABELS[known] + (" difference" if known != identifier else "")
    if known != identifier and not known.startswith(("demographic", "equalized")):
        return f"{metric_label(known)} difference"
    return metric_label(identifier)


def _between(one: Disparity) -> str:
    """From which group to which."""
    return f"lowest {shorten(one.lowest, _LETTERS)}, highest {shorten(one.highest, _LETTERS)}"


def _capital(text: str) -> str:
    """The same with a capital letter in front."""
    return text[:1].upper() + text[1:]
