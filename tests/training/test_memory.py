"""Memory: who would pass the budget does not begin, who does not fit beside others waits, and measured peaks are believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.training.stages import Stage

from fivefold.core.clock import Deadline
from fivefold.core.protocols import Candidate
from fivefold.core.tasks import EncodeTask, FitTask, Outcome
from fivefold.training.executors.local import LocalPool
from fivefold.training.interruption import Interruption
from fivefold.training.memory import Memory
from fivefold.training.schedule import MeasuredSchedule
from fivefold.training.step import train
from fivefold.training.tasks import Workshop

Make = Callable[..., Stage]
GB = 10**9


@pytest.fixture
def workshop(stage: Make, strangers: tuple[str, ...], tmp_path: Path) -> Workshop:
    """A workshop in which the first fold is encoded; the strangers are there for ``glutton``."""
    del strangers
    made = Workshop.open(tmp_path / "workshop", stage("binary").terms())
    made.perform(EncodeTask(1))
    return made


def fit(family: str, number: int = 0, **settings: int) -> FitTask:
    """A fit on the first fold."""
    return FitTask(Candidate(f"{family}-{number}", family, {**settings}, rank=1.0), number, 1)


def test_who_would_pass_the_budget_alone_is_refused_with_both_figures(workshop: Workshop) -> None:
    memory = Memory(workshop, 4 * GB, 4 * GB)
    assert memory.refuses(fit("glutton", bytes=3 * GB)) == ""
    why = memory.refuses(fit("glutton", 1, bytes=6 * GB))
    assert why == "it would take about 6.25 GB of memory, and of the budget's 4 GB a fit may take 3.65 GB"
    assert memory.refuses(EncodeTask(2)) == ""


@pytest.mark.parametrize(
    "family", ["linear", "lightgbm", "catboost", "extra_trees", "mlp", "dummy", "sleeper"]
)
def test_a_small_table_fits_into_the_smallest_budget(workshop: Workshop, family: str) -> None:
    settings = {"num_leaves": 31, "depth": 6, "min_samples_leaf": 2, "nets": 4, "hidden": 96, "steps": 8}
    assert Memory(workshop, GB // 3, GB // 3).refuses(fit(family, **settings)) == ""


def test_who_does_not_fit_beside_others_waits_and_smaller_ones_go_first(workshop: Workshop) -> None:
    memory = Memory(workshop, 4 * GB, 4 * GB)
    large, larger, small = (
        fit("glutton", number, bytes=size) for number, size in enumerate((2 * GB, 3 * GB, GB // 2))
    )
    assert memory.next([large, larger], []) == 0
    assert memory.next([larger, large], [large]) is None
    assert memory.next([larger, small], [large]) == 1
    assert memory.next([larger], []) == 0
    assert memory.next([larger, fit("glutton", 9, bytes=9 * GB)], [large]) == 1  # to be refused at once


def test_nodes_of_a_cluster_have_memory_of_their_own(workshop: Workshop) -> None:
    memory = Memory(workshop, 4 * GB, 0)
    large = fit("glutton", bytes=3 * GB)
    assert memory.next([large], [large]) == 0
    assert memory.refuses(fit("glutton", 1, bytes=4 * GB))


def test_a_measured_peak_corrects_its_family_within_bounds(workshop: Workshop) -> None:
    memory, task = Memory(workshop, 4 * GB, 4 * GB), fit("glutton", bytes=2 * GB)
    estimated = memory.estimated(task)
    assert memory.expected(task) == estimated
    memory.learn(Outcome(task, "done", 1.0, memory_bytes=int(1.5 * estimated)))
    memory.learn(Outcome(task, "done", 1.0, memory_bytes=estimated))
    assert memory.expected(task) == pytest.approx(1.5 * estimated)
    assert memory.expected(fit("linear", 1)) == memory.estimated(fit("linear", 1))
    memory.learn(Outcome(task, "done", 1.0, memory_bytes=9 * estimated))
    assert memory.expected(task) == 2 * estimated
    assert memory.refuses(task).startswith("it would take about 4.5 GB")
    memory.learn(Outcome(fit("dummy", 2), "done", 1.0, memory_bytes=1))
    assert memory.expected(fit("dummy", 2)) == memory.estimated(fit("dummy", 2)) // 2


@pytest.mark.parametrize("state", ["killed", "failed"])
def test_a_fit_that_did_not_come_to_its_end_says_nothing(workshop: Workshop, state: str) -> None:
    memory, task = Memory(workshop, 4 * GB, 4 * GB), fit("glutton", bytes=2 * GB)
    memory.learn(Outcome(task, state, 1.0, memory_bytes=9 * memory.estimated(task)))  # type: ignore[arg-type]
    assert memory.expected(task) == memory.estimated(task)


def test_who_has_been_measured_is_not_refused_for_what_another_of_its_family_took(workshop: Workshop) -> None:
    memory = Memory(workshop, 4 * GB, 4 * GB)
    modest, greedy, unknown = (fit("glutton", number, bytes=2 * GB) for number in range(3))
    memory.learn(Outcome(modest, "done", 1.0, memory_bytes=memory.estimated(modest)))
    memory.learn(Outcome(greedy, "done", 1.0, memory_bytes=2 * memory.estimated(greedy)))
    assert memory.refuses(FitTask(modest.candidate, modest.number, 1, rounds=7)) == ""
    assert memory.refuses(greedy)
    assert memory.refuses(unknown)  # by the largest share of its family


def test_as_many_go_side_by_side_as_fit_into_the_memory(workshop: Workshop) -> None:
    memory = Memory(workshop, 4 * GB, 4 * GB)
    assert memory.side(8) == 8  # nothing was asked for
    assert memory.next([fit("glutton", 1, bytes=GB), fit("glutton", 2, bytes=9 * GB)], []) == 0
    assert memory.side(8) == 2  # 3.65 GB for fits of 1.25 GB; who is refused does not count
    assert memory.side(1) == 1
    memory.learn(Outcome(fit("glutton", 1, bytes=GB), "done", 1.0, memory_bytes=4 * GB))
    assert memory.side(8) == 1
    abroad = Memory(workshop, 4 * GB, 0)
    abroad.next([fit("glutton", 1, bytes=GB)], [])
    assert abroad.side(8) == 8


def test_time_is_planned_for_the_cores_that_the_memory_lets_work(workshop: Workshop, tmp_path: Path) -> None:
    """Four cores, and room for one fit: two of ten seconds take twenty."""
    memory = Memory(workshop, 3 * GB, 3 * GB)
    schedule = MeasuredSchedule(LocalPool(4, tmp_path), Deadline.after(1_000.0), Interruption(), memory)
    assert (schedule.wall([10.0, 10.0]), schedule.together) == (10.0, 4)
    memory.next([fit("glutton", number, bytes=2 * GB) for number in (0, 1)], [])
    assert (schedule.wall([10.0, 10.0]), schedule.together) == (20.0, 1)


def test_a_deterministic_run_refuses_by_the_estimate_alone(workshop: Workshop) -> None:
    memory, task = Memory(workshop, 4 * GB, 4 * GB, learns=False), fit("glutton", bytes=2 * GB)
    memory.learn(Outcome(task, "done", 1.0, memory_bytes=2 * memory.estimated(task)))
    assert memory.expected(task) > 4 * GB
    assert memory.refuses(task) == ""


@pytest.mark.usefixtures("strangers")
def test_a_training_goes_on_without_who_is_refused_and_says_why(stage: Make) -> None:
    place = stage("binary", plan={"model.candidates": ("linear", "glutton")})
    model = train(place.dataset, place.brief, place.bench())
    refused = [trial for trial in model.trials if trial.state == "refused"]
    assert [(trial.candidate, trial.fold) for trial in refused] == [("glutton", 1), ("glutton-too", 1)]
    assert all("of the budget's 4 GB a fit may take 3.65 GB" in trial.reason for trial in refused)
    assert (
        sum("was refused on fold 1: it would take about 1 TB of memory" in note for note in model.notes) == 2
    )
    assert [member.name for member in model.members] == ["linear"]
    assert model.ended == "all candidates fitted"


@pytest.mark.usefixtures("strangers")
def test_the_baseline_is_served_where_all_are_refused(stage: Make) -> None:
    place = stage("binary", plan={"model.candidates": ("glutton",)})
    model = train(place.dataset, place.brief, place.bench())
    assert {trial.state for trial in model.trials} == {"refused"}
    assert [member.family for member in model.members] == ["dummy"]


@pytest.mark.usefixtures("strangers")
def test_a_deterministic_run_says_it_is_repeatable_though_some_are_refused(stage: Make) -> None:
    place = stage("binary", plan={"model.candidates": ("linear", "glutton")})
    bench = place.nominal_bench("nominal")
    model = train(place.dataset, place.brief, replace(bench, budget=replace(bench.budget, memory=GB)))
    assert [trial.state for trial in model.trials][:2].count("refused") == 2
    assert model.repeatable is True
    assert any(note.startswith("Deterministic: ") for note in model.notes)


@pytest.mark.usefixtures("strangers")
@pytest.mark.parametrize("nominal", [False, True])
def test_the_second_waits_for_the_first_where_both_do_not_fit(
    stage: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nominal: bool
) -> None:
    monkeypatch.setenv("GLUTTON_BYTES", str(2 * GB))
    monkeypatch.setenv("GLUTTON_DIARY", str(tmp_path / "diary"))
    place = stage("binary", plan={"model.candidates": ("glutton",)})
    bench = place.nominal_bench("nominal") if nominal else place.bench()
    model = train(place.dataset, place.brief, bench)
    assert {trial.state for trial in model.trials} == {"done"}
    diary = (tmp_path / "diary").read_text().split()
    assert len(diary) >= 4
    assert diary[:2] == ["began", "ended"]  # from then on the measured peak says that both do fit
