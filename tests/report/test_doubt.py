"""A figure that is nearly perfect is doubted at the head of the page, with the column that matters most."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.report.reader import read
from tests.report.stories import story

from fivefold.core.artefacts import Finding, Importance, Score
from fivefold.report.doubt import doubt_words
from fivefold.report.page import Story, render

BASE = {"roc_auc": 0.5, "accuracy": 0.6, "r2": 0.0, "rmse": 9.0}


def scored(metric: str, value: float, *, rows: int = 240, base: float | None = None) -> Story:
    """A run with one figure on so many sealed rows, beside the baseline's."""
    run = story("binary")
    assert run.model is not None
    ours, theirs = (
        Score(metric, figure, figure, figure, greater_is_better=True)
        for figure in (value, BASE[metric] if base is None else base)
    )
    evaluation = replace(
        run.model.body.evaluation, metric=metric, rows=rows, scores=(ours,), baseline=(theirs,)
    )
    weights = (Importance("age", 0.01, 0.0), Importance("remark", 0.4, 0.0))
    model = replace(run.model.body, evaluation=evaluation, importances=weights)
    return replace(run, model=replace(run.model, body=model))


def words(run: Story) -> str:
    assert run.model is not None
    assert run.dataset is not None
    return doubt_words(run.model.body, run.dataset.body)


@pytest.mark.parametrize("metric", ["roc_auc", "accuracy", "r2"])
def test_a_perfect_figure_is_asked_about_with_the_column_that_matters_most(metric: str) -> None:
    said = words(scored(metric, 0.9995))
    assert said.startswith("Too good to be true until you know why: ")
    assert "on 240 sealed rows" in said
    assert "'remark'" in said
    assert said.endswith("?")


@pytest.mark.parametrize(
    "run",
    [
        scored("roc_auc", 0.9985),
        scored("roc_auc", 1.0, rows=40),
        scored("accuracy", 0.9995, base=0.999),
        scored("accuracy", 0.9991, base=0.998),
        scored("rmse", 0.9999),
    ],
)
def test_other_figures_are_not_doubted(run: Story) -> None:
    assert words(run) == ""


def test_it_stands_at_the_head_of_the_page_unless_a_finding_asks_already() -> None:
    run = scored("roc_auc", 1.0)
    assert run.dataset is not None
    page = read(render(run))
    head = page.text[page.text.index("Before you rely on it") : page.text.index("What was done")]
    assert words(run) in head
    name = run.dataset.body.contract.columns[0].name
    asked = Finding("leaks", "warning", (name,), f"'{name}' nearly gives it", {}, question="Is it known?")
    body = replace(run.dataset.body, findings=(asked,))
    assert words(replace(run, dataset=replace(run.dataset, body=body))) == ""
