"""Answers that are kept beside the bundle: given to rows that had not taught."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.training.stages import Trained

from fivefold.core.artefacts import FOLD, ROW
from fivefold.core.errors import InputError
from fivefold.core.tables import read_parquet
from fivefold.measure.metrics import value
from fivefold.runtime.bundle import load_bundle
from fivefold.training.answers import ANSWERS, Answers


def test_every_training_row_was_judged_once_and_the_sealed_ones_as_the_evaluation_says(
    trained: Trained,
) -> None:
    folder, data = trained.bench.folder, trained.stage.dataset.folder
    taught, test = (read_parquet(data / f"{name}.parquet") for name in ("train", "test"))
    kept = read_parquet(folder / ANSWERS).filter(read_parquet(folder / ANSWERS)[FOLD] > 0)
    assert (
        kept.sort(ROW)
        .select(ROW, FOLD)
        .equals(taught.sort(ROW).select(ROW, FOLD).cast(kept.select(ROW, FOLD).schema))
    )
    said = Answers.read(folder, sealed=True).of(test[ROW].to_numpy())
    truth = (test["outcome"] == "yes").to_numpy().astype(float)
    found = value("roc_auc", "binary", truth, said)
    assert found == pytest.approx(trained.model.evaluation.score("roc_auc").value, abs=1e-6)


def test_rows_are_answered_by_models_that_had_not_learned_from_them(trained: Trained) -> None:
    taught = read_parquet(trained.stage.dataset.folder / "train.parquet")
    truth = (taught["outcome"] == "yes").to_numpy().astype(float)
    said = Answers.read(trained.bench.folder, sealed=False).of(taught[ROW].to_numpy())
    remembered = load_bundle(trained.bench.folder / "bundle").scores(taught)
    assert value("log_loss", "binary", truth, said) > value("log_loss", "binary", truth, remembered)


def test_the_bundle_keeps_those_answers_with_what_was_true_and_no_more(trained: Trained) -> None:
    kept = load_bundle(trained.bench.folder / "bundle").reference.out_of_fold
    taught = read_parquet(trained.stage.dataset.folder / "train.parquet")
    truth = (taught["outcome"] == "yes").to_numpy().astype(float)
    said = Answers.read(trained.bench.folder, sealed=False).of(taught[ROW].to_numpy())
    assert kept.rows == len(kept.truth) == taught.height == 240
    scores = np.array(kept.scores)
    for label in (0.0, 1.0):
        mine, theirs = scores[np.array(kept.truth) == label, 1], said[truth == label, 1]
        assert np.sort(mine) == pytest.approx(np.sort(theirs), abs=1e-6)
    assert value("roc_auc", "binary", np.array(kept.truth), scores) == pytest.approx(
        value("roc_auc", "binary", truth, said), abs=1e-4
    )
    assert sum(mean * rows for _, mean, rows in kept.calibration) == pytest.approx(truth.sum(), abs=1e-3)
    assert sum(mean * rows for mean, _, rows in kept.calibration) == pytest.approx(said[:, 1].sum(), abs=1e-3)
    assert kept.labels == tuple(scores.argmax(axis=1))


def test_rows_that_nobody_was_asked_have_no_answer(trained: Trained) -> None:
    answers = Answers.read(trained.bench.folder, sealed=False)
    found = answers.of(np.array([-1, int(answers.rows[0]), 10**9]))
    assert np.isnan(found[[0, 2]]).all()
    assert found[1].tolist() == answers.scores[0].tolist()


def test_a_training_of_an_earlier_version_kept_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="train again"):
        Answers.read(tmp_path, sealed=True)
