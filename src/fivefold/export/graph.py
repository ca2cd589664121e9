"""A graph in ONNX while it is being written: nodes, constants, inputs and outputs by name.

What is written stays within what BigQuery imports (ONNX Runtime 1.12): tensors only, opset 15, ai.onnx.ml 2, IR version 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.core.errors import MissingExtraError, StepError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["INSTEAD", "ML", "OPSET", "Graph", "imported"]

INSTEAD = (
    "write a student of the run's model with its measured loss of quality: --distilled; "
    "or deploy the bundle itself: --to bundle, --to mlflow, or a service"
)
"""What a person may do where a model cannot be written."""

OPSET, ML, _IR = 15, 2, 8
"""The newest versions that are written: of ONNX, of its domain ai.onnx.ml, and of the file."""
_DOMAINS = {"ai.onnx.ml": ML, "com.microsoft": 1}
_ALONG = ("ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare")
_OWN = "ff/"
"""What the names of inner values begin with."""


def imported() -> Any:
    """Return the package ``onnx``.

    Raises
    ------
    MissingExtraError
        When it is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError(
            "Exports to ONNX need the package onnx",
            seen=str(error),
            expected="onnx and onnxruntime",
            todo="pip install 'fivefold[onnx]'",
        ) from error
    return onnx


