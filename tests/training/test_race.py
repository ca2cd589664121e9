"""Later candidates are raced in what is left of the time, and count only once they are fitted on all folds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.training.stages import Stage, drawn

from fivefold.training.rows import ALL
from fivefold.training.step import train

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., Stage]

_LATE = """
from dataclasses import replace

from fivefold.training.families.dummy import Dummy
from fivefold.training.families.linear import Linear


class _Late:
    def candidates(self, problem):
        name = type(self).__name__.lower()
        first = super().candidates(problem)[0]
        return tuple(
            replace(first, name=f"{name}{number or ''}", family=name, rank=9.0) for number in range(self.settings)
        )


class Laggard(_Late, Dummy):
    settings = 1


class Runner(_Late, Linear):
    settings = 1


class Crowd(_Late, Linear):
    settings = 5
"""


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install families of a late rank: one that knows nothing, one as good as the linear one, and one of five settings."""
    site = tmp_path / "site"
    facts = site / "late-1.0.dist-info"
    facts.mkdir(parents=True)
    (site / "late.py").write_text(_LATE)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: late\nVersion: 1.0\n")
    points = "laggard = late:Laggard\nrunner = late:Runner\ncrowd = late:Crowd\n"
    (facts / "entry_points.txt").write_text(f"[fivefold.families]\n{points}")
    monkeypatch.syspath_prepend(str(site))


@pytest.mark.usefixtures("late")
def test_who_is_behind_on_the_first_fold_is_fitted_on_no_other(stage: Make) -> None:
    families = ("linear", "laggard", "runner")
    place = stage("binary", frame=drawn("binary", 1_200), plan={"model.candidates": families})
    model = train(place.dataset, place.brief, place.bench(seconds=120.0))
    folds = {name: [trial.fold for trial in model.trials if trial.candidate == name] for name in families}
    assert len(folds["laggard"]) == 1
    assert sorted(fold for fold in folds["runner"] if fold != ALL) == [1, 2, 3]
    assert {row.name for row in model.leaderboard} >= {"linear", "runner", "dummy"}
    assert "laggard" not in {row.name for row in model.leaderboard}


@pytest.mark.usefixtures("late")
def test_with_few_rows_only_three_are_raced(stage: Make) -> None:
    place = stage("binary", plan={"model.candidates": ("linear", "crowd")})
    model = train(place.dataset, place.brief, place.bench(seconds=120.0))
    assert {trial.candidate for trial in model.trials} == {"linear", "crowd", "crowd1", "crowd2"}
    assert model.ended == "all candidates fitted"


def test_a_family_that_usually_comes_later_opens_where_it_stands_alone(stage: Make) -> None:
    place = stage("binary", plan={"model.candidates": ("extra_trees",)})
    model = train(place.dataset, place.brief, place.bench(seconds=120.0))
    assert {member.family for member in model.members} == {"extra_trees"}
