"""What a threshold finds against what it costs: one line over two shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.charts.canvas import Scale, circle, label, line, picture, rect, tick_text
from fivefold.report.html import Markup, h

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["curve"]

_SIDE = 330.0
_LEFT, _TOP, _INNER = 46.0, 10.0, 272.0


def curve(
    words: str,
    points: Sequence[tuple[float, float]],
    names: tuple[str, str],
    chance: tuple[tuple[float, float], tuple[float, float]],
    chosen: tuple[float, float] | None = None,
) -> Markup:
    """Draw a line through shares.

    Parameters
    ----------
    words : str
        What the chart shows.
    points : sequence of (float, float)
        Places on the line, in order.
    names : (str, str)
        Of the horizontal and the upright axis.
    chance : two points
        Ends of the dashed line that guessing gives.
    chosen : (float, float), optional
        Where labels are cut.
    """
    across = Scale(0, 1, _LEFT, _LEFT + _INNER)
    upward = Scale(0, 1, _TOP + _INNER, _TOP)
    shapes = [rect(_LEFT, _TOP, _INNER, _INNER, "frame", round_by=0)]
    for tick in across.ticks():
        shapes += [
            line(across(tick), _TOP, across(tick), _TOP + _INNER, "grid"),
            line(_LEFT, upward(tick), _LEFT + _INNER, upward(tick), "grid"),
            label(across(tick), _TOP + _INNER + 16, tick_text(tick), "tick", anchor="middle"),
            label(_LEFT - 7, upward(tick) + 4, tick_text(tick), "tick", anchor="end"),
        ]
    (x1, y1), (x2, y2) = chance
    shapes.append(line(across(x1), upward(y1), across(x2), upward(y2), "ideal"))
    places = " L".join(f"{across(x):.1f} {upward(y):.1f}" for x, y in points)
    shapes.append(h("path", css="curve", attributes={"d": f"M{places}"}))
    if chosen is not None:
        shapes.append(circle(across(chosen[0]), upward(chosen[1]), 5.5, "bubble", "where labels are cut"))
    middle = _TOP + _INNER / 2
    turned = {"text-anchor": "middle", "transform": f"translate(12 {middle}) rotate(-90)"}
    shapes.append(label(_LEFT + _INNER / 2, _TOP + _INNER + 34, names[0], "axis", anchor="middle", most=44))
    shapes.append(h("text", names[1], css="axis", attributes=turned))
    return picture(_TOP + _INNER + 42, words, *shapes, width=_SIDE)
