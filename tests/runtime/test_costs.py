"""Costs by class, and the answer that costs least."""

from __future__ import annotations

import numpy as np
import pytest

from fivefold.core.errors import SettingsError
from fivefold.runtime.costs import cost_matrix, expected_costs
from fivefold.runtime.judgement import Judgement

CLASSES = ("high", "low", "middle")


def test_a_wrong_answer_costs_one_and_a_right_one_nothing_unless_named() -> None:
    matrix = cost_matrix([("high", "low", 5.0), ("low", "low", 0.25)], CLASSES)
    assert matrix == ((0.0, 5.0, 1.0), (1.0, 0.25, 1.0), (1.0, 1.0, 0.0))
    assert cost_matrix([], CLASSES) == ()


@pytest.mark.parametrize(("truth", "answer"), [("hihg", "low"), ("low", "hihg")])
def test_a_class_that_is_not_there_is_named_with_the_nearest(truth: str, answer: str) -> None:
    with pytest.raises(SettingsError) as caught:
        cost_matrix([(truth, answer, 5.0)], CLASSES)
    assert caught.value.seen == "'hihg'"
    assert caught.value.expected == "'high', 'low', 'middle'"
    assert caught.value.todo == "did you mean 'high'?"


def test_a_right_answer_must_not_be_dearer_than_a_wrong_one() -> None:
    with pytest.raises(SettingsError, match=r"2 for saying so and 0\.5 for the answer 'middle'"):
        cost_matrix([("low", "low", 2.0), ("low", "high", 3.0), ("low", "middle", 0.5)], CLASSES)


def test_costs_that_are_all_the_same_decide_nothing() -> None:
    with pytest.raises(SettingsError, match="no answer better"):
        cost_matrix([("no", "yes", 0.0), ("yes", "no", 0.0)], ("no", "yes"))


def test_the_label_is_the_answer_that_costs_least() -> None:
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.ones(3), 400)
    matrix = cost_matrix([("high", "low", 7.0), ("middle", "low", 3.0)], CLASSES)
    by_hand = (scores @ np.array(matrix)).argmin(axis=1)
    chosen = Judgement(costs=matrix).decided(scores).argmax(axis=1)
    assert (chosen == by_hand).all()
    assert (chosen != scores.argmax(axis=1)).any()


def test_usual_costs_leave_the_most_probable_class() -> None:
    scores = np.random.default_rng(1).dirichlet(np.ones(3), 400)
    usual = cost_matrix([("high", "low", 1.0)], CLASSES)
    assert (Judgement(costs=usual).decided(scores).argmax(axis=1) == scores.argmax(axis=1)).all()


def test_a_row_costs_the_same_alone_and_among_others() -> None:
    rng = np.random.default_rng(2)
    scores, costs = rng.dirichlet(np.ones(7), 300), rng.uniform(1, 9, (7, 7))
    matrix = tuple(tuple(line) for line in costs.tolist())
    together = expected_costs(scores, matrix)
    alone = np.concatenate([expected_costs(row[None], matrix) for row in scores])
    assert (together == alone).all()
