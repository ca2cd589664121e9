"""The pieces of a date inside a graph: the calendar in whole numbers, as it has no operator of its own.

The day is found by counting in eras of 400 years that begin in March (Howard Hinnant, "chrono-compatible low-level date
algorithms", 2013), which holds for every date from the year 0 on.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.export.graph import Graph
    from fivefold.runtime.encoding import DatePart, DatePieces

__all__ = ["date_pieces", "gap"]

_DAY = 86_400
_SHIFT = 719_468
"""Days from the first of March of the year 0 to 1970."""


def date_pieces(graph: Graph, seconds: str, part: DatePart) -> list[str]:
    """Return the pieces of a moment as doubles, each of shape (rows, 1)."""
    calendar = _Calendar(graph, seconds)
    return [
        calendar.elapsed(part.origin) if piece == "elapsed_days" else calendar.piece(piece)
        for piece in part.pieces
    ]


def gap(graph: Graph, first: str, second: str) -> str:
    """Days from one moment to another, shape (rows, 1); in whole microseconds, as the runtime counts them."""
    gone = graph.add("Or", graph.missing(first), graph.missing(second))
    ends = []
    for end in (first, second):
        known = graph.add("Where", gone, graph.constant(0.0, np.float64), end)
        fine = graph.add("Mul", known, graph.constant(1e6, np.float64))
        ends.append(graph.floor(graph.add("Add", fine, graph.constant(0.5, np.float64))))
    between = graph.numbers(graph.add("Sub", ends[1], ends[0]))
    days = graph.add("Div", between, graph.constant(_DAY * 1e6, np.float64))
    return graph.add("Where", gone, graph.constant(math.nan, np.float64), days)


class _Calendar:
    """One moment's pieces, each worked out once.

    Parameters
    ----------
    graph : Graph
    seconds : str
        Doubles of shape (rows, 1), NaN where there is none.
    """

    def __init__(self, graph: Graph, seconds: str) -> None:
        self._graph, self._seconds = graph, seconds
        self._gone = graph.missing(seconds)
        known = graph.add("Where", self._gone, graph.constant(0.0, np.float64), seconds)
        whole = graph.floor(known)
        # Counted from the year 0 on, no second is below 0, and a division of whole numbers rounds down.
        counted = self._plus(whole, _SHIFT * _DAY)
        day = self._plus(self._by(counted, _DAY), -_SHIFT)
        self._of_day = self._minus(whole, self._times(day, _DAY))
        self._day = day
        self._days: dict[str, str] = {}

    def elapsed(self, origin: float) -> str:
        """Days since the origin."""
        graph = self._graph
        since = graph.add("Sub", self._seconds, graph.constant(origin, np.float64))
        return graph.add("Div", since, graph.constant(float(_DAY), np.float64))

    def piece(self, name: DatePieces) -> str:
        """One piece as doubles, NaN where there is no moment."""
        whole = self._pieces[name](self)
        graph = self._graph
        return graph.add("Where", self._gone, graph.constant(math.nan, np.float64), graph.numbers(whole))

    def _hour(self) -> str:
        return self._by(self._of_day, 3_600)

    def _minute(self) -> str:
        return self._by(self._rest(self._of_day, 3_600), 60)

    def _weekday(self) -> str:
        return self._rest(
            self._plus(self._shifted(), 2), 7
        )  # the first of March of the year 0 was a Wednesday

    def _year(self) -> str:
        return self._civil()["year"]

    def _month(self) -> str:
        return self._civil()["month"]

    def _day_of_month(self) -> str:
        return self._civil()["day"]

    def _day_of_year(self) -> str:
        """Days since the last day of the year before."""
        before = self._minus(self._civil()["year"], self._whole(1))
        # Days from the first of March of the year 0 to the first of January of a year: 306 in the year itself.
        leaps = self._plus(self._minus(self._by(before, 4), self._by(before, 100)), self._by(before, 400))
        january = self._plus(self._plus(self._times(before, 365), leaps), 306)
        return self._plus(self._minus(self._shifted(), january), 1)

    def _civil(self) -> dict[str, str]:
        """Year, month and day."""
        if not self._days:
            shifted = self._shifted()
            era = self._by(shifted, 146_097)
            of_era = self._minus(shifted, self._times(era, 146_097))
            less = self._minus(
                self._plus(self._minus(of_era, self._by(of_era, 1_460)), self._by(of_era, 36_524)),
                self._by(of_era, 146_096),
            )
            years = self._by(less, 365)
            lived = self._minus(self._plus(self._times(years, 365), self._by(years, 4)), self._by(years, 100))
            of_year = self._minus(of_era, lived)
            march = self._by(self._plus(self._times(of_year, 5), 2), 153)
            first = self._by(self._plus(self._times(march, 153), 2), 5)
            late = self._graph.add("Less", march, self._whole(10))
            month = self._graph.add("Where", late, self._plus(march, 3), self._plus(march, -9))
            wraps = self._graph.add("Where", late, self._whole(0), self._whole(1))
            year = self._plus(self._plus(years, self._times(era, 400)), wraps)
            day = self._plus(self._minus(of_year, first), 1)
            self._days = {"year": year, "month": month, "day": day}
        return self._days

    def _shifted(self) -> str:
        """Days since the first of March of the year 0."""
        return self._plus(self._day, _SHIFT)

    def _whole(self, number: int) -> str:
        return self._graph.constant(number, np.int64)

    def _plus(self, one: str, other: str | int) -> str:
        return self._graph.add("Add", one, other if isinstance(other, str) else self._whole(other))

    def _minus(self, one: str, other: str) -> str:
        return self._graph.add("Sub", one, other)

    def _times(self, one: str, number: int) -> str:
        return self._graph.add("Mul", one, self._whole(number))

    def _by(self, one: str, number: int) -> str:
        return self._graph.add("Div", one, self._whole(number))

    def _rest(self, one: str, number: int) -> str:
        return self._minus(one, self._times(self._by(one, number), number))

    _pieces: dict[DatePieces, Callable[[_Calendar], str]] = {  # noqa: RUF012 - a table of its methods
        "year": _year,
        "month": _month,
        "day": _day_of_month,
        "weekday": _weekday,
        "hour": _hour,
        "minute": _minute,
        "day_of_year": _day_of_year,
    }
