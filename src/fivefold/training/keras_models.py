"""Keras models among the person's own estimators, in Keras's wrappers for scikit-learn: what these lack to be trained here, and their graphs.

Keras is imported by the person's module. Until it is, no estimator can be one of these, and nothing here imports it.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.core.errors import StepError

if TYPE_CHECKING:
    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Floats, Matrix

__all__ = [
    "choose_backend",
    "fit_keras",
    "install_hint",
    "is_keras",
    "keras_graph",
    "keras_probabilities",
    "quieted",
]

_CLOSE = 1e-3
"""How far probabilities may add up to something else than 1, in the single precision that Keras computes in."""


def choose_backend() -> None:
    """Have Keras compute with PyTorch, unless the environment says otherwise; it must be said before Keras is imported."""
    if find_spec("keras") is not None:
        os.environ.setdefault("KERAS_BACKEND", "torch")


def install_hint(error: Exception) -> str:
    """What to install where an import fails for want of Keras, or of what it computes with; empty for any other error."""
    absent = isinstance(error, ModuleNotFoundError) and error.name in {"keras", "torch"}
    return 'pip install "fivefold[keras]" torch' if absent else ""


def is_keras(estimator: Any) -> bool:
    """Whether an estimator is one of Keras's wrappers for scikit-learn."""
    if "keras" not in sys.modules:
        return False
    from keras.wrappers import SKLearnClassifier, SKLearnRegressor

    return isinstance(estimator, (SKLearnClassifier, SKLearnRegressor))


def quieted(estimator: Any, made: Any) -> Any:
    """Give a clone the arguments of ``fit`` that the wrapper was made with, without bars of progress.

    The wrappers of Keras 3.15 forget these in their clones.
    """
    return estimator.set_params(fit_kwargs={"verbose": 0} | (made.fit_kwargs or {}))


def fit_keras(
    estimator: Any, columns: Matrix, target: Any, weight: Floats | None, until: Deadline, seed: int
) -> bool:
    """Fit; the same seed gives the same weights. Return whether the time was over before the epochs were.

    Parameters
    ----------
    estimator : Keras's wrapper for scikit-learn
    columns : Matrix
    target : array, shape (rows,)
    weight : array, shape (rows,), or None
    until : Deadline
        Looked at after every epoch.
    seed : int
    """
    import keras

    class Until(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is not installed everywhere
        """Ends the fit once its time is over."""

        stopped = False

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
            if until.passed() and epoch + 1 < self.params["epochs"]:
                self.stopped = self.model.stop_training = True

    keras.utils.clear_session()  # layers are numbered, and their names are part of the graph
    keras.utils.set_random_seed(seed)
    watch = Until()
    weights = {} if weight is None else {"sample_weight": weight}
    own = estimator.fit_kwargs.get("callbacks") or []
    estimator.fit(columns, target, callbacks=[*own, watch], **weights)
    return watch.stopped


def keras_probabilities(estimator: Any, columns: Matrix) -> Floats:
    """Return what the last layer says, shape (rows, classes that were seen).

    Raises
    ------
    StepError
        When these are no probabilities.
    """
    found = np.asarray(estimator.decision_function(columns), dtype=np.float64)
    shape = (len(columns), len(estimator.classes_))
    if found.shape != shape or found.min() < 0 or np.abs(found.sum(axis=1) - 1).max() > _CLOSE:
        sums = found.reshape(len(found), -1).sum(axis=1)
        raise StepError(
            "The last layer of a Keras model for classes gives no probabilities",
            seen=f"answers of shape {found.shape[1:]}, which add up to {sums.min():.3g} to {sums.max():.3g}",
            expected=f"a column for each of {shape[1]} classes, which add up to 1",
            todo='end the model with keras.layers.Dense(y.shape[1], activation="softmax")',
        )
    return found


def keras_graph(estimator: Any, width: int, name: str) -> bytes:
    """Return the fitted model as a graph in ONNX, in single precision.

    Parameters
    ----------
    estimator : Keras's wrapper for scikit-learn
    width : int
        Columns that it learned from.
    name : str
        Of the graph's input.
    """
    import keras

    rows = keras.InputSpec(shape=(None, width), dtype="float32", name=name)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "graph.onnx"
        estimator.model_.export(str(path), format="onnx", verbose=False, input_signature=[rows])
        return path.read_bytes()
