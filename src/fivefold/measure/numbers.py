"""Values of any column as numbers: the one way in which distributions, links and checks see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.protocols import Floats

__all__ = ["as_numbers", "mean_of"]

_WORD = r"[^\W_]+"
"""What counts as a word of a text: a run of letters and digits, as in the encoder."""


def as_numbers(values: pl.Series) -> Floats:
    """Return numbers and truth values as they are, dates as seconds since 1970, and texts by their number of words.

    Parameters
    ----------
    values : Series
        Cleaned values.

    Returns
    -------
    array, shape (rows,)
        NaN where there is no value.

    Examples
    --------
    >>> import polars as pl
    >>> as_numbers(pl.Series([1, None, 3])), as_numbers(pl.Series(["two words", "one"]))
    (array([ 1., nan,  3.]), array([2., 1.]))
    """
    import polars as pl

    if values.dtype.is_temporal():
        values = values.cast(pl.Datetime("us")).dt.timestamp("us") / 1e6
    elif values.dtype == pl.String:
        values = values.str.count_matches(_WORD)
    numbers: Floats = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return numbers


def mean_of(values: pl.Series) -> float:
    """Return the mean of numbers, or the share of true ones; 0 where there is no value.

    Examples
    --------
    >>> import polars as pl
    >>> mean_of(pl.Series([True, False, None])), mean_of(pl.Series([None], dtype=pl.Float64))
    (0.5, 0.0)
    """
    return float(values.mean() or 0.0)  # type: ignore[arg-type]  # to Polars' stubs a mean may be of any type
