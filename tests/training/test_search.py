"""The search: how it says that it ended, and by what its candidates are chosen."""

from __future__ import annotations

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


def test_where_classes_count_the_same_a_candidate_is_judged_as_it_learned(
    stage: Make, tmp_path: Path
) -> None:
    frame = drawn("binary", 300)
    rare = np.random.default_rng(0).random(300) < 0.05
    place = stage("binary", frame=frame.with_columns(outcome=pl.Series(np.where(rare, "yes", "no").tolist())))
    search = finished(tmp_path / "workshop", place.terms(balanced=True))
    rows = search.workshop.rows
    for fold in search.folds:
        # Right by two to one, as if both classes were as frequent: far off for who counts every row once.
        chance = np.where(rows.target[rows.judged(fold)] == 1, 2 / 3, 1 / 3)
        part = search.workshop.folder / FitTask(search.candidates[0], 0, fold).place
        part.mkdir(parents=True)
        np.save(part / "scores.npy", np.column_stack([1 - chance, chance]))
    choice = choose(search, Baseline(search.workshop), place.bench().budget, most=3)
    assert choice.notes == ()
    assert choice.members == [0]
