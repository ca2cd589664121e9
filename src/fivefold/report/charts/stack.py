"""One bar cut into shares: how rows were split, what a blend is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.charts.canvas import WIDTH, picture, rect
from fivefold.report.figures import percent
from fivefold.report.html import Markup, bullets, h, join

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SHADES", "stack"]

SHADES = ("one", "two", "three", "four", "five", "six")
_HEIGHT = 22.0
_GAP = 2.0


def stack(words: str, parts: Sequence[tuple[str, float, str]]) -> Markup:
    """Draw a bar of shares, with a key below it.

    Parameters
    ----------
    words : str
        What the chart shows.
    parts : sequence of (str, float, str)
        Name, size and the figure as written in the key.
    """
    total = sum(size for _, size, _ in parts) or 1.0
    shapes, keys, start = [], [], 0.0
    for at, (name, size, text) in enumerate(parts):
        shade = SHADES[at % len(SHADES)]
        width = WIDTH * size / total
        shapes.append(rect(start, 0, width - _GAP if width > 2 * _GAP else width, _HEIGHT, f"shade {shade}"))
        start += width
        swatch = h("span", css=f"swatch {shade}", attributes={"aria-hidden": "true"})
        keys.append(join(swatch, h("span", f"{name} "), h("b", text)))
    told = f"{words}: " + ", ".join(f"{name} {percent(size / total)}" for name, size, _ in parts)
    return h("div", picture(_HEIGHT, told, *shapes), bullets(keys, css="keys"), css="stack")
