"""Estimators of the person's own: their graph is set inside the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.export.graph import imported
from fivefold.export.inputs import prepared
from fivefold.export.links import shares
from fivefold.runtime.members.inputs import Inputs
from fivefold.runtime.members.packed import unpack

if TYPE_CHECKING:
    from fivefold.export.graph import Graph

__all__ = ["onnx"]


def onnx(graph: Graph, payload: bytes, matrix: str) -> str:
    """Return the scores, shape (rows, outputs)."""
    head, arrays = unpack(payload)
    package = imported()
    model = package.load_from_string(arrays["graph"].tobytes())
    wide = model.graph.input[0].type.tensor_type.elem_type == package.TensorProto.DOUBLE
    columns = prepared(graph, Inputs.of(arrays), matrix) if "numbers" in arrays else matrix
    found = graph.numbers(graph.inline(model, graph.cast(columns, np.float64 if wide else np.float32)))
    classes = head["classes"]
    if not classes:
        return graph.add("Reshape", found, graph.constant([-1, 1], np.int64))
    held = graph.add("Max", found, graph.constant(0.0, np.float64))
    held = graph.add("Min", held, graph.constant(1.0, np.float64))
    # Classes that training lacked get nothing.
    spread = np.zeros((len(classes), head["outputs"]))
    spread[np.arange(len(classes)), classes] = 1.0
    return shares(graph, graph.add("MatMul", held, graph.constant(spread, np.float64)))
