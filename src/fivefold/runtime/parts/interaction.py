"""Two features joined by arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.errors import ArtefactError
from fivefold.core.protocols import Feature

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fivefold.core.protocols import Floats, Matrix
    from fivefold.runtime.encoding import InteractionPart, Operation

__all__ = ["InteractionEncoder"]

_OPERATIONS: dict[Operation, tuple[str, Callable[[Floats, Floats], Floats]]] = {
    "difference": ("-", lambda first, second: first - second),
    "product": ("*", lambda first, second: first * second),
    "ratio": ("/", lambda first, second: first / np.where(second == 0.0, np.nan, second)),
}


class InteractionEncoder:
    """Follows the :class:`~fivefold.runtime.encoding.InteractionPart` s of a spec, all at once.

    It works on the matrix of the other features, element by element: a row and a table go the same way.

    Raises
    ------
    ArtefactError
        When a feature that a part names is not there.
    """

    def __init__(self, parts: Sequence[InteractionPart], features: Sequence[Feature]) -> None:
        places = {feature.name: place for place, feature in enumerate(features)}
        named = {name for part in parts for name in (part.first, part.second)}
        if not named <= set(places):
            raise ArtefactError(
                "The encoder's interactions cannot be used",
                seen=f"no feature named {', '.join(sorted(named - set(places)))}",
                expected="features of the same encoder",
                todo="train again",
            )
        names = [f"{part.first} {_OPERATIONS[part.operation][0]} {part.second}" for part in parts]
        self.features = tuple(Feature(name, name, "number") for name in names)
        self._steps = []
        for operation, (_, join) in _OPERATIONS.items():
            chosen = [(place, part) for place, part in enumerate(parts) if part.operation == operation]
            if chosen:
                first = [places[part.first] for _, part in chosen]
                second = [places[part.second] for _, part in chosen]
                self._steps.append(([place for place, _ in chosen], first, second, join))

    def encode(self, values: Matrix) -> Floats:
        """Return the interactions of rows whose other features are these, shape (rows, interactions)."""
        joined = np.empty((len(values), len(self.features)))
        for places, first, second, join in self._steps:
            joined[:, places] = join(
                values[:, first].astype(np.float64), values[:, second].astype(np.float64)
            )
        return joined
