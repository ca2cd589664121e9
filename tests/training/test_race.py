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
        return tuple(replace(one, name=name, family=name, rank=9.0) for one in super().candidates(problem)[:1])


class Laggard(_Late, Dummy):
    pass


class Runner(_Late, Linear):
    pass
"""


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install two families of a late rank: one that knows nothing, and one as good as the linear one."""
    site = tmp_path / "site"
    facts = site / "late-1.0.dist-info"
    facts.mkdir(parents=True)
    (site / "late.py").write_text(_LATE)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: late\nVersion: 1.0\n")
    points = "laggard = late:Laggard\nrunner = late:Runner\n"
    (facts / "entry_points.txt").write_text(f"[fivefold.families]\n{points}")
    monkeypatch.syspath_prepend(str(site))


@pytest.mark.usefixtures("late")
def test_who_is_behind_on_the_first_fold_is_fitted_on_no_other(stage: Make) -> None:
    families = ("linear", "laggard", "runner")
    place = stage("binary", frame=drawn("binary", 1_200), plan={"model.candidates": families})
    model = train(place.dataset, place.brief, place.bench(seconds=40.0))
    folds = {name: [trial.fold for trial in model.trials if trial.candidate == name] for name in families}
    assert len(folds["laggard"]) == 1
    assert sorted(fold for fold in folds["runner"] if fold != ALL) == [1, 2, 3]
    assert {row.name for row in model.leaderboard} >= {"linear", "runner", "dummy"}
    assert "laggard" not in {row.name for row in model.leaderboard}


@pytest.mark.usefixtures("late")
def test_with_few_rows_nobody_is_raced(stage: Make) -> None:
    place = stage("binary", plan={"model.candidates": ("linear", "runner")})
    model = train(place.dataset, place.brief, place.bench(seconds=30.0))
    assert {trial.candidate for trial in model.trials} == {"linear"}
    assert model.ended == "all candidates fitted"
