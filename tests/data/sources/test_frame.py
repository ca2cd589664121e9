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

from fivefold.core.errors import InputError, SettingsError
from fivefold.core.extract import DataSettings, Extract
from fivefold.data.gather import gather
from fivefold.data.sources.frame import FrameSource
from fivefold.testing.sources import NAMES, SourceSuite, sample_rows

if TYPE_CHECKING:
    from collections.abc import Callable

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


LONG = pl.DataFrame(
    {"a": range(100), "b": [f"w{n % 7}" for n in range(100)], "y": [n % 2 for n in range(100)]}
)


@pytest.mark.parametrize("library", [pl.DataFrame, pl.DataFrame.to_pandas, pl.DataFrame.to_arrow])
@pytest.mark.parametrize(
    "settings",
    [
        DataSettings(where="a > 50 AND b <> 'w3'"),
        DataSettings(rows=10),
        DataSettings(include=("b",)),
        DataSettings(where="a > 50", rows=10, include=("b",)),
    ],
)
def test_what_is_asked_for_is_the_same_of_a_frame_and_of_a_file(
    library: Callable[[pl.DataFrame], object], settings: DataSettings, tmp_path: Path
) -> None:
    LONG.write_parquet(tmp_path / "long.parquet")
    tables = []
    for number, address in enumerate((library(LONG), tmp_path / "long.parquet")):
        folder = tmp_path / str(number)
        folder.mkdir()
        fetched = gather(Extract(address, settings, keep=("y",), seed=3), folder)
        tables.append(pl.read_parquet(fetched.path))
        assert fetched.lineage[0].rows == tables[-1].height
    assert tables[0].equals(tables[1])
    assert tables[0].shape < LONG.shape


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (DataSettings(where="a > 100"), "No row of 'polars frame' meets the condition"),
        (DataSettings(where="a >"), "where is no condition"),
        (DataSettings(include=("c",)), "column to include from 'polars frame' is not in the table"),
    ],
)
def test_what_a_frame_does_not_have_is_refused(settings: DataSettings, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        gather(Extract(LONG, settings), tmp_path)


@pytest.mark.parametrize(
    ("settings", "key"), [(DataSettings(query="SELECT 1"), "query"), (DataSettings(table="visits"), "table")]
)
def test_a_frame_has_no_parts(settings: DataSettings, key: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=rf"\[data\] {key} is for databases") as caught:
        gather(Extract(LONG, settings), tmp_path)
    assert "polars frame" in caught.value.seen


def test_columns_named_by_numbers_get_names() -> None:
    assert read(pd.DataFrame([[1, 2]])).columns == ["0", "1"]


@pytest.mark.parametrize("frame", [pd.DataFrame({"a": []}), pl.DataFrame(), pl.DataFrame({"a": [1]}).clear()])
def test_a_frame_without_rows_or_columns_is_refused(frame: object) -> None:
    with pytest.raises(InputError, match="is empty"):
        read(frame)


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="one name"):
        read(pd.DataFrame([[1, 2]], columns=["a", "a"]))
