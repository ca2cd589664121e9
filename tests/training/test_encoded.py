"""Rows that are encoded once are answered as if each model had encoded them itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from fivefold.runtime.bundle import load_bundle
from fivefold.training import encoded
from fivefold.training.encoded import EncodedRows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.training.stages import Trained


@pytest.mark.parametrize("stretch", [7, 60, 1000])
def test_scores_are_those_of_the_predictor(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    monkeypatch.setattr(encoded, "_SLICE", stretch)
    predictor = load_bundle(trained.bench.folder / "bundle")
    sealed = pl.read_parquet(trained.stage.dataset.folder / "test.parquet")
    rows = EncodedRows.write(sealed, predictor.encoder, predictor.contract, tmp_path / "rows.npy")
    np.testing.assert_allclose(rows.scores(predictor.blend), predictor.scores(sealed), rtol=1e-12)
    alone = predictor.blend.members[0]
    values = predictor.encoder.encode_frame(
        sealed.select(column.name for column in predictor.contract.columns)
    )
    np.testing.assert_allclose(rows.scores(alone), alone.predict(values), rtol=1e-12)
