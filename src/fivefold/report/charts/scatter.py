"""Predicted numbers against true ones, one faint dot a row; the diagonal is perfect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.charts.canvas import Scale, circle, label, line, picture, room, span, square
from fivefold.report.html import Markup, h

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["scatter"]

_SIDE = 330.0
_TOP, _RIGHT = 10.0, 10.0
_TITLE = 20.0
"""Width that the name of the upright axis takes."""


def scatter(words: str, pairs: Sequence[tuple[float, float]]) -> Markup:
    """Draw pairs of truth and prediction.

    Parameters
    ----------
    words : str
        What the chart shows.
    pairs : sequence of (float, float)
    """
    low, high = span([value for pair in pairs for value in pair], margin=0.04)
    left = _TITLE + room(Scale(low, high, 0, 1).ticks(4))
    inner = _SIDE - _RIGHT - left
    across = Scale(low, high, left, left + inner)
    upward = Scale(low, high, _TOP + inner, _TOP)
    shapes = square(across, upward, left, _TOP, inner)
    shapes.append(line(across(low), upward(low), across(high), upward(high), "ideal"))
    shapes += [circle(across(true), upward(said), 2.6, "point") for true, said in pairs]
    turned = {"text-anchor": "middle", "transform": f"translate(12 {_TOP + inner / 2}) rotate(-90)"}
    shapes.append(label(left + inner / 2, _TOP + inner + 34, "true value", "axis", anchor="middle"))
    shapes.append(h("text", "predicted value", css="axis", attributes=turned))
    return picture(_TOP + inner + 42, words, *shapes, width=_SIDE)
