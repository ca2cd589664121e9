"""CatBoost's symmetric trees, each question written out on every branch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.export.forest import Tree, sums
from fivefold.export.links import linked

if TYPE_CHECKING:
    from fivefold.export.graph import Graph

__all__ = ["catboost"]

_LINKS = {"Logloss": "logistic", "CrossEntropy": "logistic", "MultiClass": "softmax"}


def catboost(graph: Graph, payload: bytes, matrix: str) -> str:
    """Return the scores, shape (rows, outputs)."""
    export = json.loads(payload)
    scale, bias = export["scale_and_bias"]
    base = np.atleast_1d(np.array(bias, dtype=np.float64))
    features = {
        int(one["feature_index"]): (
            int(one["flat_feature_index"]),
            one.get("nan_value_treatment") == "AsTrue",
        )
        for one in export["features_info"]["float_features"]
    }
    grown = [_tree(tree, features, float(scale), base.size) for tree in export["oblivious_trees"]]
    loss = str(export["model_info"]["params"]["loss_function"]["type"])
    return linked(graph, _LINKS.get(loss, "identity"), sums(graph, matrix, grown, base))


def _tree(tree: dict[str, Any], features: dict[int, tuple[int, bool]], scale: float, outputs: int) -> Tree:
    """Write a symmetric tree level by level: the node k asks for the nodes 2k + 1 and 2k + 2."""
    # The first split gives the lowest bit of the leaf's number, so that the last one stands at the root.
    splits = list(reversed(tree.get("splits") or []))
    inner = (1 << len(splits)) - 1
    count = 2 * inner + 1
    level = [depth for depth in range(len(splits)) for _ in range(1 << depth)]
    asked = [features[split["float_feature_index"]] for split in splits]
    borders = np.array([split["border"] for split in splits], dtype=np.float32)
    left = np.full(count, -1)
    left[:inner] = 2 * np.arange(inner) + 1
    feature, threshold = np.zeros(count, dtype=np.intp), np.zeros(count, dtype=np.float32)
    missing_left = np.zeros(count, dtype=bool)
    feature[:inner] = [asked[depth][0] for depth in level]
    threshold[:inner] = borders[level] if level else 0.0
    missing_left[:inner] = [not asked[depth][1] for depth in level]
    value = np.zeros((count, outputs))
    value[inner:] = np.array(tree["leaf_values"], dtype=np.float64).reshape(-1, outputs) * scale
    return Tree(left, np.where(left < 0, -1, left + 1), feature, threshold, missing_left, value)
