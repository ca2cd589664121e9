"""The last fit: the sealed rows teach once they have been judged, and every figure stays that of the fit before."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.training.stages import Stage, drawn, make_stage

from fivefold.core.artefacts import FOLD, ROW
from fivefold.core.workbench import Silence
from fivefold.runtime.bundle import load_bundle
from fivefold.runtime.encoding import CodePart
from fivefold.training import last_fit, step
from fivefold.training.rows import ALL, WHOLE
from fivefold.training.step import train
from fivefold.training.tasks import Workshop

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Model
    from fivefold.core.workbench import Workbench
    from fivefold.training.search import Search

Make = Callable[..., Stage]
ALL_ROWS = {"final.learn_from": "all_rows"}

_FAMILIES = ("Raising", "Endless", "Unlearning", "Counting")
_SATED = """
import time
from dataclasses import replace

from fivefold.training.families.dummy import Dummy
from fivefold.training.families.linear import Linear


class _Sated(Linear):
    def candidates(self, problem):
        name = type(self).__name__.lower()
        return tuple(replace(one, name=name, family=name) for one in super().candidates(problem))

    def fit(self, candidate, problem, train, valid, until, rounds):
        own = super().fit(candidate, problem, train, valid, until, rounds)
        return own if len(train.target) <= 240 else self.more(candidate, problem, train, valid, until, rounds)


class Raising(_Sated):
    def more(self, *fit):
        raise ValueError("that is too much")


class Endless(_Sated):
    def more(self, *fit):
        while True:
            time.sleep(1)


class Unlearning(_Sated):
    def more(self, *fit):
        return Dummy().fit(*fit)


class Counting(_Sated):
    def fit(self, candidate, problem, train, valid, until, rounds):
        return replace(Linear.fit(self, candidate, problem, train, valid, until, rounds), rounds=rounds or 40)
"""


@pytest.fixture
def sated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install families that go wrong on more rows than the training part has: they raise, never end, or unlearn.

    One more only counts its rounds.
    """
    site = tmp_path / "site"
    facts = site / "sated-1.0.dist-info"
    facts.mkdir(parents=True)
    (site / "sated.py").write_text(_SATED)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: sated\nVersion: 1.0\n")
    points = "".join(f"{name.lower()} = sated:{name}\n" for name in _FAMILIES)
    (facts / "entry_points.txt").write_text(f"[fivefold.families]\n{points}")
    monkeypatch.syspath_prepend(str(site))


@dataclass(frozen=True)
class Twins:
    """The same table, trained with a last fit and without."""

    stage: Stage
    again: Model
    once: Model
    benches: tuple[Workbench, Workbench]


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Twins:
    """Train twice on a table with a city that only sealed rows have."""
    frame = drawn("binary", 300)
    only_sealed = np.arange(300) % 5 == 4
    cities = np.where(only_sealed, "sealed city", frame["city"].to_numpy())
    frame = frame.with_columns(pl.Series("city", cities.tolist()))
    place = make_stage(tmp_path_factory.mktemp("twins"), "binary", frame=frame)
    items = tuple(
        replace(item, value="all_rows") if item.key == "final.learn_from" else item
        for item in place.brief.body.plan
    )
    asked = replace(place.brief, body=replace(place.brief.body, plan=items))
    benches = place.bench(name="again"), place.bench(name="once")
    return Twins(
        place,
        train(place.dataset, asked, benches[0]),
        train(place.dataset, place.brief, benches[1]),
        benches,
    )


def cities(bench: Workbench) -> set[str]:
    """The cities that a served encoder knows."""
    parts = load_bundle(bench.folder / "bundle").encoder.spec.parts
    return {name for part in parts if isinstance(part, CodePart) for name in part.categories}


def test_the_served_model_learned_from_all_rows(twins: Twins) -> None:
    assert twins.again.notes == twins.once.notes == ()
    assert (twins.again.train_rows, twins.again.measured_rows) == (300, 240)
    assert (twins.once.train_rows, twins.once.measured_rows) == (240, None)
    assert [trial.fold for trial in twins.again.trials][-1] == WHOLE
    assert WHOLE not in {trial.fold for trial in twins.once.trials}
    assert cities(twins.benches[0]) - cities(twins.benches[1]) == {"sealed city"}


def test_every_figure_is_that_of_the_model_before(twins: Twins) -> None:
    assert twins.again.evaluation == twins.once.evaluation
    assert twins.again.importances == twins.once.importances
    again, once = (load_bundle(bench.folder / "bundle") for bench in twins.benches)
    assert again.reference == once.reference
    assert again.blend.judgement == once.blend.judgement


def test_golden_rows_are_those_of_the_served_model(twins: Twins) -> None:
    predictor = load_bundle(twins.benches[0].folder / "bundle")
    before = load_bundle(twins.benches[1].folder / "bundle")
    for golden in predictor.golden:
        assert predictor.answer(predictor.read([golden.row])) == [golden.answer]
    assert [golden.row for golden in predictor.golden] == [golden.row for golden in before.golden]
    assert predictor.golden != before.golden


def test_the_card_says_which_fit_the_figures_are_of(twins: Twins) -> None:
    card = (twins.benches[0].folder / "card.md").read_text()
    assert "Fitted once more on all 300 rows, the sealed ones included" in card
    assert "the figures are of the fit before it, on 240 rows." in card
    assert "Fitted once more" not in (twins.benches[1].folder / "card.md").read_text()


