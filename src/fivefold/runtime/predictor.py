"""A loaded bundle that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Contract, Reference
    from fivefold.core.protocols import Floats
    from fivefold.runtime.blend import Blend
    from fivefold.runtime.encoder import Encoder
    from fivefold.runtime.rows import Rows

__all__ = ["Golden", "Predictor"]

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Golden:
    """A row and the answer that any deployment of the bundle must give.

    Attributes
    ----------
    row : dict
        An instance as a request would carry it (JSON values).
    answer : dict
        What :meth:`Predictor.answer` gave.
    """

    row: dict[str, object]
    answer: dict[str, object]


class Predictor:
    """Contract, encoder and blend."""

    contract: Contract
    encoder: Encoder
    blend: Blend
    metric: str
    version: str
    reference: Reference
    golden: tuple[Golden, ...]

    def read(self, instances: Sequence[object]) -> Rows:
        """Request instances to cleaned rows."""
        raise NotImplementedError

    def answer(self, rows: Rows) -> list[dict[str, object]]:
        """JSON-able answers."""
        raise NotImplementedError

    def scores(self, table: object) -> Floats:
        """(rows, outputs)."""
        raise NotImplementedError

    def predict(self, table: object) -> NDArray:
        """Labels or numbers."""
        raise NotImplementedError

    def predict_proba(self, table: object) -> Floats:
        """(rows, classes)."""
        raise NotImplementedError
