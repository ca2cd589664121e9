"""What MLflow loads an exported bundle with: the ``loader_module`` of its file ``MLmodel``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fivefold.core.errors import InputError
from fivefold.runtime.bundle import load_bundle

if TYPE_CHECKING:
    from fivefold.runtime.predictor import Predictor

__all__ = ["METHODS", "BundleModel"]

METHODS = ("predict", "predict_proba")
"""What the parameter ``method`` may say; the first is meant where nobody says anything."""


class BundleModel:
    """A bundle that answers MLflow.

    Parameters
    ----------
    predictor : Predictor
    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Answer a table.

        Parameters
        ----------
        model_input : frame or list of dict
        params : dict, optional
            ``method``: ``predict`` for labels or numbers, ``predict_proba`` for one probability per class.

        Returns
        -------
        array or list of dict
            Labels or numbers, one per row; with ``predict_proba`` the probabilities of each row by class.

        Raises
        ------
        InputError
            When the method is none of these, or a column is missing.
        RequestError
            When a value is not of its column's type.
        """
        method = str((params or {}).get("method", METHODS[0]))
        if method not in METHODS:
            raise InputError(
                "There is no such method",
                seen=repr(method),
                expected=", ".join(METHODS),
                todo="name one of these",
            )
        if method == "predict":
            return self._predictor.predict(model_input)
        classes = self._predictor.contract.classes
        return [
            dict(zip(classes, row, strict=True))
            for row in self._predictor.predict_proba(model_input).tolist()
        ]


def _load_pyfunc(path: str) -> BundleModel:
    """Load the bundle in a folder; the name is MLflow's."""
    return BundleModel(load_bundle(Path(path)))
