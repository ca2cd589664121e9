"""Days between two dates."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fivefold.core.protocols import Feature
from fivefold.runtime.parts.part import NAN

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.protocols import Floats
    from fivefold.runtime.encoding import GapPart
    from fivefold.runtime.values import Cleaned

__all__ = ["GapEncoder"]

_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400e6


class GapEncoder:
    """Follows a :class:`~fivefold.runtime.encoding.GapPart`."""

    def __init__(self, part: GapPart) -> None:
        self.columns = (part.first, part.second)
        name = f"{part.second} - {part.first}"
        self.features = (Feature(name, name, "number"),)

    def encode_values(self, first: Cleaned, second: Cleaned) -> tuple[float, ...]:
        """Return the days from the first moment to the second."""
        if not isinstance(first, datetime) or not isinstance(second, datetime):
            return (NAN,)
        return (float((second - first) // _MICROSECOND) / _DAY,)

    def encode_both(self, first: pl.Series, second: pl.Series) -> Floats:
        """Return the days of two columns, shape (rows, 1)."""
        import polars as pl

        between = second.dt.epoch("us") - first.dt.epoch("us")
        return between.cast(pl.Float64).to_numpy().reshape(-1, 1) / _DAY
