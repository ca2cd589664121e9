"""Trees inside a graph, whoever grew them: one ensemble of ONNX's own, so arranged that single precision does not show.

Thresholds are rounded down to float32, which splits float32 values exactly as before. From the leaves of each tree their
middle is taken off and added to the sum in double precision; and so many trees are added up in single precision and no more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats
    from fivefold.export.graph import Graph

__all__ = ["Forest", "Tree", "floor32", "sums"]

_TOGETHER = 50
"""Trees that are added up in single precision."""


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree, node by node; the root is the first node.

    Attributes
    ----------
    left, right : array of int, shape (nodes,)
        Children; -1 for a leaf.
    feature : array of int, shape (nodes,)
    threshold : array of float32, shape (nodes,)
        A row goes left where its value is at most this.
    missing_left : array of bool, shape (nodes,)
        Where rows without a value go.
    value : Floats
        Shape (nodes, width); only that of leaves counts.
    first : int
        The output that the first column of ``value`` is added to.
    """

    left: NDArray[np.intp]
    right: NDArray[np.intp]
    feature: NDArray[np.intp]
    threshold: NDArray[np.float32]
    missing_left: NDArray[np.bool_]
    value: Floats
    first: int = 0


@dataclass(slots=True)
class Forest:
    """The attributes of one ensemble, as they are collected.

    Attributes
    ----------
    outputs : int
    base : Floats
        What was taken off the leaves.
    """

    outputs: int
    base: Floats
    nodes: dict[str, list[NDArray[np.generic]]] = field(default_factory=dict)
    leaves: dict[str, list[NDArray[np.generic]]] = field(default_factory=dict)
    trees: int = 0

    def add(self, tree: Tree) -> None:
        """Take in a tree."""
        leaf = tree.left < 0
        width = tree.value.shape[1]
        places = slice(tree.first, tree.first + width)
        ends = tree.value[leaf]
        middle = (ends.max(axis=0) + ends.min(axis=0)) / 2
        self.base[places] += middle
        if leaf[0]:
            return
        count = leaf.size
        modes = np.where(leaf, "LEAF", "BRANCH_LEQ")
        for name, values in {
            "treeids": np.full(count, self.trees),
            "nodeids": np.arange(count),
            "featureids": np.where(leaf, 0, tree.feature),
            "modes": modes,
            "values": np.where(leaf, np.float32(0), tree.threshold),
            "truenodeids": np.where(leaf, 0, tree.left),
            "falsenodeids": np.where(leaf, 0, tree.right),
            "missing_value_tracks_true": np.where(leaf, 0, tree.missing_left),
        }.items():
            self.nodes.setdefault(name, []).append(values)
        where = np.repeat(np.flatnonzero(leaf), width)
        for name, values in {
            "treeids": np.full(where.size, self.trees),
            "nodeids": where,
            "ids": np.tile(np.arange(tree.first, tree.first + width), ends.shape[0]),
            "weights": (ends - middle).astype(np.float32).ravel(),
        }.items():
            self.leaves.setdefault(name, []).append(values)
        self.trees += 1

    def write(self, graph: Graph, matrix: str) -> str:
        """Add the ensemble; its sums as doubles, shape (rows, outputs)."""
        nodes = {f"nodes_{name}": np.concatenate(parts).tolist() for name, parts in self.nodes.items()}
        leaves = {f"target_{name}": np.concatenate(parts).tolist() for name, parts in self.leaves.items()}
        found = graph.add(
            "TreeEnsembleRegressor",
            matrix,
            domain="ai.onnx.ml",
            n_targets=self.outputs,
            aggregate_function="SUM",
            post_transform="NONE",
            **nodes,
            **leaves,
        )
        return graph.numbers(found)


def sums(graph: Graph, matrix: str, trees: Sequence[Tree], base: Floats) -> str:
    """Add trees; what they sum up to with the base, as doubles of shape (rows, outputs)."""
    total, parts = base.astype(np.float64).copy(), []
    together = _TOGETHER * max(1, base.size // trees[0].value.shape[1]) if trees else 1
    for start in range(0, len(trees), together):
        forest = Forest(base.size, total)
        for tree in trees[start : start + together]:
            forest.add(tree)
        if forest.trees:
            parts.append(forest.write(graph, matrix))
    if not parts:
        zeros = graph.constant(np.zeros((1, base.size)), np.float64)
        rows = graph.add("Gather", graph.add("Shape", matrix), graph.constant([0], np.int64))
        shape = graph.add("Concat", rows, graph.constant([base.size], np.int64), axis=0)
        parts = [graph.add("Expand", zeros, shape)]
    found = parts[0]
    for part in parts[1:]:
        found = graph.add("Add", found, part)
    return graph.add("Add", found, graph.constant(total[None], np.float64))


def floor32(thresholds: Floats) -> NDArray[np.float32]:
    """The greatest float32 that is not above each threshold: for float32 values it splits the same."""
    with np.errstate(over="ignore"):
        rounded = thresholds.astype(np.float32)
    above = rounded.astype(np.float64) > thresholds
    return np.where(above, np.nextafter(rounded, np.float32(-np.inf)), rounded).astype(np.float32)
