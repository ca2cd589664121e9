"""What is kept of the answers out of fold: few figures, no features, nothing of a personal target."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from fivefold.core import records
from fivefold.core.artefacts import OutOfFold, Task
from fivefold.measure.out_of_fold import kept_out_of_fold
from fivefold.testing.checks import contract


def drawn(task: Task, rows: int, outputs: int) -> OutOfFold:
    rng = np.random.default_rng(0)
    scores = rng.normal(1e6, 1.0, (rows, 1)) if outputs == 1 else rng.dirichlet(np.ones(outputs), rows)
    truth = scores[:, 0] + 1 / 3 if outputs == 1 else scores.argmax(axis=1).astype(np.float64)
    terms = contract(task)
    terms = replace(terms, classes=tuple(map(str, range(outputs)))) if outputs > 3 else terms
    return kept_out_of_fold(terms, truth, scores, scores, seed=3)


@pytest.mark.parametrize(
    ("task", "rows", "outputs", "kept"),
    [
        ("binary", 5_000, 2, 1_000),
        ("binary", 70, 2, 70),
        ("multiclass", 5_000, 3, 1_000),
        ("multiclass", 5_000, 100, 200),
        ("multiclass", 1_000, 1_000, 20),
        ("regression", 5_000, 1, 1_000),
    ],
)
def test_a_sample_of_bounded_size_and_a_curve_of_all_rows(
    task: Task, rows: int, outputs: int, kept: int
) -> None:
    made = drawn(task, rows, outputs)
    assert made.rows == rows == sum(count for _, _, count in made.calibration)
    assert len(made.truth) == len(made.scores) == kept
    assert {len(row) for row in made.scores} == {outputs}
    if task == "regression":
        assert made.labels == ()
        assert all(
            truth == pytest.approx(row[0] + 1 / 3, rel=1e-6)
            for truth, row in zip(made.truth, made.scores, strict=True)
        )
    else:
        assert made.truth == made.labels == tuple(np.argmax(made.scores, axis=1))
    assert len(json.dumps(records.plain(made))) < 300_000
    assert records.load(OutOfFold, records.dump(made), label="sample") == made


def test_the_same_seed_draws_the_same_rows_and_another_one_others() -> None:
    assert drawn("binary", 3_000, 2) == drawn("binary", 3_000, 2)
    rng = np.random.default_rng(0)
    scores, truth = rng.dirichlet(np.ones(2), 3_000), rng.integers(0, 2, 3_000).astype(np.float64)
    one, other = (kept_out_of_fold(contract("binary"), truth, scores, scores, seed=seed) for seed in (1, 2))
    assert one.calibration == other.calibration
    assert one.scores != other.scores


def test_figures_have_the_digits_of_single_precision() -> None:
    made = drawn("binary", 500, 2)
    for row in made.scores:
        assert all(len(repr(number)) <= 13 for number in row)
        assert sum(row) == pytest.approx(1.0, abs=1e-6)


def test_nothing_is_kept_of_a_personal_target_or_of_no_rows() -> None:
    truth, scores = np.zeros(50), np.full((50, 2), 0.5)
    assert (
        kept_out_of_fold(replace(contract("binary"), personal=True), truth, scores, scores, seed=0)
        == OutOfFold()
    )
    assert kept_out_of_fold(contract("binary"), truth[:0], scores[:0], scores[:0], seed=0) == OutOfFold()
