"""What more rows would buy stands in one sentence, beside a picture of the three points."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from tests.report.reader import read
from tests.report.stories import learning, story

from fivefold.core.artefacts import Score, Task
from fivefold.report.figures import figure, interval
from fivefold.report.page import render
from fivefold.report.sections.learning import learning_words

TASKS: tuple[Task, ...] = ("regression", "binary", "multiclass")


@pytest.mark.parametrize("task", TASKS)
def test_the_page_has_the_sentence_and_the_three_points(task: Task) -> None:
    page = read(render(story(task)))
    found = learning(task)
    words = learning_words(found)
    assert f"F{words[1:]}." in page.text
    assert f"More rows to learn from: {words}." in page.text
    labels = [str(svg.attributes["aria-label"]) for svg in page.named("svg")]
    told = ", ".join(f"{point.rows:,} rows {figure(point.score.value)}" for point in found.points)
    assert sum(told in label for label in labels) == 1


def test_a_page_without_a_curve_says_nothing_of_it() -> None:
    run = story("binary")
    assert run.model is not None
    body = replace(run.model.body, learning=None)
    assert "half of the rows" not in read(render(replace(run, model=replace(run.model, body=body)))).text


@pytest.mark.parametrize(
    ("task", "value", "verdict", "said"),
    [
        ("binary", 0.012, "helps", "ROC AUC of linear rose by 0.0120 (95 % interval 0.0040 to 0.0200): more rows would probably help"),
        ("regression", 0.012, "unclear", "RMSE of linear fell by 0.0120 (95 % interval 0.0040 to 0.0200): whether more rows would help cannot be told from these"),
        ("binary", -0.012, "hardly", "ROC AUC of linear did not get better (difference \u22120.0120, 95 % interval \u22120.0200 to \u22120.0040): more rows of this kind would hardly help"),
    ],
)  # fmt: skip
def test_the_sentence_says_which_way_the_metric_went(
    task: Task, value: float, verdict: Literal["helps", "hardly", "unclear"], said: str
) -> None:
    gain = Score("roc_auc", value, value - 0.008, value + 0.008, greater_is_better=True)
    words = learning_words(replace(learning(task), gain=gain, verdict=verdict))
    assert words == f"from half of the rows to all of them (2,812 to 5,624 rows) the {said}"
    assert interval(gain) in words
