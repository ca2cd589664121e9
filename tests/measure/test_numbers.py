"""Values of every kind as numbers."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from fivefold.measure.numbers import as_numbers


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (pl.Series([1, None, 3]), [1, np.nan, 3]),
        (pl.Series([True, False, None]), [1, 0, np.nan]),
        (pl.Series([0, 86_400_000_000, None]).cast(pl.Datetime("us")), [0, 86_400, np.nan]),
        (pl.Series([0, 1]).cast(pl.Date), [0, 86_400]),
        (pl.Series(["two words", "", None]), [2, 0, np.nan]),
        (pl.Series([None, None], dtype=pl.Float64), [np.nan, np.nan]),
    ],
)
def test_missing_values_are_nan_dates_are_seconds_and_texts_count_words(
    values: pl.Series, numbers: list[float]
) -> None:
    np.testing.assert_array_equal(as_numbers(values), numbers)
