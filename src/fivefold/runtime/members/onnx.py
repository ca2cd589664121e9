"""Estimators of the person's own as ONNX graphs, answered by onnxruntime: no scikit-learn, and no code of theirs, is needed to serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from fivefold.core.errors import ArtefactError
from fivefold.runtime.graph_session import GraphSession
from fivefold.runtime.members.inputs import Inputs, Preparer
from fivefold.runtime.members.packed import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats, Matrix

__all__ = ["INPUT", "OnnxMember", "onnx_payload"]

INPUT = "rows"
"""Name of a graph's one input."""
_CHUNK = 256
"""Rows at once: a graph may hold every training row, and then compares each row with all of them."""
_LONG = 200
"""Characters of an error that are passed on."""
_KINDS = {"tensor(float)": np.float32, "tensor(double)": np.float64}


def onnx_payload(
    graph: bytes, features: int, classes: Sequence[int], outputs: int, inputs: Inputs | None
) -> bytes:
    """Return what the member reads.

    Parameters
    ----------
    graph : bytes
        A model in ONNX whose last output has a column per class, or one with the number.
    features : int
        Columns of the matrix.
    classes : sequence of int
        Places of the graph's classes among all classes; empty for a number.
    outputs : int
        Columns of the scores.
    inputs : Inputs or None
        What the graph sees; None where it sees the matrix itself.
    """
    head = {"features": features, "classes": list(classes), "outputs": outputs}
    arrays: dict[str, NDArray[Any]] = {"graph": np.frombuffer(graph, np.uint8)}
    if inputs is not None:
        arrays |= {name: getattr(inputs, name) for name in Inputs.__slots__}
    return pack(head, arrays)


class OnnxMember:
    """A graph that answers, one thread at a time.

    Parameters
    ----------
    head : dict
        ``features``, ``classes`` and ``outputs``.
    arrays : dict of str to array
        ``graph``, the bytes of the model, and those of :class:`~fivefold.runtime.members.inputs.Inputs` where it needs them.

    Raises
    ------
    ArtefactError
        When these do not fit together, or onnxruntime cannot read the graph.
    MissingExtraError
        When onnxruntime is not installed.
    """

    def __init__(self, head: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self._features, self._outputs = int(head["features"]), int(head["outputs"])
        self._classes = np.array(head["classes"], dtype=np.intp)
        self._inputs: Preparer | None = None
        width = self._features
        if "numbers" in arrays:
            inputs = Inputs.of(arrays)
            if not inputs.fits(self._features):
                raise _misfit("inputs that do not fit each other", f"columns among {self._features} features")
            self._inputs, width = Preparer(inputs), inputs.width
        self._session, self._errors = _session(arrays["graph"].tobytes())
        asked, answered = self._session.get_inputs(), self._session.get_outputs()
        known = (
            len(asked) == 1
            and asked[0].name == INPUT
            and asked[0].type in _KINDS
            and asked[0].shape[1] == width
        )
        places = self._classes.size or 1
        fits = places <= self._outputs and bool(
            ((self._classes >= 0) & (self._classes < self._outputs)).all()
        )
        if not known or not fits or not answered or (not self._classes.size and self._outputs != 1):
            seen = f"inputs {[(one.name, one.type, one.shape) for one in asked]}, classes {self._classes.tolist()}"
            raise _misfit(seen, f"one input '{INPUT}' of {width} columns, and classes among {self._outputs}")
        self._kind, self._answer = _KINDS[asked[0].type], answered[-1].name

    @classmethod
    def load(cls, payload: bytes) -> Self:
        """Read what :func:`onnx_payload` wrote.

        Raises
        ------
        ArtefactError
            When the payload is anything else.
        MissingExtraError
            When onnxruntime is not installed.
        """
        head, arrays = unpack(payload)
        try:
            return cls(head, arrays)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise _misfit(f"{type(error).__name__}: {error}", "a whole graph") from error

    def predict(self, values: Matrix) -> Floats:
        """Return scores of shape (rows, outputs): probabilities of all classes, 0 for those that training lacked, or the number."""
        if values.shape[1] != self._features:
            raise _misfit(f"{values.shape[1]} features", f"a matrix with {self._features}")
        scores = np.zeros((len(values), self._outputs))
        for start in range(0, len(values), _CHUNK):
            part = values[start : start + _CHUNK]
            scores[start : start + _CHUNK] = self._run(part)
        return scores

    def _run(self, values: Matrix) -> Floats:
        """Answer a few rows."""
        columns = values if self._inputs is None else self._inputs.columns(values)
        given = {INPUT: np.ascontiguousarray(columns, dtype=self._kind)}
        try:
            answer = self._session.run([self._answer], given)[0]
        except self._errors as error:
            raise _misfit(str(error)[:_LONG], "a graph that answers every row") from error
        found = np.asarray(answer, dtype=np.float64)
        if not self._classes.size:
            return found.reshape(len(values), 1)
        scores = np.zeros((len(values), self._outputs))
        # Single precision may stray outside by a hair, and its shares add up to 1 only nearly.
        scores[:, self._classes] = found.clip(0.0, 1.0)
        shares: Floats = scores / scores.sum(axis=1, keepdims=True)
        return shares


def _session(graph: bytes) -> tuple[Any, tuple[type[Exception], ...]]:
    """Let onnxruntime read a graph, and tell its errors."""
    opener = GraphSession(graph)
    try:
        return opener.open(), opener.errors
    except opener.errors as error:
        raise _misfit(str(error)[:_LONG], "a model that onnxruntime can read") from error


def _misfit(seen: str, expected: str) -> ArtefactError:
    """Say that the graph cannot be used."""
    return ArtefactError(
        "A member in ONNX cannot be used", seen=seen, expected=expected, todo="train the model again"
    )
