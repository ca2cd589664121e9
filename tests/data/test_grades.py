"""A target of grades: its classes stand from low to high, as everybody knows them or as the person says."""

from __future__ import annotations

import numpy as np
import polars as pl
from tests.data.journey import make

from fivefold.core.extract import ColumnWish

ROWS = 300


def table(grades: tuple[str, ...]) -> pl.DataFrame:
    """A feature, and a target of these words."""
    x = np.random.default_rng(0).normal(size=ROWS)
    return pl.DataFrame({"x": x, "y": [grades[row % len(grades)] for row in range(ROWS)]})


def test_grades_are_classes_from_low_to_high() -> None:
    grades = ("low", "medium", "high", "very high")
    contract = make(table(grades), "y", "multiclass").dataset.contract
    assert (contract.classes, contract.ordered) == (grades, True)


def test_the_person_may_say_the_order_of_classes() -> None:
    levels = ("seed", "leaf", "bud")
    frame = table(levels)
    contract = make(frame, "y", "multiclass").dataset.contract
    assert (contract.classes, contract.ordered) == (("bud", "leaf", "seed"), False)
    wishes = {"y": ColumnWish(levels=levels)}
    contract = make(frame, "y", "multiclass", wishes=wishes).dataset.contract
    assert (contract.classes, contract.ordered) == (levels, True)
