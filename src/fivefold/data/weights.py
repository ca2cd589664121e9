"""Weights: how much each row counts, read from the column that the person named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.core.errors import InputError
from fivefold.data.columns import column_of
from fivefold.runtime.frames import clean_series

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.artefacts import ColumnProfile

__all__ = ["Weights"]


class Weights:
    """The work on one weight column, a batch of rows at a time.

    Parameters
    ----------
    profile : ColumnProfile

    Attributes
    ----------
    name : str
    missing, zeros : int
        Rows with a target that have no weight, and that weigh nothing, so far.
    """

    def __init__(self, profile: ColumnProfile) -> None:
        self.name = profile.name
        self.missing = self.zeros = 0
        # Whatever the look made of it: few different whole numbers are a category to it, and 0 a missing value perhaps.
        column = column_of(profile, profile.name)
        self._column = replace(column, role="number", kind="number", categories=(), missing_values=())

    def read(self, raw: pl.Series, there: pl.Series) -> pl.Series:
        """Return the weights of rows, null where there is none or it is zero.

        Parameters
        ----------
        raw : Series
            As the source has them.
        there : Series of bool
            Rows with a target: others are not counted here.

        Raises
        ------
        InputError
            When a weight is negative.
        """
        import polars as pl

        values = clean_series(raw, self._column, strict=False).cast(pl.Float64)
        lowest = values.min()
        if isinstance(lowest, float) and lowest < 0:
            raise InputError(
                f"The weight column '{self.name}' has negative weights",
                seen=f"{lowest:g}",
                expected="numbers from 0 on: a row of weight 2 counts as two rows would",
                todo="put them right, or leave the weight column out",
            )
        self.missing += int((values.is_null() & there).sum())
        self.zeros += int(((values == 0) & there).sum())
        return values.set((values == 0).fill_null(value=False), None)

    def removed(self) -> tuple[tuple[str, int], ...]:
        """Rows that do not count, by reason."""
        return (
            (f"'{self.name}', which says how much a row counts, is missing or no number", self.missing),
            (f"'{self.name}' says that the row counts nothing", self.zeros),
        )
