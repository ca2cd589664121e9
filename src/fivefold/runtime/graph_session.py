"""A graph in ONNX, opened by onnxruntime: for members that are one, and for exports that are compared with their bundle."""

from __future__ import annotations

from typing import Any

from fivefold.core.errors import MissingExtraError

__all__ = ["GraphSession"]


class GraphSession:
    """Opens a graph; it uses one thread, for services and workers have others beside it.

    Parameters
    ----------
    graph : bytes
    install : str
        The command that installs it, for the error.

    Attributes
    ----------
    errors : tuple of exception types
        What onnxruntime raises of a graph or of values that it does not take; they have no base of their own. :meth:`open` may raise
        them as well.

    Raises
    ------
    MissingExtraError
        When onnxruntime is not installed.
    """

    def __init__(self, graph: bytes, install: str = "pip install onnxruntime") -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError(
                "onnxruntime is not installed, and a graph in ONNX needs it",
                seen=str(error),
                expected="the package onnxruntime",
                todo=install,
            ) from error
        told = onnxruntime.capi.onnxruntime_pybind11_state
        own = (told.Fail, told.InvalidArgument, told.InvalidGraph, told.InvalidProtobuf, told.NotImplemented)
        self.errors: tuple[type[Exception], ...] = (*own, told.RuntimeException, RuntimeError, ValueError)
        self._runtime, self._graph = onnxruntime, graph

    def open(self) -> Any:
        """Return onnxruntime's own session."""
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        return self._runtime.InferenceSession(self._graph, options, providers=["CPUExecutionProvider"])
