"""Limits: what lies outside of what training saw."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from fivefold.core.artefacts import Column
from fivefold.runtime.limits import beyond, limit_of

AGE = Column("age", "number", "number", nullable=True, minimum=18.0, maximum=94.0)
CITY = Column("city", "category", "string", nullable=True, categories=("Oslo", "Rome"))
LEVEL = Column("level", "ordinal", "string", nullable=True, categories=("low", "mid"))


def test_numbers_outside_of_the_range_are_told() -> None:
    values = pl.Series([17.9, 18.0, None, 94.0, 94.1])
    assert beyond(values, AGE).to_list() == [True, False, False, False, True]


def test_unseen_categories_and_levels_are_told() -> None:
    assert beyond(pl.Series(["Oslo", None, "oslo"]), CITY).to_list() == [False, False, True]
    assert beyond(pl.Series(["low", "high"]), LEVEL).to_list() == [False, True]


def test_what_has_no_limit_is_never_outside() -> None:
    day = Column("on", "date", "datetime", nullable=True, minimum=0.0, maximum=1.0)
    for column in (
        replace(CITY, complete=False),
        replace(CITY, categories=()),
        day,
        replace(AGE, minimum=None),
    ):
        assert limit_of(column) is None
        assert beyond(pl.Series(["x", None]), column).to_list() == [False, False]


def test_no_values_are_no_trouble() -> None:
    assert beyond(pl.Series([], dtype=pl.Float64), AGE).to_list() == []
    assert beyond(pl.Series([None, None], dtype=pl.String), CITY).to_list() == [False, False]
