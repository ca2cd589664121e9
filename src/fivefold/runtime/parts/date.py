"""Dates as their pieces."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.protocols import Feature
from fivefold.runtime.parts.part import NAN

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from fivefold.core.protocols import Floats
    from fivefold.runtime.encoding import DatePart, DatePieces
    from fivefold.runtime.values import Cleaned

__all__ = ["DateEncoder"]

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - cleaned moments are UTC without zone
_MICROSECOND = timedelta(microseconds=1)
_OF_MOMENT: dict[DatePieces, Callable[[datetime], int]] = {
    "year": lambda moment: moment.year,
    "month": lambda moment: moment.month,
    "day": lambda moment: moment.day,
    "weekday": lambda moment: moment.weekday(),
    "hour": lambda moment: moment.hour,
    "minute": lambda moment: moment.minute,
    "day_of_year": lambda moment: moment.timetuple().tm_yday,
}
_OF_COLUMN: dict[DatePieces, Callable[[pl.Expr], pl.Expr]] = {
    "year": lambda moments: moments.dt.year(),
    "month": lambda moments: moments.dt.month(),
    "day": lambda moments: moments.dt.day(),
    "weekday": lambda moments: moments.dt.weekday() - 1,
    "hour": lambda moments: moments.dt.hour(),
    "minute": lambda moments: moments.dt.minute(),
    "day_of_year": lambda moments: moments.dt.ordinal_day(),
    "elapsed_days": lambda moments: moments.dt.epoch("us"),
}


class DateEncoder:
    """Follows a :class:`~fivefold.runtime.encoding.DatePart`."""

    def __init__(self, part: DatePart) -> None:
        self.column = part.column
        self.features = tuple(
            Feature(f"{part.column}.{piece}", part.column, "number") for piece in part.pieces
        )
        self._pieces = part.pieces
        self._origin = part.origin
        self._missing = (NAN,) * len(part.pieces)

    def encode_value(self, value: Cleaned) -> tuple[float, ...]:
        """Return the pieces of one moment."""
        if not isinstance(value, datetime):
            return self._missing
        return tuple(
            self._elapsed(value) if piece == "elapsed_days" else float(_OF_MOMENT[piece](value))
            for piece in self._pieces
        )

    def encode_series(self, series: pl.Series) -> Floats:
        """Return the pieces of a column, shape (rows, pieces)."""
        import polars as pl

        values = np.empty((series.len(), len(self._pieces)), dtype=np.float64)
        # All pieces at once: Polars has a cost for every question.
        asked = [_OF_COLUMN[piece](pl.col("it")).cast(pl.Float64).alias(piece) for piece in self._pieces]
        found = pl.DataFrame([series.alias("it")]).select(asked)
        for position, piece in enumerate(self._pieces):
            column = found[piece].to_numpy()
            values[:, position] = (
                (column / 1e6 - self._origin) / 86400.0 if piece == "elapsed_days" else column
            )
        return values

    def _elapsed(self, moment: datetime) -> float:
        """Days since the origin."""
        microseconds = float((moment - _EPOCH) // _MICROSECOND)
        return (microseconds / 1e6 - self._origin) / 86400.0
