"""The figure of a split at random: it shows where groups give the answer away, and is silent where they do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.training.stages import Stage, Trained

from fivefold.core.artefacts import Model, NaiveFigure
from fivefold.report.language import naive_words
from fivefold.training.rows import NAIVE, TrainingRows
from fivefold.training.step import train

Make = Callable[..., Stage]
ROWS = 1_400


def people(*, leaky: bool) -> pl.DataFrame:
    """Rows of people: the outcome is each person's own, which ``age`` tells apart, or follows from ``age`` alone."""
    rng = np.random.default_rng(3)
    person = np.arange(ROWS) // 7
    age = rng.normal(50, 12, ROWS // 7)[person] + rng.normal(0, 0.01, ROWS)
    if leaky:
        sick = (rng.random(ROWS // 7) < 0.5)[person]
    else:
        age = rng.normal(50, 12, ROWS)
        sick = rng.random(ROWS) < 1 / (1 + np.exp(-(age - 50) / 8))
    return pl.DataFrame({"age": age, "outcome": np.where(sick, "yes", "no")})


def model_of(place: Stage) -> Model:
    return train(place.dataset, place.brief, place.bench(seconds=40))


def test_a_leak_by_group_shows_and_independent_rows_do_not(stage: Make) -> None:
    plan = {"model.candidates": ("lightgbm",)}
    place = stage("binary", frame=people(leaky=True), kind="stratified_group", plan=plan)
    leaky = model_of(place).naive
    assert leaky is not None
    assert leaky.differs
    assert leaky.naive.value > 0.75 > 0.65 > leaky.honest.value
    assert leaky.by == ("person",)
    assert "A split at random would have promised ROC AUC" in naive_words(leaky)
    assert "'person'" in naive_words(leaky)
    assert (
        "A split at random would have promised"
        in (place.folder / "train" / "payload" / "card.md").read_text()
    )


@pytest.mark.slow
def test_independent_rows_are_promised_what_they_keep(stage: Make) -> None:
    plan = {"model.candidates": ("lightgbm",)}
    found = model_of(stage("binary", frame=people(leaky=False), kind="stratified_group", plan=plan)).naive
    assert found is not None
    assert not found.differs
    assert naive_words(found) == ""


def test_a_split_at_random_has_nothing_to_compare(trained: Trained) -> None:
    assert trained.model.naive is None
    assert all(trial.fold != NAIVE for trial in trained.model.trials)


@pytest.mark.parametrize("kind", ["group", "stratified_group", "time", "time_group"])
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_rows_at_random_are_as_many_as_those_of_the_first_fold(stage: Make, kind: str, task: str) -> None:
    rows = TrainingRows(stage(task, kind=kind).terms())
    first = rows.order[0]
    assert rows.learned(NAIVE).size == rows.learned(first).size
    assert rows.judged(NAIVE).size == rows.judged(first).size
    assert not set(rows.learned(NAIVE)) & set(rows.judged(NAIVE))
    again = TrainingRows(rows.terms)
    assert (again.judged(NAIVE) == rows.judged(NAIVE)).all()


def test_the_quick_figure_is_measured_where_rows_are_kept_apart(stage: Make) -> None:
    place = stage("regression", kind="group")
    found = model_of(place)
    assert isinstance(found.naive, NaiveFigure)
    assert found.naive.candidate.startswith("linear")
    assert [trial.fold for trial in found.trials].count(NAIVE) == 1
    board = next(row for row in found.leaderboard if row.name == found.naive.candidate)
    honest = sum(
        trial.seconds for trial in found.trials if trial.candidate == board.name and trial.fold != NAIVE
    )
    assert board.fit_seconds == pytest.approx(honest, abs=0.01)
