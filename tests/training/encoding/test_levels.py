"""Levels are counted the same way each time."""

from __future__ import annotations

import polars as pl

from fivefold.training.encoding.levels import Levels, positions


def test_rare_levels_and_too_many_levels_get_no_place() -> None:
    levels = Levels.of(pl.Series(["a"] * 5 + ["b"] * 3 + ["c"] * 3 + ["d"]))
    assert levels.frequent(2, 10) == ("a", "b", "c")
    assert levels.frequent(1, 2) == ("a", "b")


def test_a_column_without_values_has_no_level() -> None:
    assert Levels.of(pl.Series([None, None], dtype=pl.String)).names == ()


def test_unknown_and_missing_values_have_places_of_their_own() -> None:
    values = pl.Series(["b", None, "z", "a"])
    assert positions(values, ("a", "b")).tolist() == [1, 3, 2, 0]
    assert positions(pl.Series([None], dtype=pl.String), ()).tolist() == [1]
