"""Which classes are taken for which: true ones down, predicted ones across."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.charts.canvas import WIDTH, label, picture, rect
from fivefold.report.figures import percent, whole
from fivefold.report.html import Markup, h

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["confusion"]

_LEFT, _TOP = 112.0, 40.0
_NUMBERED = 6
_NAMED_ABOVE = 6
_HALF = 0.5


def confusion(words: str, matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> Markup:
    """Draw a heat map; the stronger a cell, the larger its share of the true class.

    Parameters
    ----------
    words : str
        What the chart shows.
    matrix : sequence of sequence of int
        Rows are true classes, columns predicted ones.
    classes : sequence of str
    """
    count = len(classes)
    across = (WIDTH - _LEFT) / count
    down = min(across, 58.0)
    above = count <= _NAMED_ABOVE
    shapes = [
        label(
            _LEFT + (WIDTH - _LEFT) / 2,
            12,
            "predicted" + ("" if above else ", in the same order"),
            "axis",
            anchor="middle",
        ),
        label(0, 12, "true", "axis"),
    ]
    if above:
        letters = max(3, int(across / 8))
        shapes += [
            label(_LEFT + across * (at + 0.5), _TOP - 9, name, "name", anchor="middle", most=letters)
            for at, name in enumerate(classes)
        ]
    for row, name in enumerate(classes):
        shapes.append(label(0, _TOP + down * (row + 0.5) + 4, name, "name", most=14))
        total = sum(matrix[row]) or 1
        for column, value in enumerate(matrix[row]):
            place = (_LEFT + across * column, _TOP + down * row)
            told = f"{name} taken for {classes[column]}: {whole(value)} of {whole(total)}"
            shapes += _cell(
                place,
                (across, down),
                value / total,
                value,
                told if not above else "",
                numbered=count <= _NUMBERED,
            )
    return picture(_TOP + down * count + 4, words, *shapes)


def _depth(share: float) -> float:
    """How deep a cell's colour is; the middle is left out, since no letters could be read on it."""
    return 0.06 + 0.5 * share if share < _HALF else 0.8 + 0.4 * (share - _HALF)


def _cell(
    place: tuple[float, float],
    size: tuple[float, float],
    share: float,
    value: int,
    told: str,
    *,
    numbered: bool,
) -> list[Markup]:
    """One cell: its colour, its count and its share."""
    box: dict[str, str | float] = {
        "x": place[0] + 1,
        "y": place[1] + 1,
        "width": size[0] - 2,
        "height": size[1] - 2,
        "rx": 3,
        "style": f"fill-opacity:{_depth(share):.3f}",
    }
    shapes = [
        rect(place[0] + 1, place[1] + 1, size[0] - 2, size[1] - 2, "cell-back", round_by=3),
        h("rect", h("title", told) if told else None, css="cell", attributes=box),
    ]
    if numbered:
        middle = (place[0] + size[0] / 2, place[1] + size[1] / 2)
        css = "strong" if share >= _HALF else "weak"
        shapes.append(label(middle[0], middle[1] - 1, whole(value), f"count {css}", anchor="middle"))
        shapes.append(label(middle[0], middle[1] + 14, percent(share), f"share {css}", anchor="middle"))
    return shapes
