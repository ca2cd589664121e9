"""Cells of a table that cannot be read: they count as missing, as in training, and are counted. A request is told of them instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.errors import RequestError
from fivefold.core.tables import in_seconds
from fivefold.runtime.dates import EPOCHS
from fivefold.runtime.frames import clean_frame, clean_series
from fivefold.runtime.values import cleaner

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.artefacts import Column, Contract
    from fivefold.core.tables import Frame
    from fivefold.runtime.values import Cleaner

__all__ = ["UnreadWarning", "clean_table", "unread_words"]


class UnreadWarning(UserWarning):
    """Cells of a table could not be read, and count as missing."""


def clean_table(frame: Frame, contract: Contract, unread: dict[str, int]) -> Frame:
    """Clean a frame as :func:`~fivefold.runtime.frames.clean_frame` does, whatever its cells hold.

    A number where training saw only whole ones, or only 0 and 1, becomes the nearest of these. Any other cell that is not of
    its column's type becomes null.

    Parameters
    ----------
    frame : Frame
    contract : Contract
    unread : dict of str to int
        Takes, by column, how many cells became null although something stood in them.

    Raises
    ------
    InputError
        When a column is missing that training always had.
    """
    try:
        return clean_frame(frame, contract, strict=True)
    except RequestError:
        import polars as pl

        there = [column for column in contract.columns if column.name in frame.columns]
        read = [_read(frame[column.name], column, unread) for column in there]
        # What was read is read again as what it is; this adds the columns that are not there.
        return clean_frame(pl.DataFrame(read), contract, strict=True)


def unread_words(unread: dict[str, int]) -> str:
    """Say which cells could not be read.

    Examples
    --------
    >>> unread_words({"age": 2, "town": 1})
    "cells that could not be read count as missing: 2 of 'age', 1 of 'town'"
    """
    each = ", ".join(f"{count:,} of '{name}'" for name, count in unread.items())
    return f"cells that could not be read count as missing: {each}"


def _read(series: pl.Series, column: Column, unread: dict[str, int]) -> pl.Series:
    """Clean a column, and count what cannot be read."""
    try:
        return clean_series(series, column, strict=True)
    except RequestError:
        told = _nearest(series, column)
    cleaned = clean_series(told, column, strict=False)
    reader = cleaner(column)
    lost = sum(
        _fails(reader, value) for value in told.filter(cleaned.is_null() & told.is_not_null()).to_list()
    )
    if lost:
        unread[column.name] = unread.get(column.name, 0) + lost
    return cleaned


def _nearest(series: pl.Series, column: Column) -> pl.Series:
    """Bring numbers to the nearest that the column may hold."""
    series = in_seconds(series) if column.kind != "datetime" else series
    if not series.dtype.is_float() and not (column.kind == "boolean" and series.dtype.is_integer()):
        return series
    if column.kind == "boolean":
        # A number that is none says nothing, and is no cell that could not be read.
        known = series.is_finite() if series.dtype.is_float() else series.is_not_null()
        return (series >= 0.5).set(~known, None)
    return series.round() if column.kind == "integer" and column.form not in EPOCHS else series


def _fails(reader: Cleaner, value: object) -> bool:
    """Whether a value cannot be read."""
    try:
        reader(value)
    except RequestError:
        return True
    return False
