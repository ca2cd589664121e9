"""Limits: which cleaned values lie outside of what training saw; counted alike in a new table and in the log of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.artefacts import Column

__all__ = ["Limit", "beyond", "limit_of"]

Limit: TypeAlias = Literal["categories", "range"]


def limit_of(column: Column) -> Limit | None:
    """What the contract sets as a limit: the known categories, the range, or nothing.

    Dates have none, since time moves on; nor has a text, or a category of which not all values are listed.

    Examples
    --------
    >>> from fivefold.core.artefacts import Column
    >>> limit_of(Column("age", "number", "number", nullable=True, minimum=0.0, maximum=99.0))
    'range'
    """
    if column.kind == "string":
        return "categories" if column.categories and column.complete else None
    if column.kind in {"number", "integer"} and column.minimum is not None and column.maximum is not None:
        return "range"
    return None


def beyond(values: pl.Series, column: Column) -> pl.Series:
    """Tell which values lie outside of the column's limit.

    Parameters
    ----------
    values : Series
        Cleaned values.
    column : Column

    Returns
    -------
    Series
        Booleans of the same length; false where there is no value, and throughout where there is no limit.
    """
    import polars as pl

    limit = limit_of(column)
    if limit == "categories":
        return (~values.is_in(list(column.categories))).fill_null(value=False)
    if limit == "range":
        return ((values < column.minimum) | (values > column.maximum)).fill_null(value=False)
    return pl.Series(values.name, [False], dtype=pl.Boolean).new_from_index(0, values.len())
