"""How a mean answer moves along one column: a line over numbers, or a dot for every level. Many of them share one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.charts.canvas import Scale, circle, label, line, picture, room, tick_text
from fivefold.report.figures import percent, place
from fivefold.report.html import Markup, h

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import DependenceCurve

__all__ = ["SHADES", "effect"]

SHADES = ("one", "two", "three")
"""Of the outputs; lines are also dashed in different ways, so that nobody needs the colour."""
_WIDTH, _HEIGHT = 264.0, 150.0
_LEFT, _TOP, _RIGHT = 44.0, 8.0, 10.0
_MISSING = 46.0
"""Width of the place for missing values, behind the numbers."""
_RUG = 14.0
_TALLEST = 0.25
"""Share of the rows at which a tick of the rug is as high as it gets."""
_APART = 45.0
"""Distance from an end below which two values would be written over each other."""
_NAME, _SHARE, _ROW = 88.0, 44.0, 19.0
_LETTERS = 13


def effect(words: str, curve: DependenceCurve, overall: Sequence[float], ends: tuple[float, float]) -> Markup:
    """Draw a curve of partial dependence.

    Parameters
    ----------
    words : str
        What the chart shows.
    curve : DependenceCurve
    overall : sequence of float
        The mean answer to the rows as they are; a line when there is one output.
    ends : (float, float)
        Of the scale of the answers, which all charts beside each other share.
    """
    usual = overall[0] if len(overall) == 1 else None
    return _line(words, curve, usual, ends) if curve.places else _dots(words, curve, usual, ends)


def _line(words: str, curve: DependenceCurve, usual: float | None, ends: tuple[float, float]) -> Markup:
    """Numbers along, answers upward, a rug below."""
    bottom, right = _TOP + _HEIGHT, _WIDTH - _RIGHT - (_MISSING if curve.missing else 0.0)
    upward = Scale(*ends, bottom - _RUG - 4, _TOP)
    left = max(_LEFT, room(upward.ticks()))
    across = Scale(curve.places[0], curve.places[-1], left + 10, right - 8)
    shapes: list[Markup | None] = []
    for tick in upward.ticks():
        shapes.append(line(left, upward(tick), _WIDTH - _RIGHT, upward(tick), "grid"))
        shapes.append(label(left - 6, upward(tick) + 4, tick_text(tick), "tick", anchor="end"))
    *first, last = _marked(across)
    shapes += [label(across(value), bottom + 16, place(value), "tick", anchor="middle") for value in first]
    # Behind the last value stands a place for missing ones, with a name of its own.
    x, anchor = (across(last) + 8, "end") if curve.missing else (across(last), "middle")
    shapes.append(label(x, bottom + 16, place(last), "tick", anchor=anchor))
    if usual is not None:
        shapes.append(line(left, upward(usual), _WIDTH - _RIGHT, upward(usual), "ideal"))
    places = [across(value) for value in curve.places]
    shapes += [_tick(x, share, bottom) for x, share in zip(places, curve.shares, strict=True)]
    for shade, means in zip(SHADES, curve.means, strict=False):
        there = " L".join(f"{x:.1f} {upward(mean):.1f}" for x, mean in zip(places, means, strict=True))
        shapes.append(h("path", css=f"curve {shade}", attributes={"d": f"M{there}"}))
    if curve.missing:
        x = _WIDTH - _RIGHT - _MISSING / 2
        shapes += [circle(x, upward(mean), 4.5, f"dot {shade}") for shade, mean in _shaded(curve.missing)]
        shapes.append(_tick(x, curve.missing_share, bottom))
        shapes.append(label(x, bottom + 16, "missing", "tick", anchor="middle"))
    return picture(bottom + 22, words, *shapes, width=_WIDTH)


def _marked(across: Scale) -> list[float]:
    """The values that are written: both ends, and round ones that are not too near to them."""
    ticks = across.legible(3)
    apart = max(_APART, room((across.low, *ticks, across.high)))
    inside = [tick for tick in ticks if min(across(tick) - across.start, across.end - across(tick)) > apart]
    return [across.low, *inside, across.high]


def _tick(x: float, share: float, bottom: float) -> Markup:
    """How many rows a place stands for."""
    return line(x, bottom, x, bottom - _RUG * min(1.0, share / _TALLEST), "rug")


def _dots(words: str, curve: DependenceCurve, usual: float | None, ends: tuple[float, float]) -> Markup:
    """A line for every level, answers along, the share of the rows behind."""
    across = Scale(*ends, _NAME, _WIDTH - _SHARE)
    rows = [
        (level, share, tuple(means[at] for means in curve.means))
        for at, (level, share) in enumerate(zip(curve.levels, curve.shares, strict=True))
    ]
    if curve.missing:
        rows.append(("missing", curve.missing_share, curve.missing))
    top = _TOP + _ROW / 2
    bottom = top + _ROW * len(rows)
    shapes = [label(_WIDTH, _TOP + 2, "of rows", "tick", anchor="end")]
    for tick in across.legible(4):
        shapes.append(line(across(tick), top, across(tick), bottom, "grid"))
        shapes.append(label(across(tick), bottom + 15, tick_text(tick), "tick", anchor="middle"))
    if usual is not None:
        shapes.append(line(across(usual), top, across(usual), bottom, "ideal"))
    for at, (level, share, means) in enumerate(rows):
        y = top + _ROW * (at + 0.5)
        shapes.append(label(0, y + 4, level, "name", most=_LETTERS))
        if usual is not None:
            shapes.append(line(across(usual), y, across(means[0]), y, "whisker quiet"))
        shapes += [circle(across(mean), y, 4.5, f"dot {shade}") for shade, mean in _shaded(means)]
        shapes.append(label(_WIDTH, y + 4, percent(share), "tick", anchor="end"))
    return picture(bottom + 20, words, *shapes, width=_WIDTH)


def _shaded(means: Sequence[float]) -> list[tuple[str, float]]:
    """Each output with its colour."""
    return list(zip(SHADES, means, strict=False))
