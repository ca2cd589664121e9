"""The card's figures are those of the report, written by the same rule."""

from __future__ import annotations

from dataclasses import replace

from tests.report.stories import story

from fivefold.core.artefacts import Score
from fivefold.report.figures import figure, interval
from fivefold.training.card import write_card


def dear(score: Score) -> Score:
    """The same figure of an amount that is two thousand times as large."""
    return replace(score, value=2000 * score.value, low=2000 * score.low, high=2000 * score.high)


def test_large_figures_are_written_out_as_in_the_report() -> None:
    told = story("regression")
    assert told.model is not None
    assert told.dataset is not None
    assert told.brief is not None
    model = told.model.body
    scores = tuple(map(dear, model.evaluation.scores))
    evaluation = replace(model.evaluation, scores=scores, gain=dear(model.evaluation.gain))
    card = write_card(replace(model, evaluation=evaluation), told.dataset, told.brief.body)
    for score in (*scores, evaluation.gain):
        assert f"{figure(score.value)} [{interval(score).replace(' to ', ', ')}]" in card
    assert "e+0" not in card
