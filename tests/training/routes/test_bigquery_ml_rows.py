"""The tables that the route ``bigquery-ml`` brings to BigQuery."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from fivefold.core.artefacts import FOLD, SINCE
from fivefold.testing.routes import route_work
from fivefold.training.routes.bigquery_ml.rows import EVAL, Tables

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_after_the_latest_fold_teach_nothing(tmp_path: Path) -> None:
    work = route_work(tmp_path)
    marks = pl.read_parquet(work.train).with_columns(
        pl.Series(FOLD, [0] * 100 + [1] * 60 + [2] * 80, dtype=pl.Int8),
        pl.Series(SINCE, [1] * 100 + [2] * 50 + [3] * 90, dtype=pl.Int8),
    )
    marks.write_parquet(work.train)
    rolling = replace(work.split, kind="time", by="joined", folds=2, rolling=True)
    plain = Tables.of(replace(work, split=rolling))
    assert (plain.learned, int(plain.train[EVAL].sum())) == (160, 80)
    gap = Tables.of(replace(work, split=replace(rolling, gap=86_400.0)))
    assert (gap.learned, int(gap.train[EVAL].sum())) == (150, 80)


@pytest.mark.parametrize("kind", [pl.Datetime("us"), pl.Datetime("ms"), pl.Date()])
def test_moments_without_a_zone_are_sent_as_timestamps(tmp_path: Path, kind: pl.DataType) -> None:
    work = route_work(tmp_path)
    moments = pl.read_parquet(work.train)["joined"]
    for path in (work.train, work.sealed):
        pl.read_parquet(path).with_columns(
            pl.col("joined").dt.replace_time_zone(None).cast(kind)
        ).write_parquet(path)
    tables = Tables.of(work)
    assert {each.schema["joined"] for each in (tables.train, tables.sealed)} == {pl.Datetime("us", "UTC")}
    assert tables.train["joined"].dt.date().to_list() == moments.dt.date().to_list()
