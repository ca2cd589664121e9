"""Linear models: scaled numbers times weights, and a table of weights for codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core import records
from fivefold.export.links import linked
from fivefold.runtime.members.linear import FURTHEST, CodeTerm, LinearSpec, NumberTerm

if TYPE_CHECKING:
    from fivefold.export.graph import Graph

__all__ = ["linear"]


def linear(graph: Graph, payload: bytes, matrix: str) -> str:
    """Return the scores, shape (rows, outputs)."""
    spec = records.load(LinearSpec, payload, label="A linear member")
    parts = [_numbers(graph, spec, matrix), _codes(graph, spec, matrix)]
    scores = graph.constant([spec.intercept], np.float64)
    for part in parts:
        scores = graph.add("Add", scores, part) if part else scores
    return linked(graph, spec.link, scores)


def _numbers(graph: Graph, spec: LinearSpec, matrix: str) -> str:
    """What numbers add; empty when there are none."""
    places = [place for place, term in enumerate(spec.terms) if isinstance(term, NumberTerm)]
    terms = [term for term in spec.terms if isinstance(term, NumberTerm)]
    if not terms:
        return ""
    mean, scale, fill = (
        np.array([getattr(term, name) for term in terms]) for name in ("mean", "scale", "fill")
    )
    filled = np.clip((fill - mean) / scale, -FURTHEST, FURTHEST)
    values = graph.columns(matrix, places)
    gone = graph.missing(values)
    moved = graph.add("Sub", graph.numbers(values), graph.constant([mean], np.float64))
    scaled = graph.add("Div", moved, graph.constant([scale], np.float64))
    low, high = (graph.constant(end, np.float64) for end in (-FURTHEST, FURTHEST))
    scaled = graph.add("Min", graph.add("Max", scaled, low), high)
    scaled = graph.add("Where", gone, graph.constant([filled], np.float64), scaled)
    weights = graph.constant([term.weights for term in terms], np.float64)
    missing = graph.constant([term.missing for term in terms], np.float64)
    return graph.add(
        "Add", graph.add("MatMul", scaled, weights), graph.add("MatMul", graph.numbers(gone), missing)
    )


def _codes(graph: Graph, spec: LinearSpec, matrix: str) -> str:
    """What codes add; empty when there are none."""
    places = [place for place, term in enumerate(spec.terms) if isinstance(term, CodeTerm)]
    terms = [term for term in spec.terms if isinstance(term, CodeTerm)]
    if not terms:
        return ""
    sizes = np.array([len(term.weights) for term in terms])
    starts = np.cumsum([0, *(sizes[:-1] + 1)])
    codes = graph.columns(matrix, places)
    gone = graph.missing(codes)
    last = graph.constant([sizes - 1], np.float32)
    within = graph.add("Where", graph.add("Less", codes, last), codes, last)
    row = graph.add("Where", gone, graph.constant([sizes], np.float32), within)
    row = graph.add("Add", graph.cast(row, np.int64), graph.constant([starts], np.int64))
    table = graph.constant([each for term in terms for each in (*term.weights, term.missing)], np.float64)
    found = graph.add("Gather", table, row, axis=0)
    return graph.add("ReduceSum", found, graph.constant([1], np.int64), keepdims=0)
