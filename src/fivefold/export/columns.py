"""How a column of the contract enters a graph: one input of shape (rows, 1), cleaned as far as a graph can."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.errors import InputError
from fivefold.runtime.values import Absent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column
    from fivefold.core.tables import Frame
    from fivefold.export.graph import Graph

__all__ = ["Entry", "enter", "fed", "meaning"]

_LARGEST = float(np.finfo(np.float64).max)
_EXACT = 2.0**53
"""Beyond it a double does not hold every whole number."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - cleaned moments are UTC without zone


@dataclass(slots=True)
class Entry:
    """A column inside a graph.

    Attributes
    ----------
    graph : Graph
    column : Column
    value : str
        Texts, or doubles of shape (rows, 1) where a missing value is NaN; of a date seconds since 1970.
    """

    graph: Graph
    column: Column
    value: str

    def positions(self, categories: tuple[str, ...]) -> str:
        """Place of each value among categories, shape (rows, 1): behind the last for others, one further for missing ones."""
        unseen = len(categories)
        if self.column.kind == "string":
            marks = {"": unseen + 1} | dict.fromkeys(self.column.missing_values, unseen + 1)
            places = {**{name: place for place, name in enumerate(categories)}, **marks}
            return self._looked_up("keys_strings", self.value, places, unseen)
        numbers = [_number(name, self.column) for name in categories]
        if all(number.is_integer() and abs(number) < _EXACT for number in numbers):
            return self._whole_positions([int(number) for number in numbers])
        graph = self.graph
        same = graph.add("Equal", self.value, graph.constant([numbers], np.float64))
        steps = graph.constant(np.arange(unseen) - unseen, np.int64)
        found = graph.add("Mul", graph.cast(same, np.int64), steps)
        moved = graph.add("ReduceSum", found, graph.constant([1], np.int64), keepdims=1)
        place = graph.add("Add", moved, graph.constant(unseen, np.int64))
        return graph.add("Where", graph.missing(self.value), graph.constant(unseen + 1, np.int64), place)

    def _whole_positions(self, numbers: list[int]) -> str:
        """Place of each value among whole numbers."""
        graph, value, unseen = self.graph, self.value, len(numbers)
        gone = graph.missing(value)
        zero = graph.constant(0.0, np.float64)
        known = graph.add("Where", gone, zero, value)
        within = graph.add("Less", graph.add("Abs", known), graph.constant(_EXACT, np.float64))
        integer = graph.cast(graph.add("Where", within, known, zero), np.int64)
        whole = graph.add("And", within, graph.add("Equal", known, graph.numbers(integer)))
        places = {number: place for place, number in enumerate(numbers)}
        place = self._looked_up("keys_int64s", integer, places, unseen)
        place = graph.add("Where", whole, place, graph.constant(unseen, np.int64))
        return graph.add("Where", gone, graph.constant(unseen + 1, np.int64), place)

    def _looked_up(
        self, kind: str, value: str, places: Mapping[str, int] | Mapping[int, int], unseen: int
    ) -> str:
        """Look values up."""
        attributes = {
            kind: list(places),
            "values_int64s": list(places.values()),
            "default_int64": unseen,
        }
        return self.graph.add("LabelEncoder", value, domain="ai.onnx.ml", **attributes)


def enter(graph: Graph, column: Column) -> Entry:
    """Add a column's input, with what stands for a missing value taken away."""
    if column.kind == "string":
        return Entry(graph, column, graph.feed(column.name, np.object_))
    value = graph.feed(column.name, np.float64)
    finite = graph.add("LessOrEqual", graph.add("Abs", value), graph.constant(_LARGEST, np.float64))
    nan = graph.constant(math.nan, np.float64)
    value = graph.add("Where", finite, value, nan)
    for mark in sorted(_seconds(mark) for mark in Absent.of(column).values if mark is not None):
        is_mark = graph.add("Equal", value, graph.constant(mark, np.float64))
        value = graph.add("Where", is_mark, nan, value)
    return Entry(graph, column, value)


def fed(frame: Frame, column: Column) -> NDArray[np.generic]:
    """Return the values of a cleaned frame as the column's input takes them."""
    import polars as pl

    series = frame[column.name]
    if column.kind == "string":
        texts: NDArray[np.generic] = np.array(series.fill_null("").to_list(), dtype=object).reshape(-1, 1)
        return texts
    if column.kind == "datetime":
        seconds = series.dt.epoch("us").cast(pl.Float64).to_numpy() / 1e6
        return np.asarray(seconds, dtype=np.float64).reshape(-1, 1)
    return np.asarray(series.cast(pl.Float64).to_numpy(), dtype=np.float64).reshape(-1, 1)


def meaning(column: Column) -> str:
    """What a person must hand over, in a few words."""
    if column.kind == "string":
        return "the text without blanks around it; an empty text where it is missing"
    said = {
        "number": "the number",
        "integer": "the number",
        "boolean": "1 for true, 0 for false",
        "datetime": "seconds since 1970-01-01 (UTC)",
    }[column.kind]
    return f"{said}; NaN where it is missing"


def _seconds(value: object) -> float:
    """A cleaned value as the graph holds it."""
    if isinstance(value, datetime):
        return (value - _EPOCH).total_seconds()
    return float(value)  # type: ignore[arg-type]  # a number or a boolean


def _number(name: str, column: Column) -> float:
    """The number that a category's name stands for."""
    try:
        return {"true": 1.0, "false": 0.0}[name] if column.kind == "boolean" else float(name)
    except (KeyError, ValueError) as error:
        raise InputError(
            f"The categories of column '{column.name}' cannot be written as ONNX",
            seen=f"{name[:100]!r} in a column of kind {column.kind}",
            expected="texts, numbers, or true and false",
            todo="store the column as texts and train again",
        ) from error
