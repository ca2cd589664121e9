"""Rivals: a linear model and a single LightGBM on the same sealed rows, fairly, or not at all."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.training.stages import Stage, Trained

from fivefold.core.artefacts import Model, Rival
from fivefold.core.protocols import MemberKind
from fivefold.core.registry import Registry
from fivefold.core.workbench import Silence
from fivefold.measure.metrics import value
from fivefold.report.sections.rivals import rival_lines
from fivefold.runtime.judgement import Judgement, Recalibration
from fivefold.training import rivals, search
from fivefold.training.encoded import load_encoder
from fivefold.training.rows import ALL, positions_of
from fivefold.training.search import Search
from fivefold.training.step import train

if TYPE_CHECKING:
    from fivefold.core.artefacts import Brief, PlanValue
    from fivefold.core.clock import Deadline
    from fivefold.core.workbench import Workbench
    from fivefold.training.choice import Choice

Make = Callable[..., Stage]
BOTH: dict[str, PlanValue] = {"model.candidates": ("linear", "lightgbm")}
ALONE = BOTH | {"ensemble.max_members": 1}
"""One member, so that one of the two families is the model and the other is not fitted on all training rows for it."""
AMPLE = 60.0
"""Seconds that suffice for every fit on a busy machine; they are not used up."""
SHARPER = Recalibration("temperature", (2.0,) * 3, (0.0,) * 3)
RANKS = {"linear": 0, "lightgbm-extra": 1, "lightgbm": 2}


def figure_of(
    place: Stage,
    bench: Workbench,
    model: Model,
    rival: Rival,
    *,
    fold: int = ALL,
    put_right: Recalibration | None = None,
) -> float:
    """The rival's figure, from the files that its fit left behind."""
    number, workshop = RANKS[rival.name], bench.scratch / "workshop"
    contract = place.dataset.body.contract
    sealed = pl.read_parquet(place.dataset.folder / "test.parquet")
    encoder = load_encoder(workshop / "encoded" / str(fold), contract)
    kind = Registry[MemberKind]("fivefold.members").get(rival.family)
    member = kind.load((workshop / "fits" / f"{number}-{fold}" / "payload").read_bytes())
    scores = member.predict(encoder.encode_frame(sealed))
    scores = put_right.apply(scores) if put_right else scores
    return value(model.metric, model.task, positions_of(sealed, contract), scores)


def refitted(model: Model) -> set[str]:
    """Families with a fit on all training rows."""
    return {trial.family for trial in model.trials if trial.fold == ALL}


@pytest.mark.parametrize(
    ("task", "kind"), [("binary", "random"), pytest.param("regression", "group", marks=pytest.mark.slow)]
)
def test_rivals_have_the_figures_of_their_own_fits(stage: Make, task: str, kind: str) -> None:
    place = stage(task, kind=kind, plan=ALONE)
    bench = place.bench(seconds=AMPLE)
    model = train(place.dataset, place.brief, bench)
    found = {rival.family: rival for rival in model.evaluation.rivals}
    (member,) = model.members
    (other,) = set(found) - {member.family}
    assert list(found) == ["linear", "lightgbm"]
    itself, rival = found[member.family], found[other]
    score = model.evaluation.score(model.metric)
    assert (itself.score, itself.gain) == (score, None)
    assert rival.score.value == pytest.approx(figure_of(place, bench, model, rival))
    assert rival.score.low <= rival.score.value <= rival.score.high
    assert rival.gain is not None
    sign = 1 if score.greater_is_better else -1
    assert rival.gain.value == pytest.approx(sign * (score.value - rival.score.value))
    assert rival.gain.low <= rival.gain.value <= rival.gain.high
    assert refitted(model) == {"linear", "lightgbm"}
    assert model.ended == "all candidates fitted"
    assert model.notes == ()


def test_a_model_that_is_a_rival_itself_says_so(trained: Trained) -> None:
    model = trained.model
    score = model.evaluation.score(model.metric)
    assert model.evaluation.rivals == (Rival("linear", "linear", score, None),)
    said = "The model is itself a linear model (linear), so there is no gain over one"
    assert rival_lines(model) == [said]
    assert said in (trained.bench.folder / "card.md").read_text()


