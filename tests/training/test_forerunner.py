"""What an earlier run chose is fitted first, and only a run of the same question will do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.training.stages import Stage

from fivefold.core.artefacts import Dataset
from fivefold.core.errors import InputError, MisuseError
from fivefold.core.protocols import Candidate
from fivefold.core.store import Store, Stored
from fivefold.training.forerunner import forerunner, proven_first
from fivefold.training.step import train

if TYPE_CHECKING:
    from fivefold.core.store import Run

Make = Callable[..., Stage]


def test_what_was_chosen_opens_and_the_rest_waits(stage: Make) -> None:
    place = stage("binary", plan={"model.candidates": ("linear", "dummy")})
    first = train(place.dataset, place.brief, place.bench(name="first"))
    assert first.trials[0].candidate == "dummy"
    assert [member.name for member in first.members] == ["linear"]
    stored = Stored(place.dataset.header, first, place.folder)
    model = train(place.dataset, place.brief, place.bench(name="second"), stored)
    order = [trial.candidate for trial in model.trials if trial.fold > 0]
    assert order[:3] == ["linear"] * 3
    assert "dummy" in order[3:]


def test_members_come_in_the_order_of_their_weights_with_new_or_old_settings(stage: Make) -> None:
    place = stage("regression")
    first = train(place.dataset, place.brief, place.bench())
    member, trial = first.members[0], first.trials[0]
    drawn = replace(trial, candidate="drawn", settings={"alpha": 3.0})
    repeated = replace(drawn, settings={"alpha": 3.0, "seed": 1})
    earlier = replace(
        first,
        trials=(drawn, repeated),
        members=(
            replace(member, name="light", weight=0.1),
            replace(member, name="drawn", weight=0.7),
            replace(member, name="gone", family="gone", weight=0.2),
        ),
    )
    found = [
        Candidate(name, "linear", {"alpha": 1.0}, rank) for name, rank in (("usual", 1.0), ("light", 9.0))
    ]
    ordered = sorted(proven_first(found, earlier), key=lambda one: one.rank)
    assert [(one.name, one.settings["alpha"]) for one in ordered] == [
        ("drawn", 3.0),
        ("light", 1.0),
        ("usual", 1.0),
    ]
    assert ordered[2].rank > 5 > ordered[1].rank


def test_a_baseline_changes_nothing(stage: Make) -> None:
    place = stage("binary", plan={"model.candidates": ("nobody",)})
    model = train(place.dataset, place.brief, place.bench())
    found = [Candidate("a", "linear", {}, 1.0), Candidate("b", "linear", {}, 7.0)]
    assert proven_first(found, model) == found


@pytest.fixture
def next_run(finished_run: Path, tmp_path: Path) -> tuple[Run, Dataset, str]:
    """A run without a model, in a store with a finished one; its dataset; and the id of the finished one."""
    shutil.copytree(finished_run, tmp_path / finished_run.name)
    store = Store(tmp_path)
    dataset = store.find(finished_run.name).need("data", Dataset).body
    run = store.open("12345678")
    (run.folder / "run.json").write_bytes((finished_run / "run.json").read_bytes())
    return run, dataset, finished_run.name


def test_a_run_is_found_by_its_id_and_as_the_latest_other_one(next_run: tuple[Run, Dataset, str]) -> None:
    run, dataset, name = next_run
    by_id, latest = forerunner(run, name, dataset), forerunner(run, "latest", dataset)
    assert by_id is not None
    assert latest is not None
    assert by_id.header.digest == latest.header.digest
    assert forerunner(run, "", dataset) is None


def test_another_question_no_run_and_itself_are_refused(next_run: tuple[Run, Dataset, str]) -> None:
    run, dataset, name = next_run
    other = replace(dataset, contract=replace(dataset.contract, target="price"))
    with pytest.raises(InputError, match="another question"):
        forerunner(run, name, other)
    with pytest.raises(InputError, match="finds no earlier run"):
        forerunner(run, "latest", other)
    with pytest.raises(InputError, match="There is no run 'nowhere'"):
        forerunner(run, "nowhere", dataset)
    with pytest.raises(MisuseError, match="this run itself"):
        forerunner(run, run.id, dataset)
