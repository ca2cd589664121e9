"""Under which paths the service answers: its own, and those that a platform names in the environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PREDICT", "READY", "V2", "Doors"]

PREDICT = "/predict"
READY = "/readyz"
V2 = "/v2"
"""Root of the Open Inference Protocol's paths."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Paths of the two routes that a platform may name; the service's own ones always stay open.

    Attributes
    ----------
    predict, ready : tuple of str
        All paths of the route, the service's own first.
    vertex : str
        The one among the former that Vertex AI named; empty when it named none.
    """

    predict: tuple[str, ...] = (PREDICT,)
    ready: tuple[str, ...] = (READY,)
    vertex: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Doors:
        """Read ``AIP_PREDICT_ROUTE`` and ``AIP_HEALTH_ROUTE`` (Vertex AI's contract for custom containers, 1.0.0).

        Raises
        ------
        SettingsError
            When a variable is no plain path.

        Examples
        --------
        >>> Doors.from_environment({"AIP_PREDICT_ROUTE": "/v1/models/9:predict"}).predict
        ('/predict', '/v1/models/9:predict')
        """
        predict, ready = _path(environ, "AIP_PREDICT_ROUTE"), _path(environ, "AIP_HEALTH_ROUTE")
        if predict and predict == ready:
            raise SettingsError(
                "Two routes have one path",
                seen=f"AIP_PREDICT_ROUTE and AIP_HEALTH_ROUTE are '{predict}'",
                expected="a path for each",
                todo="change one of them",
            )
        return cls((PREDICT, *_other(predict, PREDICT)), (READY, *_other(ready, READY)), predict)


def _path(environ: Mapping[str, str], name: str) -> str:
    """One path from the environment; empty when it is not set."""
    path = environ.get(name, "")
    if path and (not path.startswith("/") or set("{}?#") & set(path)):
        raise SettingsError(
            f"The variable {name} cannot be used",
            seen=repr(path),
            expected="a path such as /v1/endpoints/1/deployedModels/2:predict",
            todo="set it right, or unset it",
        )
    return path


def _other(path: str, own: str) -> tuple[str, ...]:
    """Return the path if it is one more."""
    return (path,) if path and path != own else ()
