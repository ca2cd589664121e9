"""Deterministic training: the same seed gives the same bytes, whatever the machine does besides; and says so when it does not."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from tests.training.stages import Stage, make_stage, table

from fivefold.core.artefacts import Finding, PlanValue, Task
from fivefold.core.artefacts.dataset import UNMADE
from fivefold.core.clock import Deadline
from fivefold.core.workbench import Workbench
from fivefold.training.step import train

Make = Callable[..., Stage]
PLAN: dict[str, PlanValue] = {
    "model.candidates": ("linear", "lightgbm", "catboost", "mlp"),
    "final.learn_from": "all_rows",
}


@contextlib.contextmanager
def load() -> Iterator[None]:
    """Keep every core busy."""
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def digests(bench: Workbench) -> dict[str, str]:
    """Digest of every file of the bundle."""
    folder = bench.folder / "bundle"
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


@pytest.mark.parametrize(
    "task",
    [
        "binary",
        pytest.param("multiclass", marks=pytest.mark.slow),
        pytest.param("regression", marks=pytest.mark.slow),
    ],
)
def test_load_and_cores_change_no_byte_of_the_bundle(stage: Make, task: Task) -> None:
    place = stage(task, plan=PLAN)
    alone, crowded = place.nominal_bench("alone", cores=2), place.nominal_bench("crowded", cores=1)
    first = train(place.dataset, place.brief, alone)
    with load():
        second = train(place.dataset, place.brief, crowded)
    assert digests(alone) == digests(crowded) != {}
    assert first.repeatable is second.repeatable is True
    assert any(note.startswith("Deterministic: ") for note in first.notes)
    assert len(first.members) > 0
    assert [(trial.candidate, trial.fold) for trial in first.trials] == [
        (trial.candidate, trial.fold) for trial in second.trials
    ]


@pytest.mark.slow
def test_little_nominal_time_ends_fits_by_rounds_and_again_in_the_same_place(stage: Make) -> None:
    place = stage("multiclass", plan=PLAN)
    benches = [place.nominal_bench(f"try {cores}", seconds=5.0, cores=cores) for cores in (1, 2)]
    models = [train(place.dataset, place.brief, bench) for bench in benches]
    assert any(trial.state in {"stopped", "skipped"} for trial in models[0].trials)
    assert digests(benches[0]) == digests(benches[1])


@pytest.mark.slow
def test_more_time_is_more_work_and_another_seed_another_bundle(stage: Make) -> None:
    place = stage("binary", plan=PLAN)
    benches = {
        "usual": place.nominal_bench("usual"),
        "short": place.nominal_bench("short", seconds=5.0),
        "seed": place.nominal_bench("seed", seed=1),
    }
    models = {name: train(place.dataset, place.brief, bench) for name, bench in benches.items()}
    assert len(models["usual"].trials) > len(models["short"].trials)
    assert digests(benches["seed"]) != digests(benches["usual"])


def test_without_being_asked_nothing_is_said(stage: Make) -> None:
    place = stage("binary")
    model = train(place.dataset, place.brief, place.bench())
    assert model.repeatable is None
    assert not any("eterministic" in note for note in model.notes)


def test_the_deadline_still_ends_it_and_that_is_told(stage: Make, strangers: tuple[str, ...]) -> None:
    place = stage("binary", plan={"model.candidates": ("linear", "sleeper")})
    bench = place.nominal_bench("cut", seconds=60.0)
    cut = replace(bench, deadline=Deadline.after(20.0))
    model = train(place.dataset, place.brief, cut)
    assert model.repeatable is False
    assert model.cut
    assert any(note.startswith("NOT deterministic") and "the deadline came" in note for note in model.notes)
    assert (bench.folder / "bundle" / "bundle.json").is_file()
    assert "NOT deterministic" in (bench.folder / "card.md").read_text(encoding="utf-8")


def test_a_lost_worker_is_told(stage: Make, strangers: tuple[str, ...]) -> None:
    place = stage("binary", plan={"model.candidates": ("linear", "victim")})
    model = train(place.dataset, place.brief, place.nominal_bench("lost"))
    assert model.repeatable is False
    assert any(note.startswith("NOT deterministic") and "SIGKILL" in note for note in model.notes)


def test_checks_that_were_not_made_are_told(stage: Make) -> None:
    place = stage("binary")
    unmade = Finding(UNMADE, "severe", (), "2 of 9 checks were not made", {"checks": 2}, "nothing")
    dataset = replace(place.dataset, body=replace(place.dataset.body, findings=(unmade,)))
    model = train(dataset, place.brief, place.nominal_bench("unchecked"))
    assert model.repeatable is False


def test_what_was_cut_goes_on_to_the_same_bundle(stage: Make, tmp_path: Path) -> None:
    plan = PLAN | {"model.candidates": ("linear", "lightgbm", "catboost", "mlp", "extra_trees")}
    place, begun = stage("regression", plan=plan), tmp_path / "begun"
    whole, again = (place.nominal_bench(name, seconds=120.0) for name in ("whole", "again"))
    train(place.dataset, place.brief, replace(whole, begun=begun))
    receipts = sorted((begun / "workshop" / "fits").glob("*/receipt.json"))
    assert len(receipts) > 4
    for receipt in receipts[2::2]:
        shutil.rmtree(receipt.parent)
    model = train(place.dataset, place.brief, replace(again, begun=begun))
    assert any("taken over" in note for note in model.notes)
    assert digests(again) == digests(whole)


def test_rows_are_drawn_by_the_nominal_means_alone(tmp_path: Path) -> None:
    frame = table(6_000).select("age", outcome=pl.col("signal"))
    place = make_stage(tmp_path, "regression", frame=frame)
    nominal = place.nominal_bench("wide").nominal
    assert nominal is not None
    models = []
    for cores in (1, 8):
        bench = place.nominal_bench(f"cores {cores}", cores=cores)
        bench = replace(bench, nominal=replace(nominal, memory=500_180_000))
        models.append(train(place.dataset, place.brief, bench))
    assert models[0].train_rows == models[1].train_rows == 3_000
