"""Contributions are drawn and said: every mean exactly, what share of the model they speak of, and how far they are off."""

from __future__ import annotations

from dataclasses import replace

from tests.report.reader import read
from tests.report.stories import model, story

from fivefold.report.page import render
from fivefold.report.sections.importances import contribution_words, importances


def test_every_mean_stands_on_the_page() -> None:
    told = model("binary").contributions
    assert told is not None
    page = read(render(story("binary")))
    assert {one.mean for one in told.columns} <= page.values()
    pictures = [str(element.attributes.get("aria-label")) for element in page.named("svg")]
    assert sum(words.startswith("Contributions of single rows") for words in pictures) == 1
    assert sum(words.startswith("Columns by their mean absolute contribution") for words in pictures) == 1


def test_what_is_not_explained_and_what_is_off_is_said() -> None:
    words = contribution_words(model("binary"))
    assert (
        "on 350 sealed rows, of members with 83.0 % of the weight: not of mlp, which has no exact ones"
        in words
    )
    assert (
        "off the whole blend's score by 0.0942 log odds in the mean, since it averages probabilities" in words
    )


def test_a_sum_that_is_the_score_is_said_to_be() -> None:
    words = contribution_words(model("regression"))
    assert words.endswith("with the base of 204.3 they add up to the model's score")
    assert "off" not in words


def test_several_classes_have_no_single_rows() -> None:
    part = importances(model("multiclass"))
    assert part is not None
    assert "over the classes" in part
    assert "swarm" not in part


def test_importances_stand_without_contributions_and_the_other_way() -> None:
    whole = model("regression")
    alone = importances(replace(whole, contributions=None))
    assert alone is not None
    assert "Shapley" not in alone
    assert contribution_words(replace(whole, contributions=None)) == ""
    others = importances(replace(whole, importances=()))
    assert others is not None
    assert "Shapley" in others
    assert importances(replace(whole, importances=(), contributions=None)) is None
