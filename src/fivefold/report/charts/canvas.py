"""The sheet that every chart is drawn on: shapes, axes and a scale with round ticks."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from fivefold.report.figures import TIMES, figure
from fivefold.report.html import Child, Markup, h

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "WIDTH",
    "Scale",
    "axis",
    "circle",
    "label",
    "line",
    "picture",
    "rect",
    "room",
    "shorten",
    "span",
    "square",
    "tick_text",
]

WIDTH = 440
"""Units of a chart's width: narrow, so that its letters stay readable on a phone."""
_DIGIT = 7.3
"""Units that a sign of a tick's figure takes at most."""
_GAP = 7.0
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to places on the sheet.

    Attributes
    ----------
    low, high : float
        Values at the two ends.
    start, end : float
        Their places.
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value; values beyond the ends stay on them."""
        if self.high <= self.low:
            return self.start
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, most: int = 5) -> tuple[float, ...]:
        """Round values inside the ends, at most so many.

        Examples
        --------
        >>> Scale(0.0, 0.93, 0, 100).ticks()
        (0.0, 0.2, 0.4, 0.6, 0.8)
        """
        if self.high <= self.low:
            return (self.low,)
        rough = (self.high - self.low) / most
        if rough < sys.float_info.min:  # too close together for a step between them
            return (self.low,)
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in _ROUND if power * factor >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        return tuple(
            round(number * step, 12) for number in range(first, math.floor(self.high / step + 1e-9) + 1)
        )

    def legible(self, most: int = 5) -> tuple[float, ...]:
        """Ticks whose figures stand beside each other without touching, at most so many.

        Examples
        --------
        >>> Scale(0.0, 9e8, 0, 250).ticks()
        (0.0, 200000000.0, 400000000.0, 600000000.0, 800000000.0)
        >>> Scale(0.0, 9e8, 0, 250).legible()
        (0.0, 500000000.0)
        """
        for count in range(most, 1, -1):
            ticks = self.ticks(count)
            apart = min((abs(self(after) - self(tick)) for tick, after in pairwise(ticks)), default=math.inf)
            if apart >= room(ticks):
                return ticks
        return self.ticks(most)[:1]


def room(ticks: Sequence[float]) -> float:
    """Width of the widest of the ticks' figures, with a gap beside it."""
    return _GAP + _DIGIT * max((len(tick_text(tick)) for tick in ticks), default=0)


def span(values: Sequence[float], *, margin: float = 0.08) -> tuple[float, float]:
    """Lowest and highest of the values, with some air on either side."""
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    air = (high - low) * margin or abs(high) * margin or 1.0
    return low - air, high + air


def picture(height: float, words: str, *shapes: Child, width: float = WIDTH) -> Markup:
    """A chart.

    Parameters
    ----------
    height : float
    words : str
        What it shows, for those who cannot see it.
    *shapes : Markup or None
    width : float
    """
    box = f"0 0 {width:g} {height:g}"
    named: dict[str, str | float] = {
        "viewBox": box,
        "width": width,
        "height": height,
        "role": "img",
        "aria-label": words,
    }
    return h("svg", *shapes, css="chart", attributes=named)


def rect(x: float, y: float, width: float, height: float, css: str, *, round_by: float = 2.0) -> Markup:
    """A rectangle."""
    place = {"x": x, "y": y, "width": max(width, 0.0), "height": height, "rx": round_by}
    return h("rect", css=css, attributes=place)


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> Markup:
    """A line."""
    return h("line", css=css, attributes={"x1": x1, "y1": y1, "x2": x2, "y2": y2})


def circle(x: float, y: float, radius: float, css: str, title: str = "") -> Markup:
    """A dot; its title shows when one points at it."""
    return h(
        "circle", h("title", title) if title else None, css=css, attributes={"cx": x, "cy": y, "r": radius}
    )


def label(x: float, y: float, text: str, css: str = "", *, anchor: str = "start", most: int = 0) -> Markup:
    """A text; a long one is shortened, and told in full when one points at it."""
    short = shorten(text, most) if most else text
    full = h("title", text) if short != text else None
    return h("text", short, full, css=css, attributes={"x": x, "y": y, "text-anchor": anchor})


def shorten(text: str, most: int) -> str:
    """Cut a text to so many letters, with dots in place of what is gone."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def axis(scale: Scale, top: float, bottom: float, *, most: int = 5) -> list[Markup]:
    """Ticks of a horizontal axis, with faint lines from top to bottom."""
    shapes = []
    for tick in scale.legible(most):
        place = scale(tick)
        shapes.append(line(place, top, place, bottom, "grid"))
        shapes.append(label(place, bottom + 16, tick_text(tick), "tick", anchor="middle"))
    return shapes


def square(across: Scale, upward: Scale, left: float, top: float, side: float) -> list[Markup]:
    """Draw the frame of a square plot, with lines and figures for two axes of numbers."""
    shapes = [rect(left, top, side, side, "frame", round_by=0)]
    for tick in across.legible(4):
        shapes.append(line(across(tick), top, across(tick), top + side, "grid"))
        shapes.append(label(across(tick), top + side + 16, tick_text(tick), "tick", anchor="middle"))
    for tick in upward.ticks(4):
        shapes.append(line(left, upward(tick), left + side, upward(tick), "grid"))
        shapes.append(label(left - 7, upward(tick) + 4, tick_text(tick), "tick", anchor="end"))
    return shapes


def tick_text(value: float) -> str:
    """A tick's figure, without zeros that say nothing."""
    text = figure(float(value))
    return text.rstrip("0").rstrip(".") if "." in text and TIMES not in text else text