class Graph:
    """Collects the nodes of one graph; every method that adds something returns the name of what it gives."""

    def __init__(self) -> None:
        self._onnx = imported()
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._domains = {"": OPSET}
        self._taken: set[str] = set()

    def feed(self, name: str, dtype: type[np.generic]) -> str:
        """Add an input of shape (rows, 1)."""
        kind = self._kind(np.dtype(dtype))
        self._inputs.append(self._onnx.helper.make_tensor_value_info(name, kind, [None, 1]))
        self._taken.add(name)
        return name

    def give(self, value: str, name: str, dtype: type[np.generic], width: int | None) -> str:
        """Make a value an output, of shape (rows, width), or (rows,) without a width; return the name that it got."""
        while name in self._taken:
            name = f"predicted_{name}"
        self._taken.add(name)
        self._nodes.append(self._onnx.helper.make_node("Identity", [value], [name]))
        shape = [None] if width is None else [None, width]
        kind = self._kind(np.dtype(dtype))
        self._outputs.append(self._onnx.helper.make_tensor_value_info(name, kind, shape))
        return name

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output."""
        return self.add_many(operator, inputs, 1, domain=domain, **attributes)[0]

    def add_many(
        self, operator: str, inputs: Sequence[str], outputs: int, *, domain: str = "", **attributes: Any
    ) -> list[str]:
        """Add a node with several outputs."""
        names = [f"{_OWN}{operator}{len(self._nodes)}" + (f".{k}" if k else "") for k in range(outputs)]
        if domain:
            self._domains[domain] = _DOMAINS[domain]
        node = self._onnx.helper.make_node(operator, list(inputs), names, domain=domain, **attributes)
        self._nodes.append(node)
        return names

    def constant(self, values: ArrayLike, dtype: type[np.generic]) -> str:
        """Add a constant; equal ones are kept once."""
        array = np.ascontiguousarray(np.asarray(values, dtype=dtype)).reshape(np.shape(values))
        content = "\x1f".join(map(repr, array.ravel())).encode() if array.dtype == object else array.tobytes()
        key = (array.dtype.str, array.shape, content)
        if key not in self._known:
            name = self._known[key] = f"{_OWN}c{len(self._known)}"
            self._constants.append(self._tensor(array, name))
        return self._known[key]

    def texts(self, values: Sequence[str]) -> str:
        """Add a constant of texts."""
        return self.constant(np.array(list(values), dtype=object), np.object_)

    def cast(self, value: str, dtype: type[np.generic]) -> str:
        """Turn a value into another type."""
        return self.add("Cast", value, to=self._kind(np.dtype(dtype)))

    def numbers(self, value: str) -> str:
        """Turn a value into doubles."""
        return self.cast(value, np.float64)

    def columns(self, matrix: str, places: Sequence[int] | NDArray[np.integer]) -> str:
        """Take columns of a matrix."""
        return self.add("Gather", matrix, self.constant(np.asarray(places), np.int64), axis=1)

    def join(self, parts: Sequence[str]) -> str:
        """Set matrices side by side."""
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=1)

    def missing(self, values: str) -> str:
        """Say where numbers are NaN; ONNX Runtime 1.12 has no operator for it in double precision."""
        return self.add("Not", self.add("Equal", values, values))

    def floor(self, values: str) -> str:
        """Round doubles down to whole numbers (int64); ONNX Runtime 1.12 has no operator for it in double precision."""
        towards_zero = self.cast(values, np.int64)
        above = self.add("Greater", self.numbers(towards_zero), values)
        return self.add("Sub", towards_zero, self.cast(above, np.int64))

    def inline(self, model: Any, given: str) -> str:
        """Set another graph of one input inside this one, and return its last output.

        Raises
        ------
        StepError
            When it uses what this one may not.
        """
        for opset in model.opset_import:
            domain = "" if opset.domain == "ai.onnx" else opset.domain
            if domain not in {"", *_DOMAINS} or (domain and opset.version > _DOMAINS[domain]):
                raise StepError(
                    "A graph inside the model is written in a newer ONNX",
                    seen=f"version {opset.version} of the domain {domain!r}",
                    expected=f"at most {_DOMAINS.get(domain, 'none')}",
                    todo=f"leave the estimator out of the blend and train again; {INSTEAD}",
                )
            if domain:
                self._domains[domain] = _DOMAINS[domain]
        prefix = f"{_OWN}g{len(self._nodes)}/"
        inner = self._onnx.compose.add_prefix_graph(model.graph, prefix)
        nodes = [self._older(node, inner) for node in inner.node]
        used = {name for node in nodes for name in node.input}
        self._constants.extend(one for one in inner.initializer if one.name in used)
        self._nodes.append(self._onnx.helper.make_node("Identity", [given], [inner.input[0].name]))
        self._nodes.extend(nodes)
        return str(inner.output[-1].name)

    def finish(self, name: str, facts: dict[str, str]) -> bytes:
        """Return the model, checked by ONNX's own checker.

        Raises
        ------
        StepError
            When the checker does not take it.
        """
        helper, onnx = self._onnx.helper, self._onnx
        graph = helper.make_graph(self._nodes, name, self._inputs, self._outputs, self._constants)
        opsets = [helper.make_opsetid(domain, number) for domain, number in sorted(self._domains.items())]
        model = helper.make_model(graph, ir_version=_IR, opset_imports=opsets, producer_name="fivefold")
        helper.set_model_props(model, facts)
        try:
            onnx.checker.check_model(model)
        except (onnx.checker.ValidationError, ValueError) as error:
            raise StepError(
                "The model cannot be written as ONNX",
                seen=" ".join(str(error).split())[:300],
                expected=f"a graph of opset {OPSET}",
                todo=f"leave estimators of your own out of the blend and train again; {INSTEAD}",
            ) from error
        written: bytes = model.SerializeToString(deterministic=True)
        return written

    def _older(self, node: Any, graph: Any) -> Any:
        """A node as opset 15 has it: what is taken together along was an attribute before opset 18."""
        if node.op_type not in _ALONG or len(node.input) < 2:
            return node
        along = {one.name: self._onnx.numpy_helper.to_array(one) for one in graph.initializer}
        if node.input[1] not in along:
            return node
        node.attribute.append(self._onnx.helper.make_attribute("axes", along[node.input[1]].tolist()))
        del node.input[1:]
        return node

    def _tensor(self, array: NDArray[Any], name: str) -> Any:
        """Write an array down."""
        return self._onnx.numpy_helper.from_array(array, name)

    def _kind(self, dtype: np.dtype[Any]) -> int:
        """ONNX's number for a type."""
        kinds = self._onnx.TensorProto
        if dtype == np.object_:
            return int(kinds.STRING)
        return int(self._onnx.helper.np_dtype_to_tensor_dtype(dtype))
