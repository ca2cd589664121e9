"""What the model gains over plain ones is said in one sentence each, in the page and in the lines of a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.report.reader import read
from tests.report.stories import rivals as told_rivals
from tests.report.stories import story

from fivefold.core.artefacts import Model, Rival, Score, Task
from fivefold.report.figures import figure, interval
from fivefold.report.page import Story, render
from fivefold.report.sections.rivals import rival_lines, rival_words

TASKS: tuple[Task, ...] = ("regression", "binary", "multiclass")


def model_of(run: Story) -> Model:
    assert run.model is not None
    return run.model.body


def beside(run: Story, *found: Rival) -> Story:
    """The same run with other rivals."""
    assert run.model is not None
    body = replace(run.model.body, evaluation=replace(run.model.body.evaluation, rivals=found))
    return replace(run, model=replace(run.model, body=body))


@pytest.mark.parametrize("task", TASKS)
def test_rivals_stand_on_the_page_with_a_sentence_and_exact_values(task: Task) -> None:
    run = story(task)
    page = read(render(run))
    for rival in model_of(run).evaluation.rivals:
        assert rival.gain is not None
        assert {rival.score.value, rival.gain.value} <= set(page.values())
        assert interval(rival.score) in page.text
        assert rival_words(rival) in page.text
    picture = next(element for element in page.named("svg"))
    for kind in ("linear model", "single LightGBM"):
        assert kind in picture.text


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.001, 0.003, "The model is better than the best linear model (linear, ROC AUC 0.8000) by 0.0020"),
        (-0.001, 0.003, "The model is not clearly better than the best linear model (linear, ROC AUC 0.8000): difference"),
        (-0.003, -0.001, "The model is worse than the best linear model (linear, ROC AUC 0.8000): difference"),
    ],
)  # fmt: skip
def test_the_interval_decides_what_is_said(low: float, high: float, said: str) -> None:
    middle = 0.002 if low > 0 else (low + high) / 2
    score = Score("roc_auc", 0.8, 0.79, 0.81, greater_is_better=True)
    gain = Score("roc_auc", middle, low, high, greater_is_better=True)
    words = rival_words(Rival("linear", "linear", score, gain))
    assert words.startswith(said)
    assert f"{figure(middle)}, 95 % interval {interval(gain)}" in words


def test_a_rival_that_is_the_model_gets_no_gain_of_nought() -> None:
    linear, boosted = told_rivals("binary")
    run = beside(story("binary"), linear, replace(boosted, gain=None))
    page = read(render(run))
    assert (
        "The model is itself a single LightGBM (lightgbm-extra), so there is no gain over one." in page.text
    )
    picture = next(element for element in page.named("svg"))
    assert "linear model" in picture.text
    assert "LightGBM" not in picture.text


def test_a_family_that_could_not_be_compared_is_named() -> None:
    linear, _ = told_rivals("binary")
    run = beside(story("binary"), linear)
    said = "No single LightGBM is held beside the model: none was fitted on the same rows and judged in time"
    assert rival_lines(model_of(run)) == [rival_words(linear), said]
    assert said in read(render(run)).text


def test_a_family_that_was_not_tried_is_not_missed() -> None:
    model = model_of(beside(story("binary")))
    board = tuple(row for row in model.leaderboard if row.family not in {"linear", "lightgbm"})
    assert rival_lines(replace(model, leaderboard=board)) == []
