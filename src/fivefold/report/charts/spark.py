"""A distribution as small as a word: one shape, so that a page of thousands stays quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.charts.canvas import picture
from fivefold.report.html import Markup, h

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["spark"]

_WIDTH, _HEIGHT = 200.0, 40.0
_GAP = 1.5
_LEAST = 1.0
_WIDEST = 26.0


def spark(words: str, counts: Sequence[int], *, pale: int = 0) -> Markup:
    """Draw counts as upright bars without axes.

    Parameters
    ----------
    words : str
        What the picture shows.
    counts : sequence of int
    pale : int
        How many of the last bars are drawn pale: all other values, missing ones.
    """
    most = max(counts, default=0) or 1
    step = min(_WIDEST, _WIDTH / max(1, len(counts)))
    bars = [_bar(step * at, step - _GAP, _tall(count, most)) for at, count in enumerate(counts)]
    firm = len(bars) - pale
    shapes = [
        h("path", css=f"bar {css}".strip(), attributes={"d": "".join(part)})
        for part, css in ((bars[:firm], ""), (bars[firm:], "baseline"))
        if part
    ]
    return picture(_HEIGHT, words, *shapes, width=_WIDTH)


def _tall(count: int, most: int) -> float:
    """Height of a bar; what is there at all can be seen."""
    return max(_LEAST, _HEIGHT * count / most) if count else 0.0


def _bar(left: float, width: float, tall: float) -> str:
    """A bar as a part of a path."""
    return f"M{left:.4g} {_HEIGHT:g}v{-tall:.4g}h{width:.4g}v{tall:.4g}z" if tall else ""
