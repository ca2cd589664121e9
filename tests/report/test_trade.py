"""The sentence on what is nearly as good as the blend, and smaller, on the page."""

from __future__ import annotations

from dataclasses import replace

from tests.report.reader import read
from tests.report.stories import story

from fivefold.core.artefacts import LeaderboardRow
from fivefold.report.language import trade_words
from fivefold.report.page import Story, render

BLEND = LeaderboardRow("blend", "blend", 0.3, 0.9, 9.0, 0.8, 16_000_000, 1.0, near=True, efficient=True)
SMALL = LeaderboardRow("linear", "linear", 0.31, 0.89, 1.0, 0.02, 9_000, 0.2, near=True, efficient=True)
LARGE = replace(SMALL, name="forest", size_bytes=90_000_000, efficient=False)


def with_rows(*rows: LeaderboardRow) -> Story:
    """A run with this leaderboard."""
    run = story("binary")
    assert run.model is not None
    return replace(run, model=replace(run.model, body=replace(run.model.body, leaderboard=rows)))


def words(run: Story) -> str:
    assert run.model is not None
    return trade_words(run.model.body)


def test_the_smallest_that_is_near_the_blend_is_named_with_what_it_saves() -> None:
    run = with_rows(BLEND, SMALL, LARGE)
    said = words(run)
    assert said.startswith("linear alone is within one standard error of the blend")
    assert '[train] final_form = "smallest"' in said
    page = read(render(run)).text
    assert said in page
    assert "best for its cost" in page


def test_nothing_is_said_where_none_is_near_none_is_smaller_or_there_is_no_blend() -> None:
    assert words(with_rows(BLEND, replace(SMALL, near=False))) == ""
    assert words(with_rows(BLEND, LARGE)) == ""
    assert words(with_rows(SMALL, LARGE)) == ""
