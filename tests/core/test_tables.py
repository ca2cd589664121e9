"""Frames of every library come in as they are."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from fivefold.core.errors import InputError
from fivefold.core.tables import is_frame, to_frame

DAY = dt.datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - a table's times often carry no zone
COLUMNS = {
    "number": [1.5, None, 3.0],
    "word": ["a", None, "007"],
    "day": [DAY, None, DAY],
    "yes": [True, False, True],
}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table, lambda c: pl.DataFrame(c).lazy()])
def test_pandas_polars_and_arrow_say_the_same(make: type) -> None:
    frame = to_frame(make(COLUMNS))
    assert frame.to_dict(as_series=False) == COLUMNS


def test_pandas_own_types_are_understood() -> None:
    table = pd.DataFrame(
        {
            "category": pd.Categorical(["a", None, "b"]),
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "object": ["x", 5, None],
            "zoned": pd.Series(["2026-01-01", None, "2026-01-02"]).astype("datetime64[us, UTC]"),
        }
    )
    frame = to_frame(table)
    assert frame["category"].to_list() == ["a", None, "b"]
    assert frame["whole"].to_list() == [1, None, 3]
    assert frame["zoned"].null_count() == 1


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        (["a", None, float("nan")], ["a", None, None]),
        (["a", pd.NA, "b"], ["a", None, "b"]),
        ([pd.NaT, DAY, None], [None, DAY, None]),
        ([Decimal("1.5"), Decimal("NaN"), None], [Decimal("1.5"), None, None]),
        ([True, None, False], [True, None, False]),
        ([dt.date(2026, 1, 1), None], [dt.date(2026, 1, 1), None]),
        ([np.array([1, 2]), np.array([3, 4])], [[1, 2], [3, 4]]),
        (pd.to_timedelta([1, None], unit="s"), [dt.timedelta(seconds=1), None]),
        (pd.array(["x", None], dtype="string"), ["x", None]),
        (pd.array([True, None], dtype="boolean"), [True, None]),
        (pd.array([2**60 + 1, None], dtype="Int64"), [2**60 + 1, None]),
        (pd.Series([DAY, None]).astype("datetime64[s]"), [DAY, None]),
    ],
    ids=[
        "nan",
        "pandas' own",
        "no time",
        "decimals",
        "booleans",
        "days",
        "arrays",
        "durations",
        "texts",
        "nullable",
        "long numbers",
        "seconds",
    ],
)
def test_whatever_pandas_calls_missing_is_null(values: Any, kept: list[object]) -> None:
    column = pd.Series(values, dtype=object if isinstance(values, list) else None)
    found = to_frame(pd.DataFrame({"it": column}))["it"]
    assert [each.to_list() if isinstance(each, pl.Series) else each for each in found] == kept


def test_two_pandas_columns_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="Two columns carry one name"):
        to_frame(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InputError, match=r"no table.*int"):
        to_frame(3)
    assert not is_frame("sales.csv")
    assert is_frame(pd.DataFrame({"a": [1]}))
