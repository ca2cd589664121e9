"""Small neural nets, several side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.export.inputs import prepared
from fivefold.export.links import linked
from fivefold.runtime.members.inputs import Inputs
from fivefold.runtime.members.packed import unpack

if TYPE_CHECKING:
    from fivefold.export.graph import Graph

__all__ = ["mlp"]


def mlp(graph: Graph, payload: bytes, matrix: str) -> str:
    """Return the scores, shape (rows, outputs)."""
    head, arrays = unpack(payload)
    nets, hidden, _ = arrays["w3"].shape
    # Each net apart from the first layer on: to turn them round behind it is what ONNX Runtime 1.12 stumbles over.
    first = {
        "w1": arrays["w1"].reshape(-1, nets, hidden).transpose(1, 0, 2),
        "b1": arrays["b1"].reshape(nets, 1, hidden),
    }
    layers = {
        name: graph.constant((arrays | first)[name], np.float64)
        for name in ("w1", "b1", "w2", "b2", "w3", "b3")
    }
    zero = graph.constant(0.0, np.float64)

    def layer(given: str, number: int) -> str:
        return graph.add("Add", graph.add("MatMul", given, layers[f"w{number}"]), layers[f"b{number}"])

    columns = graph.numbers(prepared(graph, Inputs.of(arrays), matrix))
    one = graph.add("Max", layer(graph.add("Unsqueeze", columns, graph.constant([0], np.int64)), 1), zero)
    two = graph.add("Max", layer(one, 2), zero)
    raw = graph.add("ReduceMean", layer(two, 3), axes=[0], keepdims=0)
    if head["link"] != "identity":
        return linked(graph, head["link"], raw)
    scaled = graph.add("Mul", raw, graph.constant(head["unit"], np.float64))
    return graph.add("Add", scaled, graph.constant(head["shift"], np.float64))
