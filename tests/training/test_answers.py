"""Answers that are kept beside the bundle: given to rows that had not taught."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.training.stages import Trained

from fivefold.core.artefacts import FOLD, ROW
from fivefold.core.errors import InputError
from fivefold.core.tables import read_parquet
from fivefold.measure.metrics import value
from fivefold.runtime.bundle import load_bundle
from fivefold.training.answers import ANSWERS, Answers

if TYPE_CHECKING:
    from pathlib import Path


def test_every_training_row_was_judged_once_and_the_sealed_ones_as_the_evaluation_says(
    trained: Trained,
) -> None:
    folder, data = trained.bench.folder, trained.stage.dataset.folder
    train, test = (read_parquet(data / f"{name}.parquet") for name in ("train", "test"))
    kept = read_parquet(folder / ANSWERS).filter(read_parquet(folder / ANSWERS)[FOLD] > 0)
    assert (
        kept.sort(ROW)
        .select(ROW, FOLD)
        .equals(train.sort(ROW).select(ROW, FOLD).cast(kept.select(ROW, FOLD).schema))
    )
    said = Answers.read(folder, sealed=True).of(test[ROW].to_numpy())
    truth = (test["outcome"] == "yes").to_numpy().astype(float)
    found = value("roc_auc", "binary", truth, said)
    assert found == pytest.approx(trained.model.evaluation.score("roc_auc").value, abs=1e-6)


def test_rows_are_answered_by_models_that_had_not_learned_from_them(trained: Trained) -> None:
    train = read_parquet(trained.stage.dataset.folder / "train.parquet")
    truth = (train["outcome"] == "yes").to_numpy().astype(float)
    said = Answers.read(trained.bench.folder, sealed=False).of(train[ROW].to_numpy())
    remembered = load_bundle(trained.bench.folder / "bundle").scores(train)
    assert value("log_loss", "binary", truth, said) > value("log_loss", "binary", truth, remembered)


def test_rows_that_nobody_was_asked_have_no_answer(trained: Trained) -> None:
    answers = Answers.read(trained.bench.folder, sealed=False)
    found = answers.of(np.array([-1, int(answers.rows[0]), 10**9]))
    assert np.isnan(found[[0, 2]]).all()
    assert found[1].tolist() == answers.scores[0].tolist()


def test_a_training_of_an_earlier_version_kept_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="train again"):
        Answers.read(tmp_path, sealed=True)
