"""Categories as smoothed means of the target."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fivefold.core.errors import ArtefactError
from fivefold.core.protocols import Feature
from fivefold.runtime.parts.levels import LevelTable

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.protocols import Floats
    from fivefold.runtime.encoding import RatePart
    from fivefold.runtime.values import Cleaned

__all__ = ["RateEncoder", "numbered"]


class RateEncoder:
    """Follows a :class:`~fivefold.runtime.encoding.RatePart`.

    Its features are named ``column (rate)``, or ``column (rate 1)``, ``column (rate 2)`` ... for several outputs, and
    ``column (count)``.

    Raises
    ------
    ArtefactError
        When the part does not give ``outputs`` rates everywhere, or lacks some counts.
    """

    def __init__(self, part: RatePart, outputs: int) -> None:
        widths = {len(part.prior), len(part.missing), *map(len, part.rates)}
        fits = len(part.rates) == len(part.categories) and len(part.counts) in {0, len(part.categories) + 1}
        if widths != {outputs} or not fits:
            raise ArtefactError(
                f"The rates of column '{part.column}' cannot be used",
                seen=f"{len(part.categories)} categories, {len(part.rates)} rates with {sorted(widths)} outputs",
                expected=f"one rate per category, each with {outputs} outputs, and no counts or all of them",
                todo="train again",
            )
        self.column = part.column
        names = numbered("rate", outputs)
        self.features = tuple(Feature(f"{part.column} {name}", part.column, "rate") for name in names)
        if not part.counts:
            self._table = LevelTable(part.categories, part.rates, part.prior, part.missing)
            return
        self.features += (Feature(f"{part.column} (count)", part.column, "number"),)
        *known, missing = (math.log1p(count) for count in part.counts)
        rows = [(*rates, count) for rates, count in zip(part.rates, known, strict=True)]
        self._table = LevelTable(part.categories, rows, (*part.prior, 0.0), (*part.missing, missing))

    def encode_value(self, value: Cleaned) -> tuple[float, ...]:
        """Return the rates, and the count if there is one."""
        return self._table.find(value)

    def encode_series(self, series: pl.Series) -> Floats:
        """Return the same of a column, one row each."""
        return self._table.find_all(series)


def numbered(name: str, outputs: int) -> list[str]:
    """What stands behind the column's name in the names of features that there is one of per output.

    Examples
    --------
    >>> numbered("rate", 1), numbered("rate", 2)
    (['(rate)'], ['(rate 1)', '(rate 2)'])
    """
    return [f"({name})"] if outputs == 1 else [f"({name} {number})" for number in range(1, outputs + 1)]
