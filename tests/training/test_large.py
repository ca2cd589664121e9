"""A large table is learned from as any other, but column by column, from a matrix on disk, with a few rows held out once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.training.stages import Stage, drawn

from fivefold.core.artefacts import Contract, SplitKind, Task
from fivefold.core.budget import Budget
from fivefold.core.protocols import Candidate
from fivefold.core.tasks import EncodeTask, FitTask
from fivefold.runtime.bundle import load_bundle
from fivefold.training import rows as training_rows
from fivefold.training import sampling, step
from fivefold.training.columns import StoredColumns
from fivefold.training.encoded import EncodedFold
from fivefold.training.encoding import fit
from fivefold.training.rows import ALL, TrainingRows
from fivefold.training.sampling import Extent, affordable_rows, extent_of
from fivefold.training.tasks import Workshop

Make = Callable[..., Stage]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("kind", ["random", "stratified_group", "time"])
def test_its_matrices_are_those_of_any_other_table(
    stage: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: Task, kind: SplitKind
) -> None:
    monkeypatch.setattr(fit, "_STRETCH", 37)
    terms = stage(task, kind=kind).terms()
    found = []
    for large in (False, True):
        workshop = Workshop.open(tmp_path / f"large {large}", replace(terms, large=large))
        encode = EncodeTask(workshop.rows.order[0])
        workshop.perform(encode)
        found.append(EncodedFold.load(workshop.folder / encode.place, balanced=False))
    usual, streamed = found
    for one, other in ((usual.train, streamed.train), (usual.valid, streamed.valid)):
        assert one is not None
        assert other is not None
        np.testing.assert_array_equal(one.values, other.values)
        np.testing.assert_array_equal(one.target, other.target)


def test_a_stored_column_is_that_of_the_frame(stage: Make) -> None:
    rows = TrainingRows(stage("binary").terms())
    for places in (np.arange(rows.folds.size), np.array([3, 8, 100])):
        stored = StoredColumns(rows.path, places, rows.folds.size)
        assert stored.height == places.size
        for name in [*rows.frame.columns, "age"]:
            assert stored[name].equals(rows.frame[places][name])


def test_few_rows_are_held_out_and_all_others_learned_from(
    stage: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_rows, "_JUDGED", 20)
    rows = TrainingRows(replace(stage("binary").terms(), large=True))
    assert rows.order == (1,)
    assert rows.judged(1).size == 20
    assert sorted([*rows.judged(1), *rows.learned(1)]) == list(range(240))


def test_held_out_groups_stay_whole(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_rows, "_JUDGED", 20)
    rows = TrainingRows(replace(stage("binary", kind="stratified_group").terms(), large=True))
    groups = rows.groups
    assert groups is not None
    judged, learned = rows.judged(1), rows.learned(1)
    assert 20 <= judged.size < 27
    assert judged.size + learned.size == rows.folds.size
    assert not set(groups[judged].tolist()) & set(groups[learned].tolist())


def test_where_time_parts_the_rows_the_latest_fold_is_held_out(stage: Make) -> None:
    terms = stage("binary", kind="time").terms()
    usual, large = TrainingRows(terms), TrainingRows(replace(terms, large=True))
    assert large.order == usual.order[:1]
    assert not large.held_out
    np.testing.assert_array_equal(large.learned(large.order[0]), usual.learned(usual.order[0]))


@pytest.mark.parametrize("family", ["linear", "lightgbm"])
def test_a_family_that_holds_its_rows_learns_from_fewer(stage: Make, tmp_path: Path, family: str) -> None:
    terms = stage("binary", frame=drawn("binary", 600)).terms()
    workshop = Workshop.open(tmp_path / "workshop", replace(terms, large=True, held=60, threads=2))
    workshop.perform(EncodeTask(1))
    assert workshop.share(family) == (0.125 if family == "linear" else 1.0)
    settings: dict[str, float | int | str | bool | None] = (
        {} if family == "linear" else {"num_leaves": 4, "learning_rate": 0.1}
    )
    fit_task = FitTask(Candidate(family, family, settings, 1.0), 0, 1, seconds=20.0, latest=float("inf"))
    answer = workshop.perform(fit_task)
    assert answer.score is not None
    encoded = EncodedFold.load(workshop.folder / "encoded/1", balanced=False, most=60)
    assert encoded.train.values.shape[0] == encoded.train.target.size == 60


def _means(monkeypatch: pytest.MonkeyPatch, extent: Extent) -> None:
    monkeypatch.setattr(step, "affordable_rows", lambda *_: extent.rows)
    monkeypatch.setattr(step, "extent_of", lambda *_: extent)


@pytest.mark.parametrize("kind", ["random", "time"])
def test_a_large_table_ends_in_a_model(stage: Make, monkeypatch: pytest.MonkeyPatch, kind: SplitKind) -> None:
    _means(monkeypatch, Extent(480, large=True, threads=2, held=120))
    names, held = ("linear", "lightgbm"), 160 if kind == "random" else 120
    plan = {"model.candidates": names, "final.learn_from": "all_rows"}
    place = stage("binary", frame=drawn("binary", 600), kind=kind, plan=plan)
    bench = place.bench(seconds=60.0)
    model = step.train(place.dataset, place.brief, bench)
    assert {row.family for row in model.leaderboard} >= set(names)
    assert model.evaluation.better
    assert model.train_rows == (320 if kind == "random" else 480)
    assert any(trial.fold == ALL for trial in model.trials) is (kind == "time")
    told = [note for note in model.notes if note.startswith(f"A large table: {held} of 480 rows")]
    assert len(told) == 1
    assert any(note.startswith("linear learned from 120 of these rows") for note in model.notes)
    load_bundle(bench.folder / "bundle")


def test_a_large_table_may_be_sampled_as_well(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    _means(monkeypatch, Extent(100, large=True, threads=1, held=100))
    place = stage("regression")
    model = step.train(place.dataset, place.brief, place.bench(seconds=60.0))
    assert "Trained on 100 of 240 training rows" in model.notes[0]
    assert model.train_rows < 100, [*model.notes, *model.trials]


def _wide(stage: Make) -> Contract:
    """A contract with thirty numbers."""
    contract = stage("binary").dataset.body.contract
    return replace(contract, columns=tuple(replace(contract.columns[0], name=f"x{n}") for n in range(30)))


def test_only_what_the_means_do_not_bear_otherwise_is_large(stage: Make) -> None:
    contract = _wide(stage)
    budget = Budget(time=3_600, memory=2 * 10**9, cores=2)
    usual = affordable_rows(contract, budget, 3_000.0)
    few = sampling._LARGE - 1
    assert extent_of(contract, budget, 3_000.0, few, few // 2) == Extent(few // 2)
    assert extent_of(contract, budget, 3_000.0, usual, usual) == Extent(usual)
    wide = extent_of(contract, budget, 3_000.0, 10**9, usual)
    assert wide.large
    assert wide.rows > usual
    assert wide.held <= usual


def test_what_the_time_does_not_bear_is_sampled_as_ever(stage: Make) -> None:
    contract, budget = _wide(stage), Budget(time=300, memory=64 * 10**9, cores=2)
    usual = affordable_rows(contract, budget, 300.0)
    assert extent_of(contract, budget, 300.0, 10**9, usual) == Extent(usual)


def test_where_memory_is_short_one_fit_gets_the_threads_of_several(stage: Make) -> None:
    contract = _wide(stage)
    rich = Budget(time=36_000, memory=64 * 10**9, cores=4)
    usual = affordable_rows(contract, rich, 1e9)
    assert extent_of(contract, rich, 1e9, 2 * usual, usual // 2).threads == 1
    poor = replace(rich, memory=3 * 10**9)
    usual = affordable_rows(contract, poor, 1e9)
    tight = extent_of(contract, poor, 1e9, 10**9, usual)
    assert tight.threads == 4
    assert usual < tight.rows < 10**9
