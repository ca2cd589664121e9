"""Fairness is drawn and said: every figure of every group, what is beyond chance, and who was too few."""

from __future__ import annotations

from dataclasses import replace

from tests.report.reader import read
from tests.report.stories import model, story

from fivefold.core.artefacts import Fairness, FairnessGroup
from fivefold.report.page import render
from fivefold.report.sections.fairness import fairness, fairness_words


def test_every_figure_of_every_group_stands_on_the_page() -> None:
    page = read(render(story("binary")))
    (found,) = model("binary").evaluation.fairness
    figures = {figure.value for group in found.groups for figure in group.figures}
    assert figures <= page.values()
    assert "How groups fare" in page.text
    assert "unknown (19)" in page.text
    assert "Demographic parity difference 0.1900, 95 % interval 0.1600 to 0.2200" in page.text
    assert "no more than chance makes of equal groups" in page.text


def test_the_sentence_names_what_is_beyond_chance_and_nothing_else() -> None:
    (found,) = model("binary").evaluation.fairness
    assert fairness_words(found) == (
        "The groups of 'gender' differ beyond chance: demographic parity difference 0.1900 (lowest female, highest male); "
        "equalized odds difference 0.1700 (lowest female, highest male)"
    )
    calm = tuple(replace(one, beyond=False) for one in found.disparities)
    assert fairness_words(replace(found, disparities=calm)) == ""


def test_without_a_column_nothing_is_said() -> None:
    told = model("regression")
    assert told.evaluation.fairness == ()
    assert fairness(told) is None


def test_groups_that_are_all_too_small_are_told_alone() -> None:
    lone = Fairness("town", (FairnessGroup("<b>hamlet</b>", 12),), ())
    told = model("binary")
    part = fairness(replace(told, evaluation=replace(told.evaluation, fairness=(lone,))))
    assert part is not None
    assert "&lt;b&gt;hamlet&lt;/b&gt; (12)" in part
    assert "<table" not in part
