"""Figures with their intervals on one axis: what lies apart, and what only seems to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.report.charts.canvas import WIDTH, Scale, axis, circle, label, line, picture, span
from fivefold.report.figures import figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.report.html import Markup

__all__ = ["Mark", "marks"]

_LEFT = 132.0
_RIGHT = 74.0
_ROW = 34.0
_LETTERS = 17


@dataclass(frozen=True, slots=True)
class Mark:
    """One figure.

    Attributes
    ----------
    label : str
    value : float
    low, high : float or None
        Ends of its interval; None where there is none.
    css : str
        ``model``, ``baseline`` or ``quiet``.
    """

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    css: str = "model"


def marks(words: str, rows: Sequence[Mark]) -> Markup:
    """Draw figures as dots, intervals as whiskers.

    Parameters
    ----------
    words : str
        What the chart shows.
    rows : sequence of Mark
    """
    ends = [end for row in rows for end in (row.value, row.low, row.high) if end is not None]
    scale = Scale(*span(ends), _LEFT, WIDTH - _RIGHT)
    bottom = 8 + _ROW * len(rows)
    shapes = axis(scale, 8, bottom, most=4)
    for at, row in enumerate(rows):
        y = 8 + _ROW * (at + 0.5)
        shapes.append(label(0, y + 4, row.label, "name", most=_LETTERS))
        if row.low is not None and row.high is not None:
            shapes.append(line(scale(row.low), y, scale(row.high), y, f"whisker {row.css}"))
            shapes += [
                line(scale(end), y - 5, scale(end), y + 5, f"whisker {row.css}")
                for end in (row.low, row.high)
            ]
        shapes.append(circle(scale(row.value), y, 5.5, f"dot {row.css}"))
        shapes.append(label(WIDTH, y + 4, figure(row.value), "value", anchor="end"))
    return picture(bottom + 24, words, *shapes)
