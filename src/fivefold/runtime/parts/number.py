"""Numbers and booleans as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.protocols import Feature
from fivefold.runtime.parts.part import NAN

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.protocols import Floats
    from fivefold.runtime.encoding import NumberPart
    from fivefold.runtime.values import Cleaned

__all__ = ["NumberEncoder"]


class NumberEncoder:
    """Follows a :class:`~fivefold.runtime.encoding.NumberPart`."""

    def __init__(self, part: NumberPart) -> None:
        self.column = part.column
        self.features = (Feature(part.column, part.column, "number"),)

    def encode_value(self, value: Cleaned) -> tuple[float, ...]:
        """Return the number."""
        return (NAN if value is None else float(value),)  # type: ignore[arg-type]  # a number column holds no texts

    def encode_series(self, series: pl.Series) -> Floats:
        """Return the numbers, shape (rows, 1)."""
        import polars as pl

        return series.cast(pl.Float64).to_numpy().reshape(-1, 1)
