"""Partial dependence is drawn and said: what it is of, on how many rows, and what has no picture."""

from __future__ import annotations

from dataclasses import replace

from tests.report.reader import read
from tests.report.stories import dependence, story

from fivefold.core.artefacts import Dependence, DependenceCurve, Model
from fivefold.report.page import Story, render
from fivefold.report.sections.dependence import dependence_words

TITLE = "How the answer moves along single columns"


def model_of(run: Story) -> Model:
    assert run.model is not None
    return run.model.body


def told_with(found: Dependence | None) -> tuple[Model, str]:
    """The model of two classes with this dependence, and the text of its page."""
    run = story("binary")
    assert run.model is not None
    body = replace(run.model.body, dependence=found)
    return body, read(render(replace(run, model=replace(run.model, body=body)))).text


def test_every_curve_has_a_picture_whose_words_say_where_the_answer_is_lowest_and_highest() -> None:
    run = story("binary")
    found = model_of(run).dependence
    assert found is not None
    page = read(render(run))
    words = [str(svg.attributes["aria-label"]) for svg in page.named("svg")]
    for curve in found.curves:
        assert (
            sum(label.startswith(f"Along {curve.column}: mean probability of yes from") for label in words)
            == 1
        )
    assert "in each of 300 sealed rows" in page.text
    assert "some of these rows could not exist" in page.text
    assert "description (free text), opened (no time was left)." in page.text


def test_the_sentence_names_the_ends_of_the_first_columns() -> None:
    curve = DependenceCurve("sex", "category", (), ("male", "female"), (0.6, 0.4), ((0.21, 0.74),))
    number = DependenceCurve("fare", "number", (1.0, 2000.0), (), (0.5, 0.5), ((0.5, 0.3),), (0.25,), 0.0)
    model, _ = told_with(Dependence(178, ("yes",), (0.4,), (curve, number)))
    assert dependence_words(model) == (
        "With one column set to the same value in each of 178 sealed rows, the mean probability of `yes` goes from 0.2100 "
        "(male) to 0.7400 (female) along `sex`, from 0.2500 (missing) to 0.5000 (1) along `fare`"
    )


def test_what_was_not_reached_is_said_without_a_picture() -> None:
    model, text = told_with(Dependence(300, ("yes",), (), (), (("age", "no time was left"),)))
    assert "Without a picture: age (no time was left)." in text
    assert dependence_words(model) == ""


def test_nothing_is_said_where_no_column_matters() -> None:
    model, text = told_with(None)
    assert TITLE not in text
    assert dependence_words(model) == ""


def test_of_more_classes_each_has_its_colour_and_its_key() -> None:
    page = read(render(story("multiclass")))
    outputs = dependence("multiclass").outputs
    keys = [element.text for element in page.named("ul") if element.attributes.get("class") == "keys"]
    assert any(all(each in key for each in outputs) for key in keys)
    shades = [str(path.attributes.get("class")) for path in page.named("path")]
    assert {"curve one", "curve two", "curve three"} <= set(shades)
