"""The refits: a member that cannot learn from all rows leaves the blend, unless too much goes with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.training.stages import Stage

from fivefold.core.clock import Deadline
from fivefold.core.workbench import Silence
from fivefold.training.baseline import Baseline
from fivefold.training.blend import mixed
from fivefold.training.choice import Choice
from fivefold.training.executors.local import LocalPool
from fivefold.training.interruption import Interruption
from fivefold.training.memory import Memory
from fivefold.training.refits import refit
from fivefold.training.rows import ALL
from fivefold.training.schedule import MeasuredSchedule
from fivefold.training.search import Search
from fivefold.training.tasks import Workshop

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., Stage]
GB = 10**9

_SATED = """
from dataclasses import replace

from fivefold.training.families.linear import Linear


class Sated(Linear):
    def candidates(self, problem):
        return tuple(replace(one, name="sated", family="sated") for one in super().candidates(problem))

    def fit(self, candidate, problem, train, valid, until, rounds):
        if len(train.target) > 160:
            raise ValueError("that is too much")
        return super().fit(candidate, problem, train, valid, until, rounds)
"""


@pytest.fixture
def search(stage: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Search]:
    """A search after its run over a linear model, one that is the same but bears no more rows than a fold has, and a dummy."""
    facts = tmp_path / "site" / "overfed-1.0.dist-info"
    facts.mkdir(parents=True)
    (tmp_path / "site" / "overfed.py").write_text(_SATED)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: overfed\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[fivefold.families]\nsated = overfed:Sated\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    workshop = Workshop.open(tmp_path / "workshop", stage("regression").terms())
    with closing(LocalPool(1, workshop.folder)) as pool:
        memory = Memory(workshop, 4 * GB, 4 * GB)
        schedule = MeasuredSchedule(pool, Deadline.after(100.0), Interruption(Silence()), memory)
        made = Search(workshop, schedule, Silence(), 60, 3, "rmse")
        made.run(("linear", "sated", "dummy"))
        yield made


def chosen(search: Search, shares: dict[str, float]) -> Choice:
    """A choice of candidates by name."""
    numbers = {candidate.name: number for number, candidate in enumerate(search.candidates)}
    weights = {numbers[name]: share for name, share in shares.items()}
    scores = mixed({number: search.scores(number) for number in weights}, weights)
    return Choice(weights, search.truth(), scores, Baseline(search.workshop).out_of_fold(search.shared))


def test_who_is_not_fitted_on_all_rows_leaves_the_blend_unless_too_much_goes_with_it(search: Search) -> None:
    names = [candidate.name for candidate in search.candidates]
    whole = chosen(search, {"sated": 0.5, "linear": 0.48, "dummy": 0.02})
    served, fold = refit(search, whole)
    assert fold == ALL
    assert {names[number]: share for number, share in served.weights.items()} == pytest.approx(
        {"linear": 0.96, "dummy": 0.04}
    )
    others = chosen(search, {"linear": 0.96, "dummy": 0.04})
    assert served.scores.ravel().tolist() == pytest.approx(others.scores.ravel().tolist())
    assert served.notes == (
        "Left out of the blend, since not fitted on all training rows: sated. The other members bear the weight.",
    )
    assert refit(search, others) == (others, ALL)
    for shares in ({"sated": 0.9, "dummy": 0.1}, {"sated": 1.0}):
        whole = chosen(search, shares)
        assert refit(search, whole) == (whole, search.folds[0])
