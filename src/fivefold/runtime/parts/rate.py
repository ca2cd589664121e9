"""Categories as smoothed means of the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.errors import ArtefactError
from fivefold.core.protocols import Feature
from fivefold.runtime.parts.levels import LevelTable

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.protocols import Floats
    from fivefold.runtime.encoding import RatePart
    from fivefold.runtime.values import Cleaned

__all__ = ["RateEncoder"]


class RateEncoder:
    """Follows a :class:`~fivefold.runtime.encoding.RatePart`.

    Its features are named ``column (rate)``, or ``column (rate 1)``, ``column (rate 2)`` ... for several outputs.

    Raises
    ------
    ArtefactError
        When the part does not give ``outputs`` rates everywhere.
    """

    def __init__(self, part: RatePart, outputs: int) -> None:
        widths = {len(part.prior), len(part.missing), *map(len, part.rates)}
        if widths != {outputs} or len(part.rates) != len(part.categories):
            raise ArtefactError(
                f"The rates of column '{part.column}' cannot be used",
                seen=f"{len(part.categories)} categories, {len(part.rates)} rates with {sorted(widths)} outputs",
                expected=f"one rate per category, each with {outputs} outputs",
                todo="train again",
            )
        self.column = part.column
        names = ["(rate)"] if outputs == 1 else [f"(rate {number})" for number in range(1, outputs + 1)]
        self.features = tuple(Feature(f"{part.column} {name}", part.column, "rate") for name in names)
        self._table = LevelTable(part.categories, part.rates, part.prior, part.missing)

    def encode_value(self, value: Cleaned) -> tuple[float, ...]:
        """Return the rates."""
        return self._table.find(value)

    def encode_series(self, series: pl.Series) -> Floats:
        """Return the rates, shape (rows, outputs)."""
        return self._table.find_all(series)
