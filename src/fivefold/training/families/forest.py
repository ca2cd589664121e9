"""Grown trees, as their library holds them, become the arrays that the trees' member answers from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.runtime.members.packed import pack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats
    from fivefold.runtime.members.trees import Link

__all__ = ["Forest", "Grown", "xgboost_forest"]


@dataclass(frozen=True, slots=True)
class Grown:
    """One tree, node by node; the root is the first node, and a leaf has -1 for a left child.

    Attributes
    ----------
    left, right, feature : array of int, shape (nodes,)
    threshold : array of float, shape (nodes,)
        A row goes right where its value is greater.
    missing_left : array of bool, shape (nodes,)
        Where rows without a value go.
    value : Floats
        Shape (nodes, width); only that of leaves counts.
    """

    left: NDArray[np.integer]
    right: NDArray[np.integer]
    feature: NDArray[np.integer]
    threshold: NDArray[np.floating]
    missing_left: NDArray[np.bool_]
    value: Floats


@dataclass(slots=True)
class Forest:
    """Collects trees for one payload.

    Attributes
    ----------
    features : int
        Columns of the matrix.
    half : bool
        Whether leaves are kept as float16: enough for shares between 0 and 1.
    """

    features: int
    half: bool = False
    sizes: list[int] = field(default_factory=list)
    _leaf: list[NDArray[np.bool_]] = field(default_factory=list)
    _feature: list[NDArray[np.int32]] = field(default_factory=list)
    _threshold: list[NDArray[np.float32]] = field(default_factory=list)
    _value: list[Floats] = field(default_factory=list)

    def add(self, tree: Grown) -> None:
        """Take in a tree, level by level."""
        levels = [np.zeros(1, dtype=np.intp)]
        while levels[-1].size:
            asking = levels[-1][tree.left[levels[-1]] >= 0]
            levels.append(np.column_stack([tree.left[asking], tree.right[asking]]).ravel().astype(np.intp))
        order = np.concatenate(levels)
        leaf = tree.left[order] < 0
        asking = order[~leaf]
        self.sizes.append(order.size)
        self._leaf.append(leaf)
        places = tree.feature[asking].astype(np.int32)
        self._feature.append(places + np.where(tree.missing_left[asking], 0, self.features).astype(np.int32))
        self._threshold.append(_floor(tree.threshold[asking]))
        self._value.append(tree.value[order[leaf]])

    def payload(self, link: Link, base: list[float], scale: float) -> bytes:
        """Return what the member reads; its scores are ``base`` plus ``scale`` times the sum of the leaves."""
        kind = np.uint16 if 2 * self.features < 1 << 16 else np.int32
        head = {"link": link, "features": self.features, "base": base, "scale": scale}
        arrays: dict[str, NDArray[Any]] = {
            "sizes": np.array(self.sizes, dtype=np.int32),
            "leaf": np.packbits(np.concatenate(self._leaf)),
            "feature": np.concatenate(self._feature).astype(kind),
            "threshold": np.concatenate(self._threshold),
            "value": np.concatenate(self._value).astype(np.float16 if self.half else np.float32),
        }
        return pack(head, arrays)


def xgboost_forest(saved: bytes, trees: int) -> Forest:
    """Return the first trees of a booster that XGBoost saved as JSON; their leaves add up to its margins, less its base score."""
    learner = json.loads(saved)["learner"]
    forest = Forest(int(learner["learner_model_param"]["num_feature"]))
    for tree in learner["gradient_booster"]["model"]["trees"][:trees]:
        split = np.array(tree["split_conditions"], dtype=np.float32)
        # What is equal to the condition goes right: the next smaller number is the threshold.
        threshold = np.nextafter(split, np.float32(-np.inf))
        left, right = (np.array(tree[side], dtype=np.intp) for side in ("left_children", "right_children"))
        feature = np.array(tree["split_indices"], dtype=np.intp)
        missing_left = np.array(tree["default_left"], dtype=bool)
        forest.add(Grown(left, right, feature, threshold, missing_left, split[:, None].astype(np.float64)))
    return forest


def _floor(thresholds: NDArray[np.floating]) -> NDArray[np.float32]:
    """The greatest float32 that is not above each threshold: for float32 values it splits the same."""
    rounded = thresholds.astype(np.float32)
    above = rounded.astype(np.float64) > thresholds
    return np.where(above, np.nextafter(rounded, np.float32(-np.inf)), rounded).astype(np.float32)
