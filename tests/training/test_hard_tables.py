"""Hard tables end in a model, without a failed fit and in time, whatever they hold."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from tests.training.hard_tables import HARD

import fivefold as ff

BUDGET = 60.0
LATEST = BUDGET * 1.03 + 2.0


@pytest.mark.slow
@pytest.mark.parametrize("name", HARD)
def test_a_hard_table_ends_in_a_model_in_time(name: str, tmp_path: Path) -> None:
    frame = HARD[name]()
    table = tmp_path / "table.parquet"
    frame.write_parquet(table)
    began = time.monotonic()
    result = ff.run(str(table), target="y", budget=f"{BUDGET:g}s", deploy="none", out=str(tmp_path / "runs"))
    spent = time.monotonic() - began
    model = result.trained
    went_wrong = [
        f"{t.candidate}, fold {t.fold}: {t.state}, {t.reason}"
        for t in model.trials
        if t.state in {"failed", "killed"}
    ]
    assert went_wrong == []
    assert model.members
    answers = result.model.scores(frame.drop("y").head(100))
    assert np.isfinite(answers).all()
    assert spent <= LATEST
