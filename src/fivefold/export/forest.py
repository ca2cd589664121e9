"""Trees inside a graph, whoever grew them: one ensemble of ONNX's own, so arranged that single precision does not show.

Thresholds are rounded down to float32, which splits float32 values exactly as before. ONNX adds leaves up in single precision. So
from the leaves of each tree their middle is taken off and added to the sum in double precision, and each leaf is given in two parts:
a multiple of a step so coarse that the sum of all of them has no rounding, and the small rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats
    from fivefold.export.graph import Graph

__all__ = ["Forest", "Tree", "sums"]

_EXACT = 23
"""Bits of a whole number that single precision surely holds."""


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
    step : float
        The coarse parts of leaves are multiples of it.
    """

    outputs: int
    base: Floats
    step: float
    nodes: dict[str, list[NDArray[np.generic]]] = field(default_factory=dict)
    leaves: dict[str, list[NDArray[np.generic]]] = field(default_factory=dict)
    trees: int = 0

    def add(self, tree: Tree) -> None:
        """Take in a tree."""
        leaf = tree.left < 0
        width = tree.value.shape[1]
        middle, ends = _centred(tree)
        self.base[tree.first : tree.first + width] += middle
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
        coarse = np.round(ends / self.step) * self.step
        places = np.arange(tree.first, tree.first + width)
        where = np.repeat(np.flatnonzero(leaf), 2 * width)
        for name, values in {
            "treeids": np.full(where.size, self.trees),
            "nodeids": where,
            "ids": np.tile(np.concatenate([places, places + self.outputs]), ends.shape[0]),
            "weights": np.hstack([coarse, ends - coarse]).astype(np.float32).ravel(),
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
            n_targets=2 * self.outputs,
            aggregate_function="SUM",
            post_transform="NONE",
            **nodes,
            **leaves,
        )
        both = graph.numbers(found)
        coarse, rest = (
            graph.columns(both, np.arange(start, start + self.outputs)) for start in (0, self.outputs)
        )
        return graph.add("Add", coarse, rest)


def sums(graph: Graph, matrix: str, trees: Sequence[Tree], base: Floats) -> str:
    """Add trees; what they sum up to with the base, as doubles of shape (rows, outputs)."""
    total = base.astype(np.float64).copy()
    furthest = sum(float(np.abs(_centred(tree)[1]).max()) for tree in trees)
    step = 2.0 ** (math.ceil(math.log2(furthest)) - _EXACT) if furthest else 1.0
    forest = Forest(base.size, total, step)
    for tree in trees:
        forest.add(tree)
    if forest.trees:
        found = forest.write(graph, matrix)
    else:
        zeros = graph.constant(np.zeros((1, base.size)), np.float64)
        rows = graph.add("Gather", graph.add("Shape", matrix), graph.constant([0], np.int64))
        shape = graph.add("Concat", rows, graph.constant([base.size], np.int64), axis=0)
        found = graph.add("Expand", zeros, shape)
    return graph.add("Add", found, graph.constant(total[None], np.float64))


def _centred(tree: Tree) -> tuple[Floats, Floats]:
    """The middle of a tree's leaves, and how far each is from it, shapes (width,) and (leaves, width)."""
    ends = tree.value[tree.left < 0]
    middle: Floats = (ends.max(axis=0) + ends.min(axis=0)) / 2
    return middle, ends - middle
