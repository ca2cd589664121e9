"""Label issues: wrong targets are found, and classes that merely overlap are left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, cross_val_predict
from tests.training.stages import make_stage

from fivefold.core import records
from fivefold.core.artefacts import ROW, Model
from fivefold.report.sections.labels import label_lines, labels
from fivefold.training.label_issues import doubted_amounts, doubted_classes, judge
from fivefold.training.step import train

SEEDS = range(21)
SHAPES = ((1200, 2, 4.0), (3000, 2, 8.0), (2500, 4, 6.0))
"""Rows, classes, and how far the classes lie apart."""


def classes(
    seed: int, wrong: float, strength: float | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Targets, out-of-fold probabilities, and which targets were turned."""
    rows, count, apart = SHAPES[seed % len(SHAPES)]
    chance = np.random.default_rng(seed)
    features = chance.normal(size=(rows, 5))
    logits = features @ chance.normal(size=(5, count)) * (strength or apart)
    truth = (logits + chance.gumbel(size=logits.shape)).argmax(axis=1)
    turned = chance.random(rows) < wrong
    truth[turned] = (truth[turned] + chance.integers(1, count, int(turned.sum()))) % count
    folds = KFold(4, shuffle=True, random_state=0)
    model = LogisticRegression(max_iter=300)
    scores = cross_val_predict(model, features, truth, cv=folds, method="predict_proba")
    return truth.astype(float), scores, turned


def amounts(seed: int, wrong: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same for numbers, of which some have slips of the keyboard; their noise is normal, heavy or grows with them."""
    chance = np.random.default_rng(seed)
    rows = (1200, 2500)[seed % 2]
    features = chance.normal(size=(rows, 5))
    signal = features @ np.array([1.0, 0.5, -1.0, 0.2, 0.0])
    noise = (
        chance.normal(size=rows),
        chance.standard_t(4, rows),
        chance.normal(size=rows) * np.exp(signal / 3),
    )
    truth = 30 + 3 * signal + noise[seed % 3]
    turned = np.zeros(rows, dtype=bool)
    turned[chance.choice(rows, wrong, replace=False)] = True
    truth[turned] *= 10
    predicted = cross_val_predict(Ridge(), features, truth, cv=KFold(4, shuffle=True, random_state=0))
    return truth, predicted[:, None], turned


def test_a_tenth_of_turned_classes_is_found_and_measured() -> None:
    found, caught = 0, []
    for seed in SEEDS:
        truth, scores, turned = classes(seed, 0.1)
        issues = judge("binary", truth, scores)
        if issues is not None:
            found += 1
            caught.append(issues.doubted[turned].mean())
            assert issues.low <= issues.share <= issues.high
            assert 0.05 < issues.share < 0.2
    assert found / len(SEEDS) >= 0.95
    assert np.mean(caught) > 0.6


@pytest.mark.parametrize(
    "strength", [0.3, 4.0, *(pytest.param(each, marks=pytest.mark.slow) for each in (0.7, 1.5, 20.0))]
)
def test_classes_that_overlap_are_no_noise(strength: float) -> None:
    alarms = [judge("binary", *classes(seed, 0.0, strength)[:2]) is not None for seed in SEEDS]
    assert np.mean(alarms) <= 0.05


def test_slips_in_amounts_are_found() -> None:
    found, caught = 0, []
    for seed in SEEDS:
        truth, predicted, turned = amounts(seed, 25)
        issues = judge("regression", truth, predicted)
        if issues is not None:
            found += 1
            caught.append(issues.doubted[turned].mean())
    assert found / len(SEEDS) >= 0.95
    assert np.mean(caught) > 0.6


def test_amounts_with_heavy_tails_are_no_slips() -> None:
    alarms = [judge("regression", *amounts(seed, 0)[:2]) is not None for seed in SEEDS]
    assert np.mean(alarms) <= 0.05


def test_few_rows_say_nothing() -> None:
    assert judge("binary", np.zeros(20), np.full((20, 2), 0.5)) is None


def test_a_row_is_doubted_against_the_mean_score_of_the_other_class() -> None:
    truth = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    sure = np.array([0.1, 0.1, 0.95, 0.9, 0.9, 0.5])
    assert (
        doubted_classes(truth, np.column_stack([1 - sure, sure])).tolist()
        == [False] * 2 + [True] + [False] * 3
    )
    assert not doubted_amounts(np.ones(50), np.ones(50)).any()


def test_a_model_says_which_rows_are_in_doubt(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    age = chance.normal(50, 12, 1500)
    turned = chance.random(1500) < 0.1
    names = np.where((age > 50) ^ turned, "yes", "no")
    frame = pl.DataFrame({"age": age, "outcome": names.tolist()})
    stage = make_stage(tmp_path, frame=frame)
    model = train(stage.dataset, stage.brief, stage.bench())
    issues = model.label_issues
    assert issues is not None
    assert issues.low < 0.1 < issues.high
    assert issues.examples
    assert all(turned[int(row[ROW])] for row in issues.examples)  # type: ignore[arg-type]
    assert records.load(Model, records.dump(model), label="the model") == model
    assert "targets: about" in label_lines(model)[0]
    assert "Targets in doubt" in str(labels(model))
    assert "of the training targets may be wrong" in (tmp_path / "train" / "payload" / "card.md").read_text()
