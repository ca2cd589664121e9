"""Frames of other libraries: what they hold arrives, whatever type they hold it in."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from fivefold.core.errors import InputError
from fivefold.core.extract import Extract
from fivefold.data.gather import gather
from fivefold.data.sources.frame import FrameSource
from fivefold.testing.sources import NAMES, SourceSuite, sample_rows

if TYPE_CHECKING:
    from fivefold.core.protocols import Source


def read(frame: object) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        return pl.read_parquet(gather(Extract(frame), Path(folder)).path)


class TestPolars(SourceSuite):
    def make(self) -> Source:
        return FrameSource()

    def address(self, folder: Path, shift: int) -> object:
        return pl.DataFrame(sample_rows(shift), schema=list(NAMES), orient="row")


class TestLazyPolars(TestPolars):
    def address(self, folder: Path, shift: int) -> object:
        return pl.DataFrame(sample_rows(shift), schema=list(NAMES), orient="row").lazy()


class TestPandas(SourceSuite):
    def make(self) -> Source:
        return FrameSource()

    def address(self, folder: Path, shift: int) -> object:
        return pd.DataFrame(sample_rows(shift), columns=list(NAMES))


class TestArrow(SourceSuite):
    def make(self) -> Source:
        return FrameSource()

    def address(self, folder: Path, shift: int) -> object:
        columns = zip(*sample_rows(shift), strict=True)
        return pa.table({name: list(values) for name, values in zip(NAMES, columns, strict=True)})


def test_the_label_names_the_library() -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert FrameSource().fetch(Extract(pl.DataFrame({"a": [1]})), Path(folder)).label == "polars frame"


def test_polars_types_become_plain_ones() -> None:
    frame = pl.DataFrame(
        {
            "kind": pl.Series(["x"], dtype=pl.Categorical),
            "listed": pl.Series(["x"], dtype=pl.Enum(["x", "y"])),
            "exact": pl.Series(["1.5"]).cast(pl.Decimal(10, 2)),
            "day": [date(2020, 1, 2)],
            "zoned": [datetime(2020, 1, 2, 3, tzinfo=UTC)],
            "clock": [time(12, 30)],
            "span": [timedelta(minutes=2)],
            "list": [[1, 2]],
            "thing": pl.Series([object], dtype=pl.Object),
            "nothing": [None],
            "big": pl.Series([2**63], dtype=pl.UInt64),
            "single": pl.Series([0.5], dtype=pl.Float32),
        }
    )
    row = read(frame).row(0, named=True)
    assert (row["kind"], row["listed"], row["exact"], row["single"]) == ("x", "x", 1.5, 0.5)
    assert (row["day"], row["zoned"]) == tuple(
        map(datetime.fromisoformat, ("2020-01-02", "2020-01-02T03:00"))
    )
    assert row["clock"].startswith("12:30")
    assert (row["span"], row["list"], row["nothing"], row["big"]) == (120.0, "[1, 2]", None, str(2**63))
    assert "object" in row["thing"]


def test_pandas_gaps_are_gaps() -> None:
    frame = pd.DataFrame(
        {
            "number": [1.0, np.nan],
            "whole": pd.array([1, None], dtype="Int64"),
            "word": ["x", None],
            "moment": [pd.Timestamp("2020-01-02"), pd.NaT],
            "kind": pd.Categorical(["u", None]),
            "truth": pd.array([True, None], dtype="boolean"),
        }
    )
    assert read(frame).row(1) == (None,) * 6


def test_columns_named_by_numbers_get_names() -> None:
    assert read(pd.DataFrame([[1, 2]])).columns == ["0", "1"]


@pytest.mark.parametrize("frame", [pd.DataFrame({"a": []}), pl.DataFrame(), pl.DataFrame({"a": [1]}).clear()])
def test_a_frame_without_rows_or_columns_is_refused(frame: object) -> None:
    with pytest.raises(InputError, match="is empty"):
        read(frame)


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="one name"):
        read(pd.DataFrame([[1, 2]], columns=["a", "a"]))
