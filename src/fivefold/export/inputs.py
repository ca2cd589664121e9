"""What nets and estimators of the person's own see, inside a graph: see ``fivefold.runtime.members.inputs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.members.inputs import CLIP, FAR

if TYPE_CHECKING:
    from fivefold.export.graph import Graph
    from fivefold.runtime.members.inputs import Inputs

__all__ = ["prepared"]


def prepared(graph: Graph, inputs: Inputs, matrix: str) -> str:
    """Return the inputs as float32, shape (rows, width)."""
    parts = []
    if inputs.numbers.size:
        parts.append(_scaled(graph, inputs, matrix))
    if inputs.gaps.size:
        parts.append(graph.cast(graph.missing(graph.columns(matrix, inputs.gaps)), np.float32))
    for at, levels in zip(inputs.codes.tolist(), inputs.levels.tolist(), strict=True):
        if levels:
            each = graph.constant([np.arange(levels)], np.float32)
            same = graph.add("Equal", graph.columns(matrix, [at]), each)
            parts.append(graph.cast(same, np.float32))
    if inputs.steps.size:
        parts.append(_steps(graph, inputs, matrix))
    return graph.join(parts)


def _scaled(graph: Graph, inputs: Inputs, matrix: str) -> str:
    """Numbers in units of their scale, pulled in smoothly; 0 where they are missing."""
    values = graph.columns(matrix, inputs.numbers)
    moved = graph.add("Sub", values, graph.constant([inputs.centre], np.float32))
    units = _between(graph, graph.add("Div", moved, graph.constant([inputs.scale], np.float32)), -FAR, FAR)
    third = graph.add("Div", units, graph.constant(CLIP, np.float32))
    below = graph.add("Add", graph.constant(1.0, np.float32), graph.add("Mul", third, third))
    pulled = graph.add("Div", units, graph.add("Sqrt", below))
    return _present(graph, values, pulled)


def _steps(graph: Graph, inputs: Inputs, matrix: str) -> str:
    """How much of each step a number has passed; 0 where it is missing."""
    values = graph.columns(matrix, inputs.steps)
    moved = graph.add("Sub", values, graph.constant([inputs.low], np.float32))
    passed = graph.add("Div", moved, graph.constant([inputs.length], np.float32))
    return _present(graph, values, _between(graph, passed, 0.0, 1.0))


def _between(graph: Graph, values: str, low: float, high: float) -> str:
    """Hold values between two ends."""
    lower = graph.add("Max", values, graph.constant(low, np.float32))
    return graph.add("Min", lower, graph.constant(high, np.float32))


def _present(graph: Graph, values: str, found: str) -> str:
    """Put 0 where there was no value."""
    return graph.add("Where", graph.missing(values), graph.constant(0.0, np.float32), found)
