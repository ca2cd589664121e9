"""Repeats: members of boosted trees are there with several seeds, as far as time, latency and size allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.training.stages import Stage

from fivefold.runtime.bundle import load_bundle
from fivefold.training import repeats
from fivefold.training.step import train

if TYPE_CHECKING:
    from fivefold.core.artefacts import Model
    from fivefold.core.workbench import Workbench

Make = Callable[..., Stage]
BOOSTED = {"model.candidates": ("lightgbm", "catboost", "linear"), "final.learn_from": "all_rows"}


def seeds(model: Model) -> dict[str, object]:
    """How many seeds each member has."""
    return {member.name: member.settings.get("seeds", 1) for member in model.members}


def trained(stage: Stage, bench: Workbench) -> Model:
    return train(stage.dataset, stage.brief, bench)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_members_of_boosted_trees_have_three_seeds_in_one_payload(stage: Make, task: str) -> None:
    made = stage(task, plan=BOOSTED)
    bench = made.bench(seconds=120.0)
    model = trained(made, bench)
    boosted = {one.name for one in model.members if one.family in {"lightgbm", "catboost"}}
    assert boosted
    assert {name: count for name, count in seeds(model).items() if name in boosted} == dict.fromkeys(
        boosted, 3
    )
    assert all(count == 1 for name, count in seeds(model).items() if name not in boosted)
    again = [trial for trial in model.trials if trial.settings.get("seed")]
    assert {trial.candidate for trial in again} == boosted
    assert len(load_bundle(bench.folder / "bundle").blend.members) == len(model.members)


def test_no_member_is_repeated_beyond_a_stated_latency_or_size(stage: Make) -> None:
    made = stage("binary", plan=BOOSTED)
    bench = made.bench(seconds=120.0)
    once = trained(made, replace(bench, budget=replace(bench.budget, size=400_000)))
    assert once.members
    assert set(seeds(once).values()) == {1}


def test_no_member_is_repeated_without_time(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "_SHARE", 0.0)
    made = stage("binary", plan=BOOSTED)
    assert set(seeds(trained(made, made.bench(seconds=120.0))).values()) == {1}
