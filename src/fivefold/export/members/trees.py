"""Trees as plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.export.forest import Tree, sums
from fivefold.export.links import linked, shares, two_columns
from fivefold.runtime.members.packed import unpack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from numpy.typing import NDArray

    from fivefold.export.graph import Graph

__all__ = ["trees"]


def trees(graph: Graph, payload: bytes, matrix: str) -> str:
    """Return the scores, shape (rows, outputs)."""
    head, arrays = unpack(payload)
    raw = sums(graph, matrix, list(_grown(head, arrays)), np.array(head["base"], dtype=np.float64))
    if head["link"] != "shares":
        return linked(graph, head["link"], raw)
    if len(head["base"]) > 1:
        return shares(graph, raw)
    within = graph.add("Max", raw, graph.constant(0.0, np.float64))
    return two_columns(graph, graph.add("Min", within, graph.constant(1.0, np.float64)))


def _grown(head: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Iterator[Tree]:
    """Take the arrays apart, tree by tree."""
    sizes = arrays["sizes"].astype(np.intp).tolist()
    leaf = np.unpackbits(arrays["leaf"], count=sum(sizes)).astype(bool)
    values = arrays["value"].astype(np.float64) * float(head["scale"])
    width, turns = head["features"], len(head["base"]) // max(1, values.shape[1])
    node = asked = ended = 0
    for number, size in enumerate(sizes):
        ends = leaf[node : node + size]
        asking = np.flatnonzero(~ends)
        feature, left = np.zeros(size, dtype=np.intp), np.full(size, -1)
        threshold = np.zeros(size, dtype=np.float32)
        feature[asking] = arrays["feature"][asked : asked + asking.size]
        threshold[asking] = arrays["threshold"][asked : asked + asking.size]
        left[asking] = 1 + 2 * np.arange(asking.size)
        value = np.zeros((size, values.shape[1]))
        value[ends] = values[ended : ended + size - asking.size]
        # A missing value counts as the highest where it goes right, and nothing is above an endless threshold.
        missing_left = (feature < width) | (threshold == np.inf)
        right = np.where(ends, -1, left + 1)
        first = number % turns * values.shape[1]
        yield Tree(left, right, feature % width, threshold, missing_left, value, first)
        node, asked, ended = node + size, asked + asking.size, ended + size - asking.size