@pytest.mark.slow
def test_probabilities_of_a_rival_are_put_right_by_its_own_scores(
    stage: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Choice] = []

    def sharpened(own: Search, alone: Choice, plan: Brief) -> Judgement:
        del own, plan
        asked.append(alone)
        return Judgement(recalibration=SHARPER)

    monkeypatch.setattr(rivals, "form_judgement", sharpened)
    place = stage("multiclass", plan=ALONE)
    bench = place.bench(seconds=AMPLE)
    model = train(place.dataset, place.brief, bench)
    (rival,) = (rival for rival in model.evaluation.rivals if rival.gain is not None)
    (alone,) = asked
    assert alone.weights == {RANKS[rival.name]: 1.0}
    row = next(row for row in model.leaderboard if row.name == rival.name)
    assert value("log_loss", "multiclass", alone.truth, alone.scores) == pytest.approx(row.metric)
    sharp, raw = (figure_of(place, bench, model, rival, put_right=one) for one in (SHARPER, None))
    assert rival.score.value == pytest.approx(sharp)
    assert sharp != pytest.approx(raw)


def test_who_was_not_fitted_on_the_same_rows_is_left_out(
    stage: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rivals, "_LONG", 0.0)
    place = stage("binary", plan=ALONE)
    model = train(place.dataset, place.brief, place.bench(seconds=AMPLE))
    (member,) = model.members
    assert [rival.family for rival in model.evaluation.rivals] == [member.family]
    assert refitted(model) == {member.family}
    missing = "single LightGBM" if member.family == "linear" else "linear model"
    assert rival_lines(model)[1] == (
        f"No {missing} is held beside the model: none was fitted on the same rows and judged in time"
    )


def test_a_fit_that_was_cut_off_is_left_out(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    refit = Search.refit

    def cut_off(own: Search, numbers: Sequence[int], until: Deadline | None = None) -> list[int]:
        done = refit(own, numbers, until)
        if until is not None:
            own.fits |= {(number, ALL): replace(own.fits[number, ALL], stopped=True) for number in numbers}
        return done

    monkeypatch.setattr(Search, "refit", cut_off)
    place = stage("binary", plan=ALONE)
    model = train(place.dataset, place.brief, place.bench(seconds=AMPLE))
    assert refitted(model) == {"linear", "lightgbm"}
    assert [rival.gain for rival in model.evaluation.rivals] == [None]


def test_beside_a_model_of_the_first_fold_stand_fits_of_the_first_fold(
    stage: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Search, "refit", lambda *_: [])
    place = stage("regression", plan=ALONE)
    bench = place.bench(seconds=AMPLE)
    model = train(place.dataset, place.brief, bench)
    (rival,) = (rival for rival in model.evaluation.rivals if rival.gain is not None)
    assert refitted(model) == set()
    assert rival.score.value == pytest.approx(figure_of(place, bench, model, rival, fold=1))


def test_the_baseline_has_no_rivals(stage: Make) -> None:
    frame = pl.DataFrame(
        {"empty": pl.Series([None] * 300, dtype=pl.Float64), "outcome": ["no", "yes", "no"] * 100}
    )
    place = stage("binary", frame=frame, plan=BOTH)
    model = train(place.dataset, place.brief, place.bench(seconds=AMPLE))
    assert [member.family for member in model.members] == ["dummy"]
    assert model.evaluation.rivals == ()
    assert rival_lines(model) == []


@pytest.mark.slow
def test_what_takes_too_long_is_not_judged(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rivals, "_scoring", lambda *_: 1e6)
    place = stage("binary", plan=ALONE)
    bench = place.bench(seconds=AMPLE)
    model = train(place.dataset, place.brief, bench)
    assert not bench.deadline.passed()
    assert [rival.gain for rival in model.evaluation.rivals] == [None]


def test_the_search_leaves_the_time_that_judging_takes(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[float, float]] = []

    def watched(own: Search) -> float:
        kept.append((rivals.time_to_compare(own), own.until.remaining()))
        return own.until.remaining()

    monkeypatch.setattr(search, "time_to_compare", watched)
    place = stage("binary", plan=ALONE)
    model = train(place.dataset, place.brief, place.bench(seconds=AMPLE))
    ((seconds, left),) = kept
    assert 0 < seconds <= left / 10
    # All that was left was asked for, and nothing was fitted after that: the reserve holds.
    assert {trial.fold for trial in model.trials if trial.state == "done"} == {1}


class Impatient(Silence):
    """Presses Ctrl-C when the sealed part is about to be opened."""

    def advance(self, done: float, text: str) -> None:
        if text.startswith("opening"):
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.slow
def test_ctrl_c_leaves_them_out(stage: Make) -> None:
    place = stage("binary", plan=ALONE)
    model = train(place.dataset, place.brief, replace(place.bench(seconds=AMPLE), progress=Impatient()))
    assert model.ended == "interrupted"
    assert model.evaluation.rivals == ()
