"""What the answers cost is on the page where costs were named, with a sentence for each of the plainer labels."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.report.reader import read
from tests.report.stories import story

from fivefold.core.artefacts import CostRival, Costs, Score
from fivefold.report.page import Story, render
from fivefold.report.sections.costs import cost_lines


def cost(value: float, low: float, high: float, *, saved: bool = False) -> Score:
    return Score("cost", value, low, high, greater_is_better=saved)


FOUND = Costs(
    ((0.0, 1.0), (10.0, 0.0)),
    cost(0.6301, 0.4, 0.93),
    (
        CostRival("most probable class", "", cost(2.04, 1.27, 2.83), cost(1.41, 0.66, 2.18, saved=True)),
        CostRival("most frequent class", "no", cost(0.7, 0.5, 0.9), cost(0.07, -0.1, 0.2, saved=True)),
        CostRival("cheapest single answer", "yes", cost(0.4, 0.3, 0.5), cost(-0.23, -0.4, -0.1, saved=True)),
    ),
)


def costly() -> Story:
    run = story("binary")
    assert run.model is not None
    body = replace(run.model.body, evaluation=replace(run.model.body.evaluation, costs=FOUND))
    return replace(run, model=replace(run.model, body=body))


def test_the_page_has_every_figure_and_sentence() -> None:
    page = read(render(costly()))
    assert "What the answers cost" in page.text
    assert {0.6301, 2.04, 1.41, 10.0} <= set(page.values())
    for line in cost_lines(FOUND):
        assert f"{line}." in page.text
    assert "by what answers cost" in page.text


def test_without_costs_the_page_does_not_speak_of_them() -> None:
    page = read(render(story("binary")))
    assert "What the answers cost" not in page.text
    assert "by the metric" in page.text
    assert cost_lines(None) == []


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (1, "They are cheaper than always the most probable class, which costs 2.040 per row, by 1.410"),
        (2, "They are not clearly cheaper than the most frequent class ('no'), which costs 0.7000 per row"),
        (3, "They are dearer than the cheapest single answer ('yes'), which costs 0.4000 per row"),
    ],
)
def test_the_interval_decides_what_is_said(place: int, said: str) -> None:
    assert cost_lines(FOUND)[place].startswith(said)
