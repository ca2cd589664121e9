"""Cleaning of whole frames: the rules of ``values.py``, a column at a time.

A column that already has a fitting type is cast as a whole, and texts of a form that leaves no doubt are read as a whole
(``columns.py``); any other goes through the one definition, value by value (texts once per different text). Both give the same,
which a property test says.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.errors import InputError, RequestError
from fivefold.core.tables import in_seconds
from fivefold.runtime.columns import read_texts
from fivefold.runtime.dates import EPOCHS
from fivefold.runtime.values import BLANKS, Absent, cleaner

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column, Contract
    from fivefold.core.tables import Frame
    from fivefold.runtime.values import Cleaned, Cleaner

__all__ = ["clean_frame", "clean_series", "distinct", "listed", "near_names"]

_WHOLE = 2.0**63
_LATEST = 253_402_300_799_999_999
"""Microseconds from 1970 to the end of the year 9999."""


def clean_frame(frame: Frame, contract: Contract, *, strict: bool) -> Frame:
    """Clean every column of the contract.

    Parameters
    ----------
    frame : Frame
        Columns that the contract does not have are left out.
    contract : Contract
    strict : bool
        Whether a value that cannot be cleaned is an error; otherwise it becomes null.

    Returns
    -------
    Frame
        The contract's columns in its order: Float64, Int64, Boolean, String or Datetime (microseconds, no zone: UTC). A
        column that the frame lacks is null if the contract says nullable.

    Raises
    ------
    InputError
        When a column is missing that training always had.
    RequestError
        With code ``wrong_type``, when ``strict`` and a value cannot be cleaned.
    """
    import polars as pl

    cleaned: list[pl.Series] = []
    names = set(frame.columns)
    clean = _clean_texts(frame, [column for column in contract.columns if column.name in names])
    for column in contract.columns:
        if column.name in clean:
            cleaned.append(_present(frame[column.name], column))
        elif column.name in names:
            cleaned.append(clean_series(frame[column.name], column, strict=strict))
        elif column.nullable:
            cleaned.append(
                pl.Series(column.name, [None], dtype=_dtype(column)).new_from_index(0, frame.height)
            )
        else:
            raise _absent(column, frame.columns)
    return pl.DataFrame(cleaned)


def clean_series(series: pl.Series, column: Column, *, strict: bool) -> pl.Series:
    """Clean one column of a frame; see :func:`clean_frame`."""
    import polars as pl

    if isinstance(series.dtype, pl.Categorical | pl.Enum):
        series = series.cast(pl.String)
    elif column.kind != "datetime":
        series = in_seconds(series)
    quick = _quick_epoch(series, column.form) if _counts_time(column) else _QUICK[column.kind](series)
    if quick is not None:
        return _present(quick, column).alias(column.name)
    reader = cleaner(column) if strict else _forgiving(cleaner(column))
    if series.dtype == pl.String:
        certain = read_texts(series, column)
        if certain is None:
            return _read_each(series, column, reader)
        left = (certain.is_null() & series.is_not_null()).arg_true()
        if left.len():
            certain = certain.scatter(left, _read_each(series.gather(left), column, reader))
        return certain.alias(column.name)
    return pl.Series(column.name, [reader(value) for value in series.to_list()], dtype=_dtype(column))


def _read_each(series: pl.Series, column: Column, reader: Cleaner) -> pl.Series:
    """Read every different text by itself."""
    import polars as pl

    texts, positions = distinct(series)
    read = pl.Series(column.name, [*(reader(text) for text in texts), None], dtype=_dtype(column))
    return read.gather(np.where(positions < 0, len(texts), positions))


def distinct(series: pl.Series) -> tuple[list[str], NDArray[np.int64]]:
    """Return the different texts of a series and, for every row, the position of its text; -1 where it is null."""
    import polars as pl

    texts = series.drop_nulls().unique()
    if not texts.len():
        return [], np.full(series.len(), -1, dtype=np.int64)
    return texts.to_list(), listed(series, pl.Enum(texts))


def listed(series: pl.Series, categories: pl.Enum) -> NDArray[np.int64]:
    """Return for every text its position among categories; -1 where it is not one of them, or null."""
    import polars as pl

    found = series.cast(categories, strict=False).to_physical()
    if not found.null_count():
        return found.cast(pl.Int64).to_numpy()
    numbers = found.cast(pl.Float64).to_numpy()
    return np.where(np.isnan(numbers), -1.0, numbers).astype(np.int64)


def near_names(name: str, names: Sequence[str]) -> list[str]:
    """Names that a person may have meant, nearest first: same letters in another case, then similar spelling."""
    folded = {other.strip().lower(): other for other in reversed(names)}
    close = difflib.get_close_matches(name.strip().lower(), list(folded), n=3, cutoff=0.6)
    return [folded[match] for match in close]


def _present(values: pl.Series, column: Column) -> pl.Series:
    """Take away cleaned values that stand for missing ones."""
    import polars as pl

    if not column.missing_values:
        return values
    absent = [value for value in Absent.of(column).values if value is not None]
    return (
        values.set(values.is_in(pl.Series(absent, dtype=values.dtype).implode()), None) if absent else values
    )


def _counts_time(column: Column) -> bool:
    """Whether numbers stand for moments."""
    return column.kind == "datetime" and column.form in EPOCHS


def _quick_epoch(series: pl.Series, form: str) -> pl.Series | None:
    """Bring numbers that stand for moments to UTC; None when that must be done one by one."""
    import polars as pl

    if not series.dtype.is_numeric():
        return _quick_datetime(series)
    counts = _quick_integer(series)
    if counts is None:
        return None
    if form.startswith("yyyymm"):
        digits = counts.cast(pl.String) + ("01" if form == "yyyymm" else "")
        digits = digits.set(~digits.str.contains("^[0-9]{8}$"), None)
        moments = digits.str.to_datetime("%Y%m%d", time_unit="us", strict=False)
        return moments if moments.null_count() == counts.null_count() else None
    per = {"epoch seconds": 1_000_000, "epoch milliseconds": 1_000, "epoch microseconds": 1}[form]
    if not counts.is_between(0, _LATEST // per).all():
        return None
    return (counts * per).cast(pl.Datetime("us"))


def _dtype(column: Column) -> pl.DataType:
    """Type of a cleaned column."""
    import polars as pl

    return {
        "number": pl.Float64(),
        "integer": pl.Int64(),
        "boolean": pl.Boolean(),
        "string": pl.String(),
        "datetime": pl.Datetime("us"),
    }[column.kind]


def _quick_number(series: pl.Series) -> pl.Series | None:
    """Clean a number that lies in a numeric column."""
    import polars as pl

    if series.dtype.is_integer() or series.dtype.is_decimal():
        return series.cast(pl.Float64)
    if not series.dtype.is_float():
        return None
    floats = series.cast(pl.Float64)
    return floats.set(~floats.is_finite(), None)


def _quick_integer(series: pl.Series) -> pl.Series | None:
    """Clean whole numbers that lie in a numeric column; None when one of them is not whole or too large."""
    import polars as pl

    if series.dtype.is_float():
        floats = series.cast(pl.Float64)
        floats = floats.set(~floats.is_finite(), None)
        if not ((floats == floats.floor()) & (floats >= -_WHOLE) & (floats < _WHOLE)).all(ignore_nulls=True):
            return None
        return floats.cast(pl.Int64)
    if not series.dtype.is_integer():
        return None
    whole = series.cast(pl.Int64, strict=False)
    return whole if whole.null_count() == series.null_count() else None


def _quick_boolean(series: pl.Series) -> pl.Series | None:
    """Take a boolean column as it is."""
    import polars as pl

    return series if series.dtype == pl.Boolean else None


def _quick_string(series: pl.Series) -> pl.Series | None:
    """Clean texts, and name the categories of whole numbers and booleans."""
    import polars as pl

    if series.dtype.is_integer() or series.dtype == pl.Boolean:
        return series.cast(pl.String)
    if series.dtype != pl.String:
        return None
    if _nothing_to_strip([series])[0]:
        return series
    stripped = series.str.strip_chars(BLANKS)
    return stripped.set(stripped == "", None)


def _clean_texts(frame: Frame, columns: Sequence[Column]) -> set[str]:
    """Names of the columns of texts that are clean as they are."""
    import polars as pl

    names = [column.name for column in columns if column.kind == "string"]
    texts = [name for name in names if frame[name].dtype == pl.String]
    told = _nothing_to_strip([frame[name] for name in texts])
    return {name for name, clean in zip(texts, told, strict=True) if clean}


def _nothing_to_strip(columns: Sequence[pl.Series]) -> Sequence[bool]:
    """Whether all texts of each column begin and end with a visible ASCII character: to see that costs a third of stripping.

    All columns are asked at once. Polars has a cost for every question, and its threads wait for one another.
    """
    import polars as pl

    if not columns:
        return []
    frame = pl.DataFrame([series.alias(str(number)) for number, series in enumerate(columns)])
    texts, ends = pl.all(), pl.all().str.tail(1)
    told = (texts >= "!") & (texts < "\x7f") & (ends >= "!") & (ends < "\x7f")
    return frame.select(told.all(ignore_nulls=True)).row(0)


def _quick_datetime(series: pl.Series) -> pl.Series | None:
    """Bring dates and moments to UTC."""
    import polars as pl

    if series.dtype == pl.Date:
        return series.cast(pl.Datetime("us"))
    if not isinstance(series.dtype, pl.Datetime):
        return None
    if series.dtype.time_zone is not None:
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return series.dt.cast_time_unit("us")


_QUICK = {
    "number": _quick_number,
    "integer": _quick_integer,
    "boolean": _quick_boolean,
    "string": _quick_string,
    "datetime": _quick_datetime,
}


def _forgiving(strict: Cleaner) -> Cleaner:
    """Return a cleaner that gives None where the other raises."""

    def forgiving(value: object) -> Cleaned:
        try:
            return strict(value)
        except RequestError:
            return None

    return forgiving


def _absent(column: Column, names: Sequence[str]) -> InputError:
    """Say that a frame lacks a column."""
    near = near_names(column.name, names)
    return InputError(
        f"The table lacks the column '{column.name}'",
        seen=", ".join(repr(name) for name in names[:12]) + (", ..." if len(names) > 12 else ""),
        expected=f"'{column.name}', which every row had in training",
        todo=f"did you mean {' or '.join(repr(name) for name in near)}? Rename it"
        if near
        else "add the column",
        code="missing_column",
    )
