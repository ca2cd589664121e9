"""What a split at random would have promised, from the table to the report: told where groups leak, and only there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import fivefold as ff
from fivefold.result import Result

ROWS, EACH = 1_800, 6


def visits(*, leaky: bool) -> pl.DataFrame:
    """Visits of patients in no order of time: their outcome is their own, or follows from each visit."""
    rng = np.random.default_rng(5)
    patient = rng.permutation(np.arange(ROWS) // EACH)
    height = rng.normal(170, 9, ROWS // EACH)[patient].round(2)
    weight = rng.normal(75, 12, ROWS // EACH)[patient].round(1) + rng.normal(0, 0.3, ROWS).round(1)
    pulse = rng.normal(70, 10, ROWS).round(1)
    own = (rng.random(ROWS // EACH) < 0.4)[patient]
    visit = rng.random(ROWS) < 1 / (1 + np.exp(-(pulse - 72) / 6))
    return pl.DataFrame(
        {
            "patient_id": [f"P{number:04d}" for number in patient],
            "height": height if leaky else rng.normal(170, 9, ROWS).round(2),
            "weight": weight,
            "pulse": pulse,
            "ill": np.where(own if leaky else visit, "yes", "no"),
        }
    )


def carried(frame: pl.DataFrame, folder: Path) -> Result:
    return ff.run(frame, target="ill", budget="2min", out=str(folder))


@pytest.mark.slow
def test_a_table_that_leaks_by_group_is_told_what_chance_would_have_promised(tmp_path: Path) -> None:
    result = carried(visits(leaky=True), tmp_path)
    assert result.dataset.split.kind == "stratified_group"
    naive = result.artefact("train").body.naive
    assert naive is not None
    assert naive.differs
    assert naive.naive.value > naive.honest.value
    report = next(tmp_path.rglob("report.html")).read_text(encoding="utf-8")
    assert report.count("A split at random would have promised") == 1


@pytest.mark.slow
def test_a_table_of_independent_rows_is_told_nothing(tmp_path: Path) -> None:
    result = carried(visits(leaky=False), tmp_path)
    assert result.dataset.split.kind == "stratified_group"
    naive = result.artefact("train").body.naive
    assert naive is not None
    assert not naive.differs
    report = next(tmp_path.rglob("report.html")).read_text(encoding="utf-8")
    assert "A split at random would have promised" not in report
