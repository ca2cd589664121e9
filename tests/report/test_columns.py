"""Cards of columns, and findings with the rows that show them."""

from __future__ import annotations

from dataclasses import replace

from tests.report.reader import read
from tests.report.stories import story

from fivefold.core.artefacts import ColumnCard, Decision
from fivefold.core.store import Stored
from fivefold.report.page import Story, render


def wide(columns: int) -> Story:
    """A run on a table of so many columns."""
    run = story("regression")
    assert run.dataset is not None
    counts = tuple(range(1, 17))
    edges = tuple(float(edge) for edge in range(17))
    cards = tuple(
        ColumnCard(f"x{at}", "number", 1_000, 3, 900, edges, (), counts, ("1", "2"), at / columns)
        for at in range(columns)
    )
    body = replace(run.dataset.body, cards=(run.dataset.body.cards[0], *cards))
    return replace(run, dataset=Stored(run.dataset.header, body, run.dataset.folder))


def test_every_column_has_a_card_with_its_distribution() -> None:
    run = story("binary")
    assert run.dataset is not None
    page = read(render(run))
    headings = [heading.text for heading in page.named("h4")]
    assert len(headings) == len(run.dataset.body.cards)
    for card in run.dataset.body.cards:
        assert any(heading.startswith(card.name) for heading in headings)
    assert sum(
        (picture.attributes.get("aria-label") or "").startswith("Distribution of")
        for picture in page.named("svg")
    ) == sum(bool(card.counts) for card in run.dataset.body.cards)


def test_the_target_stands_first_then_the_strongest_and_what_was_left_out_last() -> None:
    page = read(render(story("regression")))
    headings = [heading.text for heading in page.named("h4")]
    assert headings[0].startswith("energy_kcal")
    assert headings[1].startswith("description")
    assert headings[-1].startswith("kilojoule")


def test_links_with_the_target_stand_there_exactly() -> None:
    run = story("multiclass")
    assert run.dataset is not None
    page = read(render(run))
    linked = {card.association for card in run.dataset.body.cards if card.association is not None}
    assert linked <= page.values()


def test_decisions_are_told_with_their_reason() -> None:
    run = story("regression")
    assert run.brief is not None
    profile = run.brief.body.profile
    first = replace(
        profile.columns[3],
        decisions=(Decision("999 stands for a missing value", "it stands apart", 0.97, 41),),
    )
    columns = (*profile.columns[:3], first, *profile.columns[4:])
    brief = replace(run.brief.body, profile=replace(profile, columns=columns))
    page = read(render(replace(run, brief=Stored(run.brief.header, brief, run.brief.folder))))
    assert "999 stands for a missing value. It stands apart. 41 cells." in page.text


def test_findings_show_their_rows_counted_from_one() -> None:
    page = read(render(story("regression")))
    assert "2 rows that show it" in page.text
    assert any(heading.text == "12" for heading in page.named("th"))
    assert 3_012.5 in page.values()


def test_a_table_of_1500_columns_stays_small_enough_to_open_at_once() -> None:
    text = render(wide(1_500))
    assert len(text) < 4_000_000
    assert text.count("<article") == 1_501
