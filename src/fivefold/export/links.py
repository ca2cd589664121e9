"""From sums to probabilities inside a graph, in double precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fivefold.export.graph import Graph

__all__ = ["linked", "shares", "two_columns"]


def linked(graph: Graph, link: str, raw: str) -> str:
    """What a member answers from its sums, by ``identity``, ``logistic`` or ``softmax``."""
    if link == "logistic":
        return two_columns(graph, graph.add("Sigmoid", raw))
    return graph.add("Softmax", raw, axis=1) if link == "softmax" else raw


def two_columns(graph: Graph, chance: str) -> str:
    """The negative class, then the positive one whose probabilities are given."""
    return graph.join([graph.add("Sub", graph.constant(1.0, np.float64), chance), chance])


def shares(graph: Graph, parts: str) -> str:
    """Divide by the sum of each row."""
    total = graph.add("ReduceSum", parts, graph.constant([1], np.int64), keepdims=1)
    return graph.add("Div", parts, total)
