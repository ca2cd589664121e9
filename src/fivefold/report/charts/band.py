"""Intervals along the predictions, with the true values in them and beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.charts.canvas import Scale, circle, label, line, picture, room, span, square
from fivefold.report.html import Markup, h

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["band"]

_SIDE = 330.0
_TOP, _RIGHT = 10.0, 10.0
_TITLE = 20.0
"""Width that the name of the upright axis takes."""


def band(
    words: str, bands: Sequence[tuple[float, float, float]], pairs: Sequence[tuple[float, float]]
) -> Markup:
    """Draw the intervals as a band.

    Parameters
    ----------
    words : str
        What the chart shows.
    bands : sequence of (float, float, float)
        Prediction, lower and upper end, by the prediction.
    pairs : sequence of (float, float)
        Truth and prediction of single rows.
    """
    reach = span([end for _, low, high in bands for end in (low, high)], margin=0.06)
    left = _TITLE + room(Scale(*reach, 0, 1).ticks(4))
    inner = _SIDE - _RIGHT - left
    across = Scale(*span([said for said, _, _ in bands], margin=0.02), left, left + inner)
    upward = Scale(*reach, _TOP + inner, _TOP)
    shapes = square(across, upward, left, _TOP, inner)
    there = [f"{across(said):.1f} {upward(high):.1f}" for said, _, high in bands]
    back = [f"{across(said):.1f} {upward(low):.1f}" for said, low, _ in reversed(bands)]
    shapes.append(h("path", css="band", attributes={"d": f"M{' L'.join(there + back)}Z"}))
    low, high = bands[0][0], bands[-1][0]
    shapes.append(line(across(low), upward(low), across(high), upward(high), "ideal"))
    held = [_held(bands, said, true) for true, said in pairs]
    for (true, said), inside in zip(pairs, held, strict=True):
        shapes.append(circle(across(said), upward(true), 2.6, "point" if inside else "point out"))
    turned = {"text-anchor": "middle", "transform": f"translate(12 {_TOP + inner / 2}) rotate(-90)"}
    shapes.append(label(left + inner / 2, _TOP + inner + 34, "predicted value", "axis", anchor="middle"))
    shapes.append(h("text", "true value", css="axis", attributes=turned))
    return picture(_TOP + inner + 42, words, *shapes, width=_SIDE)


def _held(bands: Sequence[tuple[float, float, float]], said: float, true: float) -> bool:
    """Whether the band holds a value, its ends interpolated."""
    after = next((at for at, (place, _, _) in enumerate(bands) if place >= said), len(bands) - 1)
    first, last = bands[max(after - 1, 0)], bands[after]
    reach = last[0] - first[0]
    share = min(max((said - first[0]) / reach, 0.0), 1.0) if reach > 0 else 1.0
    low, high = (first[end] + share * (last[end] - first[end]) for end in (1, 2))
    return low <= true <= high