@pytest.mark.parametrize("kind", ["time", "group", "time_group"])
def test_every_kind_of_split_can_be_unsealed(stage: Make, kind: str) -> None:
    place = stage("regression", kind=kind, plan=ALL_ROWS)
    model = train(place.dataset, place.brief, place.bench())
    assert (model.train_rows, model.measured_rows) == (300, 240)


@pytest.mark.parametrize("kind", ["random", "time_group"])
def test_unsealed_rows_stand_where_they_came_from(stage: Make, tmp_path: Path, kind: str) -> None:
    place = stage("binary", kind=kind)
    workshop = Workshop.open(tmp_path / "workshop", place.terms())
    workshop.unseal(place.dataset.folder / "test.parquet")
    rows = workshop.rows_of(WHOLE)
    whole = pl.read_parquet(rows.path)
    assert whole[ROW].to_list() == list(range(300))
    assert whole.filter(pl.col(ROW) % 5 == 4)[FOLD].to_list() == [0] * 60
    assert rows.learned(WHOLE).size == rows.since.size == 300
    assert rows.groups is None or rows.groups.tolist() == whole["person"].to_list()
    assert workshop.rows_of(1) is workshop.rows


@pytest.mark.usefixtures("sated")
@pytest.mark.parametrize(("kind", "refit", "last"), [("random", 60, 75), ("time", 40, 40)])
def test_rounds_grow_with_the_rows(stage: Make, kind: str, refit: int, last: int) -> None:
    place = stage("binary", kind=kind, plan=ALL_ROWS | {"model.candidates": ("counting",)})
    model = train(place.dataset, place.brief, place.bench())
    rounds = {trial.fold: trial.rounds for trial in model.trials}
    assert (rounds[ALL], rounds[WHOLE]) == (refit, last)
    assert [member.rounds for member in model.members] == [last]


@pytest.mark.usefixtures("sated")
@pytest.mark.parametrize(
    ("family", "reason", "told"),
    [
        ("raising", "did not come to its end", "failed on all rows, the sealed ones too: ValueError"),
        ("unlearning", "worse than before", ""),
        ("endless", "did not come to its end", "killed on all rows, the sealed ones too"),
    ],
)
def test_a_last_fit_that_goes_wrong_leaves_the_measured_model(
    stage: Make, family: str, reason: str, told: str
) -> None:
    place = stage("binary", plan=ALL_ROWS | {"model.candidates": (family,)})
    bench = place.bench(seconds=12.0)
    model = train(place.dataset, place.brief, bench)
    assert not bench.deadline.passed()
    assert [member.name for member in model.members] == [family]
    assert (model.train_rows, model.measured_rows) == (240, None)
    notes = " ".join(model.notes)
    assert reason in notes
    assert told in notes
    predictor = load_bundle(bench.folder / "bundle")
    scores = predictor.scores(pl.read_parquet(place.dataset.folder / "test.parquet"))
    assert np.unique(scores[:, 1]).size > 10


class Impatient(Silence):
    """Presses Ctrl-C when the sealed part is about to be opened."""

    def advance(self, done: float, text: str) -> None:
        if text.startswith("opening"):
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_before_it_leaves_the_measured_model(stage: Make) -> None:
    place = stage("binary", plan=ALL_ROWS)
    bench = replace(place.bench(), progress=Impatient())
    model = train(place.dataset, place.brief, bench)
    assert model.ended == "interrupted"
    assert (model.train_rows, model.measured_rows) == (240, None)


def test_without_time_for_it_a_note_says_so(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_fit, "_seconds", lambda *_: 1e9)
    place = stage("binary", plan=ALL_ROWS)
    model = train(place.dataset, place.brief, place.bench())
    assert model.measured_rows is None
    assert any("there was no time for it" in note for note in model.notes)


@pytest.mark.parametrize(("kind", "kept"), [("random", False), ("time", True)])
def test_after_a_split_by_time_more_of_the_time_is_kept_for_it(
    stage: Make, monkeypatch: pytest.MonkeyPatch, kind: str, kept: bool
) -> None:
    asked: list[float] = []

    def keep(search: Search) -> float:
        asked.append(last_fit.time_to_keep(search))
        return 0.0

    monkeypatch.setattr("fivefold.training.search.time_to_keep", keep)
    monkeypatch.setattr(last_fit, "_seconds", lambda search, _: 0.4 * search.until.remaining())
    place = stage("binary", kind=kind, plan=ALL_ROWS | {"model.candidates": ("linear",)})
    train(place.dataset, place.brief, place.bench())
    assert (asked[0] > 0) is kept


def test_rows_that_the_means_do_not_bear_are_not_unsealed(
    stage: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "affordable_rows", lambda *_: 290)
    place = stage("binary", plan=ALL_ROWS)
    model = train(place.dataset, place.brief, place.bench())
    assert (model.train_rows, model.measured_rows, model.notes) == (240, None, ())


def test_the_baseline_is_not_fitted_again(stage: Make) -> None:
    place = stage("binary", plan=ALL_ROWS | {"model.candidates": ("nobody",)})
    model = train(place.dataset, place.brief, place.bench())
    assert (model.train_rows, model.measured_rows) == (240, None)
