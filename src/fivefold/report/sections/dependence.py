"""Partial dependence: how the mean answer moves along the columns that matter most, one small picture each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.chapter import block
from fivefold.report.charts.canvas import shorten, span
from fivefold.report.charts.effect import SHADES, effect
from fivefold.report.figures import exact, figure, percent, place
from fivefold.report.html import Markup, bullets, fold, h, join, name, table
from fivefold.report.language import plural

if TYPE_CHECKING:
    from fivefold.core.artefacts import Dependence, DependenceCurve, Model
    from fivefold.report.html import Child

__all__ = ["dependence", "dependence_words"]

_TOLD = 3
"""Columns that the sentence names."""
_LETTERS = 40
_NEVER_READ = (
    "It shows what the model does, not what would happen if somebody changed the value. Where columns go together, as height "
    "and weight do, some of these rows could not exist, and the curve says little."
)


def dependence(model: Model) -> Markup | None:
    """The pictures, with their figures folded below."""
    found = model.dependence
    if found is None:
        return None
    title, left_out = "How the answer moves along single columns", _left_out(found)
    if not found.curves:
        return block(title, left_out)
    means = [
        mean for curve in found.curves for each in (*curve.means, curve.missing) for mean in each if each
    ]
    ends = span([*means, *found.overall])
    cards = [
        h(
            "figure",
            h("figcaption", name(curve.column)),
            effect(_words(curve, found.outputs), curve, found.overall, ends),
            css="card",
        )
        for curve in found.curves
    ]
    tables = (_table(curve, found.outputs) for curve in found.curves)
    return block(
        title,
        h("p", _reading(found)),
        _keys(found.outputs),
        h("div", *cards, css="cards"),
        left_out,
        fold("The curves, in figures", *tables),
    )


def dependence_words(model: Model) -> str:
    """How far the mean answer moves along the first columns, in one sentence; empty where nothing is known of it."""
    found = model.dependence
    if found is None or not found.curves:
        return ""
    reach = [
        max(_ends(curve, output)[1][0] - _ends(curve, output)[0][0] for curve in found.curves)
        for output in range(len(found.overall))
    ]
    output = reach.index(max(reach))
    told = []
    for curve in found.curves[:_TOLD]:
        (low, at_low), (high, at_high) = _ends(curve, output)
        told.append(f"{figure(low)} ({at_low}) to {figure(high)} ({at_high}) along `{curve.column}`")
    what = f"probability of `{found.outputs[output]}`" if found.outputs else "prediction"
    return (
        f"With one column set to the same value in each of {plural(found.rows, 'sealed row')}, the mean {what} goes from "
        + ", from ".join(told)
    )


def _reading(found: Dependence) -> Markup:
    """How to read the pictures."""
    what: Child = "prediction"
    if found.outputs:
        what = join(
            "probability of ", name(found.outputs[0]) if len(found.outputs) == 1 else "each of these classes"
        )
    usual = " the dashed line is the mean of the rows as they are;" if len(found.overall) == 1 else ""
    return join(
        "The mean ",
        what,
        f" when one column is set to the same value in each of {plural(found.rows, 'sealed row')} and everything "
        f"else stays as it is. All pictures have one scale;{usual} grey ticks, or the shares behind, say how many rows a "
        f"place stands for, and where there are few the model has seen little. {_NEVER_READ}",
    )


def _keys(outputs: tuple[str, ...]) -> Markup | None:
    """Which colour is which class."""
    if len(outputs) < 2:
        return None
    shaded = zip(SHADES, outputs, strict=False)
    return bullets(
        [join(_swatch(shade), h("span", shorten(each, _LETTERS))) for shade, each in shaded], css="keys"
    )


def _swatch(shade: str) -> Markup:
    """A patch of colour."""
    return h("span", css=f"swatch {shade}", attributes={"aria-hidden": "true"})


def _left_out(found: Dependence) -> Markup | None:
    """Which important columns have no picture, and why."""
    if not found.left_out:
        return None
    columns = (
        join(", " if at else "", name(column), f" ({why})") for at, (column, why) in enumerate(found.left_out)
    )
    return h("p", "Without a picture: ", *columns, ".", css="quiet")


def _rows(curve: DependenceCurve) -> list[tuple[str, float, tuple[float, ...]]]:
    """Every place of a curve in words, with its share of the rows and the mean answers."""
    names = [place(value) for value in curve.places] or list(curve.levels)
    means = zip(*curve.means, strict=True)
    rows = list(zip(names, curve.shares, means, strict=True))
    return [*rows, ("missing", curve.missing_share, curve.missing)] if curve.missing else rows


def _ends(curve: DependenceCurve, output: int) -> tuple[tuple[float, str], tuple[float, str]]:
    """The lowest and the highest mean answer, and where they are."""
    found = [(means[output], " ".join(shorten(at, _LETTERS).split())) for at, _, means in _rows(curve)]
    return min(found), max(found)


def _words(curve: DependenceCurve, outputs: tuple[str, ...]) -> str:
    """What a picture shows."""
    told = []
    for output in range(len(curve.means)):
        (low, at_low), (high, at_high) = _ends(curve, output)
        what = f"probability of {shorten(outputs[output], _LETTERS)}" if outputs else "prediction"
        told.append(f"mean {what} from {figure(low)} at {at_low} to {figure(high)} at {at_high}")
    return f"Along {shorten(curve.column, _LETTERS)}: " + ", ".join(told)


def _table(curve: DependenceCurve, outputs: tuple[str, ...]) -> Markup:
    """A curve in figures."""
    rows: list[tuple[Child, ...]] = [
        (at, exact(share, percent(share)), *(exact(mean, figure(mean)) for mean in means))
        for at, share, means in _rows(curve)
    ]
    what = [f"Mean probability of {shorten(each, _LETTERS)}" for each in outputs] or ["Mean prediction"]
    head = (shorten(curve.column, _LETTERS), "Share of rows", *what)
    return table(f"Partial dependence on {curve.column}", head, rows, numbers=range(1, len(head)))
