"""As many rows are used as time and memory bear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
from tests.training.stages import Stage

from fivefold.core.budget import Budget
from fivefold.training.sampling import affordable_rows, draw

Make = Callable[..., Stage]
BUDGET = Budget(time=60, memory=8 * 10**9, cores=2)


def test_more_time_and_more_memory_bear_more_rows(stage: Make) -> None:
    contract = stage("regression").dataset.body.contract
    usual = affordable_rows(contract, BUDGET, 50.0)
    assert affordable_rows(contract, BUDGET, 100.0) > usual
    assert affordable_rows(contract, replace(BUDGET, memory=10**9), 50.0) < usual
    numbers = replace(contract, columns=contract.columns[:1])
    assert affordable_rows(numbers, BUDGET, 50.0) > usual
    assert affordable_rows(contract, BUDGET, 0.0) == 2_000


def test_a_sample_keeps_whole_rows_in_their_order(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": range(1_000), "y": [f"row {number}" for number in range(1_000)]})
    frame.write_parquet(tmp_path / "whole.parquet")
    drawn = pl.read_parquet(draw(tmp_path / "whole.parquet", 1_000, 100, tmp_path, seed=5))
    assert drawn.height == 100
    assert drawn["x"].is_sorted()
    assert drawn["x"].n_unique() == 100
    assert (drawn["y"] == "row " + drawn["x"].cast(pl.String)).all()
