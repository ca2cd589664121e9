"""One dot a row along a line for every column, and dots that would lie on each other side by side: a swarm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.charts.canvas import WIDTH, Scale, axis, label, line, picture, span
from fivefold.report.html import Markup, h

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import ColumnContribution

__all__ = ["swarm"]

_LEFT, _RIGHT = 142.0, 10.0
_ROW, _TOP = 34.0, 4.0
_LETTERS = 19
_STEP = 4.0
"""Width of a place, and how far apart dots in one place are."""
_REACH = 14.0
"""How far from its line a dot may lie; more dots than that has room for lie closer."""
_KINDS = ("low", "middle", "high")


def swarm(words: str, columns: Sequence[ColumnContribution]) -> Markup:
    """Draw the contributions of single rows.

    Parameters
    ----------
    words : str
        What the chart shows.
    columns : sequence of ColumnContribution
        Those with points.
    """
    moves = [moved for column in columns for moved, _ in column.points]
    low, high = span([*moves, 0.0], margin=0.03)
    scale = Scale(low, high, _LEFT, WIDTH - _RIGHT)
    bottom = _TOP + _ROW * len(columns)
    shapes = [*axis(scale, _TOP, bottom), line(scale(0.0), _TOP, scale(0.0), bottom, "base")]
    for at, column in enumerate(columns):
        middle = _TOP + _ROW * (at + 0.5)
        shapes.append(label(0, middle + 4, column.column, "name", most=_LETTERS))
        shapes += _dots(column, scale, middle)
    return picture(bottom + 22, words, *shapes)


def _dots(column: ColumnContribution, scale: Scale, middle: float) -> list[Markup]:
    """A path for each kind of value; a step of no length with a round end is a dot."""
    places: dict[int, list[str]] = {}
    for moved, value in sorted(column.points, key=lambda point: (point[1] is None, point[1] or 0.0)):
        places.setdefault(round(scale(moved) / _STEP), []).append(_kind(value))
    drawn: dict[str, list[str]] = {}
    for place, kinds in places.items():
        step = min(_STEP, 2 * _REACH / len(kinds))
        first = middle + step * (len(kinds) - 1) / 2
        for number, kind in enumerate(kinds):
            drawn.setdefault(kind, []).append(f"M{place * _STEP:g} {first - step * number:.1f}h0")
    return [
        h("path", css=f"swarm {kind}", attributes={"d": "".join(steps)})
        for kind, steps in sorted(drawn.items())
    ]


def _kind(value: float | None) -> str:
    """Third of the column's values, or none for those without an order."""
    return "none" if value is None else _KINDS[min(2, int(3 * value))]
