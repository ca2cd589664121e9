"""Parity: real rows are asked of the bundle and of its graph, and the largest difference decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.core.errors import StepError
from fivefold.export.columns import fed
from fivefold.export.graph import INSTEAD
from fivefold.runtime.graph_session import GraphSession

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats
    from fivefold.core.tables import Frame
    from fivefold.runtime.predictor import Predictor

__all__ = ["CLOSE", "TOLERANCE", "Parity", "compare", "run_graph"]

TOLERANCE = 1e-4
"""How far apart two answers may lie: probabilities, or numbers, relatively beyond 1."""
CLOSE = 1e-5
"""Differences above it are counted."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How a graph compares with its bundle.

    Attributes
    ----------
    rows : int
        Rows that were asked of both.
    largest : float
        The largest difference of a score: of probabilities, or of numbers, relatively beyond 1.
    apart : float
        Share of rows with a difference above ``CLOSE``.
    labels : float
        Share of rows that get another label.
    """

    rows: int
    largest: float
    apart: float
    labels: float

    @property
    def holds(self) -> bool:
        """Whether the graph may be used."""
        return self.rows > 0 and self.largest <= TOLERANCE

    def demand(self) -> None:
        """Refuse a graph that answers otherwise.

        Raises
        ------
        StepError
            When it does, or no row was asked.
        """
        if not self.holds:
            raise StepError(
                "The graph in ONNX answers otherwise than the bundle",
                seen=f"a difference of {self.largest:.2g} on {self.rows:,} rows, {100 * self.apart:.3g} % of them above {CLOSE:g}",
                expected=f"at most {TOLERANCE:g}, on one row at least",
                todo=INSTEAD,
            )

    def words(self) -> str:
        """One line for a person."""
        said = f"{self.rows:,} rows compared: largest difference {self.largest:.1e}, {100 * self.apart:.3g} % above {CLOSE:g}"
        return said + (f", {100 * self.labels:.3g} % another label" if self.labels else "")


def compare(model: bytes, predictor: Predictor, frame: Frame) -> Parity:
    """Ask a graph and its bundle the same rows.

    Parameters
    ----------
    model : bytes
        What :func:`~fivefold.export.model.onnx_model` wrote.
    predictor : Predictor
        The same bundle, loaded.
    frame : Frame
        Cleaned rows, with all columns of the contract.

    Raises
    ------
    MissingExtraError
        When onnxruntime is not installed.
    StepError
        When onnxruntime does not take the model.
    """
    found = run_graph(model, {column.name: fed(frame, column) for column in predictor.contract.columns})
    expected = predictor.scores(frame)
    scores = found[-1].reshape(expected.shape)
    apart: Floats = (np.abs(scores - expected) / np.maximum(1.0, np.abs(expected))).max(axis=1)
    apart = np.where(np.isnan(apart), np.inf, apart)
    labels = 0.0
    if len(found) > 1 and len(frame):
        labels = float((found[0].astype(str) != predictor.labels(expected).astype(str)).mean())
    largest = float(apart.max(initial=0.0))
    return Parity(len(frame), largest, float((apart > CLOSE).mean()) if len(frame) else 0.0, labels)


def run_graph(model: bytes, columns: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """Return the outputs of a model for these inputs, one thread at a time."""
    opener = GraphSession(model, "pip install 'fivefold[onnx]'")
    try:
        outputs: list[NDArray[Any]] = opener.open().run(None, dict(columns))
    except opener.errors as error:
        raise StepError(
            "onnxruntime does not take the exported graph",
            seen=" ".join(str(error).split())[:300],
            expected="a graph that it can run",
            todo="deploy the bundle itself: --to bundle, --to mlflow, or a service",
        ) from error
    return outputs
