"""Snapshots are content-addressed: equal rows make equal files, wherever they came from; where that was is told beside."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from fivefold.core.artefacts import Dataset
from fivefold.core.settings import read_settings
from fivefold.core.store import Stored
from fivefold.workflow import start

ROWS = 300


@pytest.fixture
def frame() -> pl.DataFrame:
    """Every plain type, with nulls in between."""
    generator = np.random.default_rng(0)
    size = generator.normal(size=ROWS).round(3)
    days = [date(2020, 1, 1 + k % 28) for k in range(ROWS)]
    return pl.DataFrame(
        {
            "size": [None if k % 17 == 0 else float(one) for k, one in enumerate(size)],
            "count": generator.integers(0, 50, ROWS),
            "city": generator.choice(["Graz", "Lyon", "Porto"], ROWS),
            "new": generator.random(ROWS) < 0.5,
            "on": days,
            "shown": np.where(size + generator.normal(size=ROWS) > 0, "yes", "no"),
        }
    )


def made(address: object, out: Path, **flags: str) -> Stored[Dataset]:
    """The Dataset of a table."""
    given = {
        "question.target": "shown",
        "budget.time": "60s",
        "budget.memory": "1GB",
        "out": str(out),
    } | flags
    settings = read_settings(dict(given), environ={})
    with start(settings, address) as journey:
        journey.research()
        return journey.data()


def test_equal_rows_make_equal_snapshots_whatever_their_source(frame: pl.DataFrame, tmp_path: Path) -> None:
    frame.write_csv(tmp_path / "visits.csv")
    frame.write_parquet(tmp_path / "visits.parquet", row_group_size=64)
    frame.write_ndjson(tmp_path / "visits.jsonl")
    sources: list[Any] = [frame, *(str(tmp_path / f"visits.{form}") for form in ("csv", "parquet", "jsonl"))]
    datasets = [made(source, tmp_path / str(number)) for number, source in enumerate(sources)]
    for name in ("train.parquet", "test.parquet"):
        assert len({(dataset.folder / name).read_bytes() for dataset in datasets}) == 1
        assert len({dataset.header.payloads[name] for dataset in datasets}) == 1
    assert [dataset.header.lineage[0].source for dataset in datasets] == [
        "polars frame",
        "visits.csv",
        "visits.parquet",
        "visits.jsonl",
    ]


def test_the_same_table_under_another_name_is_the_same_dataset(frame: pl.DataFrame, tmp_path: Path) -> None:
    frame.write_csv(tmp_path / "one.csv")
    frame.write_csv(tmp_path / "two.csv")
    one, two = (made(str(tmp_path / f"{name}.csv"), tmp_path / name) for name in ("one", "two"))
    assert one.header.digest == two.header.digest
    assert one.header.lineage[0].source != two.header.lineage[0].source


def test_another_row_makes_another_snapshot(frame: pl.DataFrame, tmp_path: Path) -> None:
    changed = frame.with_columns(pl.col("count") + (pl.int_range(pl.len()) == 7))
    one, two = made(frame, tmp_path / "one"), made(changed, tmp_path / "two")
    assert one.header.payloads["train.parquet"] != two.header.payloads["train.parquet"] or (
        one.header.payloads["test.parquet"] != two.header.payloads["test.parquet"]
    )


def test_what_a_check_condemns_is_taken_out_and_nothing_else_changes(
    frame: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("fivefold.data.excerpts._BATCH_CELLS", 7 * 70)
    monkeypatch.setattr("fivefold.data.excerpts._LEAST_BATCH", 1)
    honest, leaking = (
        made(one, tmp_path / str(one.width)) for one in (frame, frame.with_columns(answer=pl.col("shown")))
    )
    assert "answer" in dict(leaking.body.dropped)
    for name in ("train.parquet", "test.parquet"):
        assert pl.read_parquet(leaking.folder / name).equals(pl.read_parquet(honest.folder / name))
