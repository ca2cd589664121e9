"""Whether a probability means what it says: rows scored 0.7 should turn out positive seven times in ten."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fivefold.report.charts.canvas import Scale, circle, label, line, picture, rect, tick_text
from fivefold.report.figures import figure, percent, whole
from fivefold.report.html import Markup, h

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["calibration"]

_SIDE = 330.0
_LEFT, _TOP, _INNER = 46.0, 10.0, 272.0


def calibration(words: str, bins: Sequence[tuple[float, float, int]], positive: str) -> Markup:
    """Draw what was said against what happened; the diagonal is perfect.

    Parameters
    ----------
    words : str
        What the chart shows.
    bins : sequence of (float, float, int)
        Mean score, share that was positive, rows.
    positive : str
        The class that the scores speak of.
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
    shapes.append(line(across(0), upward(0), across(1), upward(1), "ideal"))
    most = max((rows for _, _, rows in bins), default=1) or 1
    for said, happened, rows in sorted(bins, key=lambda one: -one[2]):
        told = f"said {figure(said)}, happened in {percent(happened)} of {whole(rows)} rows"
        shapes.append(circle(across(said), upward(happened), 3 + 5 * math.sqrt(rows / most), "bubble", told))
    shapes.append(
        label(
            _LEFT + _INNER / 2,
            _TOP + _INNER + 34,
            f"probability of {positive!r} as predicted",
            "axis",
            anchor="middle",
            most=44,
        )
    )
    shapes.append(_upright("share that turned out so"))
    return picture(_TOP + _INNER + 42, words, *shapes, width=_SIDE)


def _upright(text: str) -> Markup:
    """The name of the upward axis."""
    turned = {"text-anchor": "middle", "transform": f"translate(12 {_TOP + _INNER / 2}) rotate(-90)"}
    return h("text", text, css="axis", attributes=turned)
