"""What a student learns from: truth and answers, each as much as it should."""

from __future__ import annotations

import numpy as np
import pytest

from fivefold.core.protocols import Feature, Sample
from fivefold.training.lesson import lesson

FEATURES = (Feature("x", "x", "number"),)


def sample(target: list[float], weight: list[float] | None = None) -> Sample:
    values = np.arange(len(target), dtype=np.float32)[:, None]
    return Sample(values, FEATURES, np.array(target), None if weight is None else np.array(weight))


def weights_of(taught: Sample, rows: int, classes: int) -> list[list[float]]:
    """How much each row counts for each class."""
    found = np.zeros((rows, classes))
    assert taught.weight is not None
    np.add.at(found, (taught.values[:, 0].astype(int), taught.target.astype(int)), taught.weight)
    return found.tolist()


def test_numbers_are_the_mean_of_truth_and_answer_or_the_truth_where_nobody_answered() -> None:
    taught = lesson(sample([1.0, 3.0]), np.array([[2.0], [np.nan]]), None)
    assert taught.target.tolist() == [1.5, 3.0]
    assert taught.values.tolist() == [[0.0], [1.0]]


def test_a_row_counts_for_every_class_that_it_may_be() -> None:
    taught = lesson(sample([1.0, 0.0]), np.array([[0.2, 0.8], [np.nan, np.nan]]), None)
    assert weights_of(taught, 2, 2) == [pytest.approx([0.1, 0.9]), [1.0, 0.0]]
    assert len(taught.target) == 3


def test_what_is_next_to_impossible_is_not_taught_and_its_share_goes_to_the_rest() -> None:
    taught = lesson(sample([0.0]), np.array([[0.799, 0.001, 0.2]]), None, share=1.0)
    assert weights_of(taught, 1, 3) == [pytest.approx([0.799 / 0.999, 0.0, 0.2 / 0.999])]
    assert set(taught.target) == {0.0, 2.0}


def test_weights_of_rows_weigh_both_and_those_of_classes_the_truth_alone() -> None:
    said, own = np.array([[0.5, 0.5]]), np.array([1.5])
    taught = lesson(sample([1.0], [3.0]), said, own)
    assert weights_of(taught, 1, 2) == [pytest.approx([0.375, 0.375 + 1.5])]
