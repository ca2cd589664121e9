"""How often which sizes of error occur."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.charts.canvas import Scale, label, line, picture, rect, tick_text
from fivefold.report.figures import figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.report.html import Markup

__all__ = ["histogram"]

_SIDE = 330.0
_LEFT, _TOP, _INNER, _HEIGHT = 14.0, 10.0, 302.0, 262.0
_TAIL = 0.01
_BINS = 25
"""An odd number puts zero into the middle of one."""


def histogram(words: str, values: Sequence[float], axis_name: str) -> Markup:
    """Draw a histogram around zero; the farthest hundredth on either side is gathered in the outermost bins.

    Parameters
    ----------
    words : str
        What the chart shows.
    values : sequence of float
    axis_name : str
    """
    ordered = sorted(values)
    cut = int(_TAIL * len(ordered))
    reach = max(abs(ordered[cut]), abs(ordered[-1 - cut])) or 1.0
    counts = [0] * _BINS
    for value in ordered:
        place = (min(max(value, -reach), reach) + reach) / (2 * reach)
        counts[min(int(place * _BINS), _BINS - 1)] += 1
    across = Scale(-reach, reach, _LEFT, _LEFT + _INNER)
    width = _INNER / _BINS
    most = max(counts)
    shapes: list[Markup] = []
    for at, count in enumerate(counts):
        tall = _HEIGHT * count / most
        shapes.append(
            rect(_LEFT + width * at + 0.5, _TOP + _HEIGHT - tall, width - 1, tall, "bar model", round_by=1)
        )
    bottom = _TOP + _HEIGHT
    shapes.append(line(_LEFT, bottom, _LEFT + _INNER, bottom, "base"))
    shapes.append(line(across(0), _TOP, across(0), bottom, "zero"))
    shapes += [
        label(across(tick), bottom + 16, tick_text(tick), "tick", anchor="middle")
        for tick in across.legible(4)
    ]
    shapes.append(label(_LEFT + _INNER / 2, bottom + 34, axis_name, "axis", anchor="middle", most=44))
    told = f"{words}; the middle of them lies at {figure(ordered[len(ordered) // 2])}"
    return picture(bottom + 42, told, *shapes, width=_SIDE)
