"""Rows are drawn as they were split: whole groups, and none that does not count."""

from __future__ import annotations

import numpy as np

from fivefold.core.objective import Objective
from fivefold.training.judged import Judged

SQUARED = Objective("squared_error")


def test_groups_are_drawn_whole() -> None:
    groups = np.repeat(np.arange(30), 4)
    rows = Judged(SQUARED, np.zeros(120), groups=groups).draw(1_000, np.random.default_rng(0))
    times = np.bincount(rows, minlength=120).reshape(30, 4)
    assert (times == times[:, :1]).all()
    assert len(np.unique(times)) > 2


def test_rows_without_weight_are_not_drawn() -> None:
    weight = np.repeat([0.0, 1.0], 50)
    rows = Judged(SQUARED, np.zeros(100), weight).draw(1_000, np.random.default_rng(0))
    assert rows.min() >= 50
    assert rows.size == 50


def test_very_many_rows_are_not_all_drawn() -> None:
    judged = Judged(SQUARED, np.zeros(10_000))
    assert judged.draw(700, np.random.default_rng(0)).size == 700
    grouped = Judged(SQUARED, np.zeros(10_000), groups=np.arange(10_000) // 10)
    assert grouped.draw(700, np.random.default_rng(0)).size == 700
