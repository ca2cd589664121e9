"""Readmission: whoever is far better than all others on the first fold is not lost with a later one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.training.stages import Stage
from tests.training.test_search import finished

from fivefold.core.protocols import Candidate
from fivefold.core.tasks import Answer
from fivefold.training.readmission import readmit
from fivefold.training.step import train

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.training.search import Search

Make = Callable[..., Stage]

_FRAGILE = """
from dataclasses import replace
from pathlib import Path

from fivefold.training.families.linear import Linear

BEGAN = Path(__file__).with_name("began")


class Fragile(Linear):
    def candidates(self, problem):
        return tuple(replace(one, name="fragile", family="fragile") for one in super().candidates(problem))

    def fit(self, candidate, problem, train, valid, until, rounds):
        if BEGAN.exists():
            raise ValueError("once is enough")
        BEGAN.touch()
        return super().fit(candidate, problem, train, valid, until, rounds)
"""


@pytest.fixture
def search(stage: Make, tmp_path: Path) -> Search:
    """Linear was fitted on all three folds with a loss of 1; another failed on the second one."""
    made = finished(tmp_path / "workshop", stage("regression").terms())
    made.candidates.append(Candidate("other", "linear", {}, 1.0))
    made.out.add(1)
    return made


@pytest.mark.parametrize(("score", "back"), [(0.9, True), (0.99, False)])
def test_who_is_far_better_on_the_first_fold_comes_back(search: Search, score: float, back: bool) -> None:
    search.fits[1, 1] = Answer(0.5, "linear", score=score)
    assert readmit(search) == ["other"] * back
    assert search.running == [0, 1][: 1 + back]
    assert search.shared == ([1] if back else [1, 2, 3])


def test_beside_a_better_fit_that_was_cut_off_nobody_comes_back(search: Search) -> None:
    search.fits[0, 1] = replace(search.fits[0, 1], stopped=True)
    search.fits[1, 1] = Answer(0.5, "linear", score=2.0)
    assert readmit(search) == []
    search.fits[1, 1] = Answer(0.5, "linear", score=0.5)
    assert readmit(search) == ["other"]


@pytest.mark.parametrize("first", [None, Answer(0.5, "linear", score=0.1, stopped=True)])
def test_who_has_no_whole_fit_on_the_first_fold_does_not(search: Search, first: Answer | None) -> None:
    if first is not None:
        search.fits[1, 1] = first
    assert readmit(search) == []
    assert search.running == [0]


def test_the_only_one_is_served_as_the_first_fold_left_it(
    stage: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = tmp_path / "site" / "fragile-1.0.dist-info"
    facts.mkdir(parents=True)
    (tmp_path / "site" / "fragile.py").write_text(_FRAGILE)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: fragile\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[fivefold.families]\nfragile = fragile:Fragile\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    place = stage("binary", plan={"model.candidates": ("fragile",)})
    model = train(place.dataset, place.brief, place.bench())
    assert [member.name for member in model.members] == ["fragile"]
    assert model.train_rows == 160
    assert model.evaluation.better
    compared = (
        "Candidates were compared on 1 of 3 folds: fragile failed on another, and nobody else comes near."
    )
    assert compared in model.notes
