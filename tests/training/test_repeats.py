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
ALL_ROWS = {"final.learn_from": "all_rows"}
QUICK = ALL_ROWS | {"model.candidates": ("catboost",)}


def seeds(model: Model) -> dict[str, object]:
    """How many seeds each member has."""
    return {member.name: member.settings.get("seeds", 1) for member in model.members}


def trained(stage: Stage, bench: Workbench) -> Model:
    return train(stage.dataset, stage.brief, bench)


@pytest.mark.parametrize(
    ("task", "family"),
    [
        ("binary", "lightgbm"),
        pytest.param("multiclass", "catboost", marks=pytest.mark.slow),
        ("regression", "catboost"),
    ],
)
def test_members_of_boosted_trees_have_three_seeds_in_one_payload(
    stage: Make, task: str, family: str
) -> None:
    made = stage(task, plan=ALL_ROWS | {"model.candidates": (family,)})
    bench = made.bench(seconds=120.0)
    model = trained(made, bench)
    boosted = {
        one.name for one in model.members if one.family in {"lightgbm", "catboost"} and one.weight >= 0.25
    }
    assert boosted
    assert {name: count for name, count in seeds(model).items() if name in boosted} == dict.fromkeys(
        boosted, 3
    )
    assert all(count == 1 for name, count in seeds(model).items() if name not in boosted)
    again = [trial for trial in model.trials if trial.settings.get("seed")]
    assert {trial.candidate for trial in again} == boosted
    assert len(load_bundle(bench.folder / "bundle").blend.members) == len(model.members)


@pytest.mark.slow
def test_no_member_is_repeated_without_time_or_beyond_a_stated_size(
    stage: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stage("binary", plan=QUICK)
    with monkeypatch.context() as hurried:
        hurried.setattr(repeats, "_SHARE", 0.0)
        bench = made.bench(seconds=120.0)
        assert set(seeds(trained(made, bench)).values()) == {1}
    size = sum(path.stat().st_size for path in (bench.folder / "bundle" / "members").iterdir())
    for times, count in ((2, 1), (4, 3)):
        bench = made.bench(seconds=120.0, name=f"times-{times}")
        model = trained(made, replace(bench, budget=replace(bench.budget, size=times * size)))
        assert set(seeds(model).values()) == {count}
