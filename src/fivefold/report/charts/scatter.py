"""Predicted numbers against true ones, one faint dot a row; the diagonal is perfect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.charts.canvas import Scale, circle, label, line, picture, rect, span, tick_text
from fivefold.report.html import Markup, h

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["scatter"]

_SIDE = 330.0
_LEFT, _TOP, _INNER = 58.0, 10.0, 262.0


def scatter(words: str, pairs: Sequence[tuple[float, float]]) -> Markup:
    """Draw pairs of truth and prediction.

    Parameters
    ----------
    words : str
        What the chart shows.
    pairs : sequence of (float, float)
    """
    low, high = span([value for pair in pairs for value in pair], margin=0.04)
    across = Scale(low, high, _LEFT, _LEFT + _INNER)
    upward = Scale(low, high, _TOP + _INNER, _TOP)
    shapes = [rect(_LEFT, _TOP, _INNER, _INNER, "frame", round_by=0)]
    for tick in across.ticks(4):
        shapes += [
            line(across(tick), _TOP, across(tick), _TOP + _INNER, "grid"),
            line(_LEFT, upward(tick), _LEFT + _INNER, upward(tick), "grid"),
            label(across(tick), _TOP + _INNER + 16, tick_text(tick), "tick", anchor="middle"),
            label(_LEFT - 7, upward(tick) + 4, tick_text(tick), "tick", anchor="end"),
        ]
    shapes.append(line(across(low), upward(low), across(high), upward(high), "ideal"))
    shapes += [circle(across(true), upward(said), 2.6, "point") for true, said in pairs]
    turned = {"text-anchor": "middle", "transform": f"translate(12 {_TOP + _INNER / 2}) rotate(-90)"}
    shapes.append(label(_LEFT + _INNER / 2, _TOP + _INNER + 34, "true value", "axis", anchor="middle"))
    shapes.append(h("text", "predicted value", css="axis", attributes=turned))
    return picture(_TOP + _INNER + 42, words, *shapes, width=_SIDE)
