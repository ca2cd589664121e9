"""The card's figures are those of the report, written by the same rule."""

from __future__ import annotations

from dataclasses import replace

from tests.report.stories import story

from fivefold.core.artefacts import Score
from fivefold.report.figures import figure, interval
from fivefold.training.card import write_bundle_card, write_card


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


def test_the_card_in_the_bundle_tells_nothing_that_a_clock_or_a_place_told() -> None:
    told = story("binary")
    assert told.model is not None
    assert told.dataset is not None
    assert told.brief is not None
    model, dataset, brief = told.model.body, told.dataset.body, told.brief.body
    card = write_bundle_card(model, dataset, brief)
    later = replace(
        model, predict_ms=99.0, size_bytes=1, notes=("a worker was lost",), importances=(), ended="deadline"
    )
    later = replace(later, evaluation=replace(model.evaluation, rivals=()), naive=None, learning=None)
    assert write_bundle_card(later, dataset, brief) == card
    whole = write_card(model, told.dataset, brief)
    source = told.dataset.header.lineage[0].source
    assert f"Source: {source}" in whole
    assert source not in card
    assert " for one row (median)" in whole
    assert "for one row" not in card
    for heading in ("## Data", "## How good it is", "## What it is made of", "## Limits"):
        assert heading in card
    headline = model.evaluation.score(model.metric)
    assert f"{figure(headline.value)} [{interval(headline).replace(' to ', ', ')}]" in card
