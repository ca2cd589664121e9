"""What the encoder asks of every part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.protocols import Feature, Floats
    from fivefold.runtime.values import Cleaned

__all__ = ["NAN", "PairEncoder", "PartEncoder"]

NAN = float("nan")


class PartEncoder(Protocol):
    """A part that is ready to work; both methods give the same figures."""

    @property
    def column(self) -> str:
        """Name of the column that it reads."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """What it gives."""

    def encode_value(self, value: Cleaned) -> tuple[float, ...]:
        """Encode one cleaned value: one number per feature."""

    def encode_series(self, series: pl.Series) -> Floats:
        """Encode a cleaned column: shape (rows, features)."""


class PairEncoder(Protocol):
    """A part that reads two columns, ready to work; both methods give the same figures."""

    @property
    def columns(self) -> tuple[str, str]:
        """Names of the columns that it reads."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """What it gives."""

    def encode_values(self, first: Cleaned, second: Cleaned) -> tuple[float, ...]:
        """Encode two cleaned values: one number per feature."""

    def encode_both(self, first: pl.Series, second: pl.Series) -> Floats:
        """Encode two cleaned columns: shape (rows, features)."""
