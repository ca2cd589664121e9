"""The search: how it says that it ended, and by what its candidates are chosen."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.training.stages import Stage, drawn

from fivefold.core.artefacts import Trial
from fivefold.core.clock import Deadline
from fivefold.core.protocols import Candidate
from fivefold.core.tasks import Answer, FitTask
from fivefold.core.workbench import Silence
from fivefold.training.baseline import Baseline
from fivefold.training.choice import choose
from fivefold.training.executors.local import LocalPool
from fivefold.training.interruption import Interruption
from fivefold.training.memory import Memory
from fivefold.training.rows import ALL
from fivefold.training.schedule import MeasuredSchedule
from fivefold.training.search import Search
from fivefold.training.tasks import Workshop

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.training.rows import Terms

Make = Callable[..., Stage]
GB = 10**9


def finished(folder: Path, terms: Terms) -> Search:
    """A search with one candidate that was fitted to its end on all three folds, after a training that nobody had to hurry."""
    workshop = Workshop.open(folder, terms)
    pool, memory = LocalPool(1, workshop.folder), Memory(workshop, 4 * GB, 4 * GB)
    schedule = MeasuredSchedule(pool, Deadline.after(100.0), Interruption(), memory)
    made = Search(workshop, schedule, Silence(), 60, 3, "rmse")
    made.candidates = [Candidate("linear", "linear", {}, 1.0)]
    for fold in (1, 2, 3):
        made.folds.append(fold)
        made.fits[0, fold] = Answer(0.5, "linear", score=1.0)
        made.trials.append(Trial("linear", "linear", fold, 0.5, 0, 1.0, "done", ""))
    made.encoded = dict.fromkeys((ALL, 1, 2, 3), 0.1)
    return made


@pytest.fixture
def search(stage: Make, tmp_path: Path) -> Search:
    return finished(tmp_path / "workshop", stage("regression").terms())


def test_whoever_was_there_was_fitted_whatever_else_a_reader_must_know(search: Search) -> None:
    search.notes.append("Intervals were fitted on the latest fold alone.")
    assert search.ended == "all candidates fitted"


@pytest.mark.parametrize("missing", ["a candidate", "a fold", "all rows"])
def test_what_was_left_out_for_want_of_time_is_told_by_what_is_missing(search: Search, missing: str) -> None:
    if missing == "a candidate":
        search.later.append(Candidate("later", "linear", {}, 9.0))
    elif missing == "a fold":
        del search.folds[-1]
    else:
        del search.encoded[ALL]
    assert search.ended == "deadline"


def answer(search: Search, number: int, right: float) -> None:
    """Have a candidate give the true class so much probability on every fold."""
    rows, classes = search.workshop.rows, len(search.workshop.terms.contract.classes)
    for fold in search.folds:
        truth = rows.target[rows.judged(fold)].astype(int)
        scores = np.full((truth.size, classes), (1 - right) / (classes - 1))
        scores[np.arange(truth.size), truth] = right
        place = search.workshop.folder / FitTask(search.candidates[number], number, fold).place
        place.mkdir(parents=True)
        np.save(place / "scores.npy", scores)


def test_scores_of_many_classes_are_not_held_for_all_candidates_at_once(stage: Make, tmp_path: Path) -> None:
    frame = drawn("regression", 500).with_columns(
        outcome=pl.Series([f"class {at % 250}" for at in range(500)])
    )
    place = stage("multiclass", frame=frame)
    search = finished(tmp_path / "workshop", place.terms())
    for number in range(8):
        search.candidates[number:] = [Candidate(f"linear {number}", "linear", {}, 1.0)]
        search.fits |= {(number, fold): Answer(0.5, "linear", score=1.0) for fold in search.folds}
        answer(search, number, 0.5 + 0.01 * number)
    baseline, one = Baseline(search.workshop), 8 * 400 * 250
    tracemalloc.start()
    try:
        choice = choose(search, baseline, place.bench().budget, most=3)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert choice.members == [7]
    assert choice.scores.shape == (400, 250)
    assert peak < 6 * one


def test_where_classes_count_the_same_a_candidate_is_judged_as_it_learned(
    stage: Make, tmp_path: Path
) -> None:
    frame = drawn("binary", 300)
    rare = np.random.default_rng(0).random(300) < 0.05
    place = stage("binary", frame=frame.with_columns(outcome=pl.Series(np.where(rare, "yes", "no").tolist())))
    search = finished(tmp_path / "workshop", place.terms(balanced=True))
    # Right by two to one, as if both classes were as frequent: far off for who counts every row once.
    answer(search, 0, 2 / 3)
    choice = choose(search, Baseline(search.workshop), place.bench().budget, most=3)
    assert choice.notes == ()
    assert choice.members == [0]
