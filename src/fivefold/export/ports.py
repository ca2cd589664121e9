"""What a graph takes and gives, and in which ONNX it is written; and the same graph with plainer inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fivefold.export.graph import imported

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GraphFacts", "Port", "describe", "plainer"]

_TENSOR = "tensor_type"


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output.

    Attributes
    ----------
    name : str
    kind : str
        ONNX's name of the element type, such as ``DOUBLE`` or ``STRING``; of what is no tensor its own: ``sequence``, ``map``,
        ``optional`` or ``sparse_tensor``.
    width : int or None
        Values per row; None where there is one without a second axis.
    """

    name: str
    kind: str
    width: int | None = None


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """What is known of a graph without running it.

    Attributes
    ----------
    bytes : int
    ir : int
        Version of the file's form.
    opsets : dict of str to int
        Version by domain; ``ai.onnx`` is the usual one.
    inputs, outputs : tuple of Port
    """

    bytes: int
    ir: int
    opsets: Mapping[str, int]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def describe(model: bytes) -> GraphFacts:
    """Read what a model in ONNX says about itself.

    Raises
    ------
    MissingExtraError
        When the package onnx is not installed.
    """
    onnx = imported()
    read = onnx.load_model_from_string(model)
    opsets = {one.domain or "ai.onnx": int(one.version) for one in read.opset_import}
    ports = [tuple(_port(onnx, each) for each in side) for side in (read.graph.input, read.graph.output)]
    return GraphFacts(len(model), int(read.ir_version), opsets, *ports)


def plainer(model: bytes, names: Mapping[str, str]) -> bytes:
    """Return a model whose inputs have other names, and whose outputs of shape (rows, 1) have one value per row.

    Parameters
    ----------
    model : bytes
    names : mapping of str to str
        The new name of each input.

    Raises
    ------
    MissingExtraError
        When the package onnx is not installed.
    """
    onnx = imported()
    read = onnx.load_model_from_string(model)
    for each in read.graph.input:
        each.name = names[each.name]
    for node in read.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = names.get(name, name)
    axis = "ff/second_axis"
    for place, each in enumerate(read.graph.output):
        if _port(onnx, each).width == 1:
            _flatten(onnx, read.graph, place, axis)
    if any(axis in node.input for node in read.graph.node):
        read.graph.initializer.append(onnx.helper.make_tensor(axis, onnx.TensorProto.INT64, [1], [1]))
    onnx.checker.check_model(read)
    written: bytes = read.SerializeToString(deterministic=True)
    return written


def _flatten(onnx: Any, graph: Any, place: int, axis: str) -> None:
    """Take the second axis off an output."""
    output = graph.output[place]
    inner = f"ff/wide_{place}"
    for node in graph.node:
        for at, name in enumerate(node.output):
            if name == output.name:
                node.output[at] = inner
        for at, name in enumerate(node.input):
            if name == output.name:
                node.input[at] = inner
    graph.node.append(onnx.helper.make_node("Squeeze", [inner, axis], [output.name]))
    kind = output.type.tensor_type.elem_type
    output.CopyFrom(onnx.helper.make_tensor_value_info(output.name, kind, [None]))


def _port(onnx: Any, value: Any) -> Port:
    """Describe one input or output."""
    kind = str(value.type.WhichOneof("value")).removesuffix("_type")
    if value.type.WhichOneof("value") != _TENSOR:
        return Port(value.name, kind)
    tensor = value.type.tensor_type
    dims = [int(dim.dim_value) for dim in tensor.shape.dim]
    return Port(
        value.name, onnx.TensorProto.DataType.Name(tensor.elem_type), dims[1] if len(dims) > 1 else None
    )
