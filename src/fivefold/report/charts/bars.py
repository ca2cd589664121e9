"""Horizontal bars with a name before and a figure behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.report.charts.canvas import WIDTH, Scale, label, line, picture, rect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.report.html import Markup

__all__ = ["Bar", "bars"]

_RIGHT = 84.0
_ROW = 27.0
_LETTERS = 19
_LETTER = 7.5


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes
    ----------
    label : str
    value : float
    text : str
        The figure as written behind it.
    low, high : float or None
        Ends of a whisker.
    track : float or None
        Length of a pale bar behind: what was planned.
    tick : float or None
        A mark across the bar: what chance alone gives.
    css : str
    """

    label: str
    value: float
    text: str
    low: float | None = None
    high: float | None = None
    track: float | None = None
    tick: float | None = None
    css: str = "model"


def bars(
    words: str,
    rows: Sequence[Bar],
    *,
    limit: float | None = None,
    limit_text: str = "",
    letters: int = _LETTERS,
) -> Markup:
    """Draw bars from zero.

    Parameters
    ----------
    words : str
        What the chart shows.
    rows : sequence of Bar
    limit : float, optional
        A line across all bars.
    limit_text : str
        What the line means.
    letters : int
        Of a bar's name that are shown.
    """
    ends = [end for row in rows for end in (row.value, row.high, row.track, row.tick) if end is not None]
    low = min([0.0, *(row.value for row in rows)])
    scale = Scale(low, max([*ends, limit or 0.0, low + 1e-12]), letters * _LETTER, WIDTH - _RIGHT)
    top = 22.0 if limit is not None else 4.0
    bottom = top + _ROW * len(rows)
    shapes = [line(scale(0), top, scale(0), bottom, "base")]
    for at, row in enumerate(rows):
        shapes.append(label(0, top + _ROW * (at + 0.5) + 4, row.label, "name", most=letters))
        shapes += _bar(row, top + _ROW * at, scale)
    if limit is not None:
        shapes.append(line(scale(limit), top, scale(limit), bottom, "limit"))
        shapes.append(label(scale(limit), 13, limit_text, "tick", anchor="middle"))
    return picture(bottom + 6, words, *shapes)


def _bar(row: Bar, top: float, scale: Scale) -> list[Markup]:
    """One row of the chart."""
    middle, zero = top + _ROW / 2, scale(0)
    end = scale(row.value)
    shapes = []
    if row.track is not None:
        shapes.append(rect(zero, top + 4, scale(row.track) - zero, _ROW - 8, "track"))
    shapes.append(rect(min(zero, end), top + 7, max(abs(end - zero), 1.0), _ROW - 14, f"bar {row.css}"))
    if row.low is not None and row.high is not None:
        shapes.append(line(scale(row.low), middle, scale(row.high), middle, "whisker over"))
    if row.tick is not None:
        shapes.append(line(scale(row.tick), top + 3, scale(row.tick), top + _ROW - 3, "mark"))
    shapes.append(label(WIDTH, middle + 4, row.text, "value", anchor="end"))
    return shapes
