"""Batch prediction: the rows as they came, with what the model says beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from fivefold.core.errors import RequestError
from fivefold.runtime.bundle import load_bundle
from fivefold.scoring import score_frame
from fivefold.testing.targets import tiny_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Task
    from fivefold.runtime.predictor import Predictor


def ready(folder: Path, task: Task) -> tuple[Predictor, pl.DataFrame]:
    """A tiny model, and its golden rows."""
    predictor = load_bundle(tiny_bundle(folder, task=task).folder)
    return predictor, pl.DataFrame([each.row for each in predictor.golden])


def test_numbers_get_the_two_ends_of_their_interval(tmp_path: Path) -> None:
    predictor, rows = ready(tmp_path, "regression")
    scored = score_frame(predictor, rows, coverage=0.9)
    assert (scored["interval: low"] < scored["prediction"]).all()
    assert (scored["interval: high"] > scored["prediction"]).all()
    assert score_frame(predictor, rows).columns == [*rows.columns, "prediction"]


def test_classes_get_the_set_that_holds_the_label(tmp_path: Path) -> None:
    predictor, rows = ready(tmp_path, "multiclass")
    scored = score_frame(predictor, rows, coverage=0.9)
    for label, held in scored.select("prediction", "set").iter_rows():
        assert label in held.split(" | ")


def test_a_coverage_that_is_not_offered_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no such coverage"):
        score_frame(*ready(tmp_path, "binary"), coverage=0.42)
