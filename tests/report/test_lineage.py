"""Where the rows came from, on the page and in a terminal."""

from __future__ import annotations

from dataclasses import replace

from tests.report.reader import Page, read
from tests.report.stories import story

from fivefold.core.artefacts import Lineage
from fivefold.report.page import render
from fivefold.report.sections.lineage import lineage_words
from fivefold.report.story import Story

FILE = Lineage(
    "visits.csv", "CSV", "sha256:6a52fd0123456789abcdef", 400, 20_400, fetched="2026-03-02T09:14:07Z"
)
QUERY = "SELECT \"who\" FROM calls WHERE minutes < 5 AND note <> '<b>'"
WAREHOUSE = Lineage("calls", "BigQuery", "sha256:77aa", 9, 3_000_000_000, QUERY, "2026-03-02T09:14:09Z", 0.02)


def page_of(*tables: Lineage) -> Page:
    """The page of a run whose table came from there."""
    run: Story = story("binary")
    assert run.dataset is not None
    header = replace(run.dataset.header, lineage=tables)
    return read(render(replace(run, dataset=replace(run.dataset, header=header))))


def test_source_form_rows_bytes_time_and_digest_stand_on_the_page() -> None:
    text = page_of(FILE).text
    for words in ("visits.csv", "CSV", "400", "20.4 kB", "2026-03-02 09:14:07", "6a52fd0123456789"):
        assert words in text
    assert "Cost" not in text
    assert "must bring them as well" not in text


def test_a_statement_and_its_price_stand_there_as_they_were() -> None:
    text = page_of(FILE, WAREHOUSE).text
    assert QUERY in text
    assert "Cost" in text
    assert "must bring them as well" in text


def test_a_run_of_which_nothing_is_known_has_no_such_block() -> None:
    assert "Where the rows came from" not in page_of().text


def test_a_terminal_says_it_on_one_line() -> None:
    assert lineage_words(FILE) == "visits.csv (CSV, 400 rows, 20.4 kB, 2026-03-02 09:14:07, 6a52fd0123456789)"
    assert lineage_words(WAREHOUSE).endswith(f"77aa) by {QUERY}")
    assert lineage_words(Lineage("polars frame", "polars frame", "sha256:1")) == "polars frame (1)"
