"""Categories as positions in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.protocols import Feature
from fivefold.runtime.parts.levels import LevelTable
from fivefold.runtime.parts.part import NAN

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.protocols import Floats
    from fivefold.runtime.encoding import CodePart
    from fivefold.runtime.values import Cleaned

__all__ = ["CodeEncoder"]


class CodeEncoder:
    """Follows a :class:`~fivefold.runtime.encoding.CodePart`."""

    def __init__(self, part: CodePart) -> None:
        self.column = part.column
        unseen = len(part.categories)
        code = Feature(part.column, part.column, "code", unseen + 1)
        self.features = (Feature(part.column, part.column, "number") if part.ordered else code,)
        codes = [(float(position),) for position in range(unseen)]
        unknown = NAN if part.ordered else float(unseen)
        self._table = LevelTable(part.categories, codes, (unknown,), (NAN,))

    def encode_value(self, value: Cleaned) -> tuple[float, ...]:
        """Return the code."""
        return self._table.find(value)

    def encode_series(self, series: pl.Series) -> Floats:
        """Return the codes, shape (rows, 1)."""
        return self._table.find_all(series)
