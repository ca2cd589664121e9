"""Splits by time, with a gap and with groups: nothing is learned from what was not yet known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.core.errors import InputError
from fivefold.data.rolling import gap_of
from fivefold.data.split import SET_ASIDE, TEST, Keys, Parts, Wish, part

TIMES = st.lists(st.integers(0, 60) | st.none(), min_size=60, max_size=300)
FOLDS = st.integers(1, 4)
START = datetime.fromisoformat("2020-01-01")


def days(times: list[int | None]) -> pl.Series:
    moments = [None if time is None else START + timedelta(days=time) for time in times]
    return pl.Series("when", moments, dtype=pl.Datetime("us"))


def rolled(
    time: pl.Series,
    groups: Sequence[str | None] | None = None,
    *,
    gap: str = "",
    folds: int = 3,
    share: float = 0.2,
) -> Parts | None:
    kind, group = ("time", "") if groups is None else ("time_group", "unit")
    wish = Wish(kind, "when", folds, share, "the test says so", group, gap)  # type: ignore[arg-type]
    names = None if groups is None else pl.Series("unit", groups, dtype=pl.String)
    return part(Keys(pl.Series(["a"] * time.len()), None, time, names), wish, 0)


def learned(parts: Parts, fold: int) -> np.ndarray:
    """Which rows the models of a fold learn from; of the fold after the last one, those of the last fit."""
    known = parts.parts >= 0
    return known & ((parts.parts < fold) if parts.since is None else (parts.since <= fold))


def check_counted(parts: Parts) -> None:
    """Every row has one part or a reason for having none."""
    split = parts.split
    assert sum(count for _, count in parts.aside) == int((parts.parts == SET_ASIDE).sum())
    assert split.train_rows == int((parts.parts >= 0).sum())
    assert split.test_rows == int((parts.parts == TEST).sum())
    for fold in range(1, split.folds + 1):
        assert (parts.parts == fold).any()
        assert learned(parts, fold).any()
    assert (learned(parts, split.folds + 1) == (parts.parts >= 0)).all()


@settings(max_examples=150, deadline=None)
@given(TIMES, FOLDS, st.integers(0, 15), st.booleans())
def test_a_gap_stands_before_everything_that_is_judged(
    times: list[int | None], folds: int, gap: int, dated: bool
) -> None:
    series = days(times) if dated else pl.Series("when", times, dtype=pl.Float64)
    parts = rolled(series, gap=(f"{gap}d" if dated else str(gap)) if gap else "", folds=folds)
    if parts is None:
        return
    check_counted(parts)
    when = np.array([np.nan if time is None else time for time in times])
    least = max(gap, 1)
    for fold, judged in [(fold, parts.parts == fold) for fold in range(1, parts.split.folds + 1)]:
        assert when[judged].min() - when[learned(parts, fold)].max() >= least
    sealed = parts.parts == TEST
    assert when[sealed].min() - when[parts.parts >= 0].max() >= least
    assert parts.split.gap == (gap * 86_400 if dated else gap)
    placed = ~np.isnan(when)
    assert (parts.parts[~placed] == SET_ASIDE).all()
    early = placed & (when <= when[sealed].min() - least)
    assert (parts.parts[early] >= 0).all(), "only the gap costs rows"


def test_a_gap_between_blocks_costs_the_last_fit_nothing() -> None:
    parts = rolled(pl.Series("when", range(1000)), gap="10")
    assert parts is not None
    assert dict(parts.aside) == {"less than 10 before the sealed part": 9}
    assert parts.since is not None
    assert [int(learned(parts, fold).sum()) for fold in (1, 2, 3)] == [
        int((parts.parts == 0).sum()) - 9,
        int(((parts.parts == 0) | (parts.parts == 1)).sum()) - 9,
        int(((parts.parts >= 0) & (parts.parts < 3)).sum()) - 9,
    ]
    assert learned(parts, 4).sum() == parts.split.train_rows


def test_a_gap_that_leaves_nothing_makes_no_split() -> None:
    assert rolled(pl.Series("when", range(100)), gap="90") is None


@pytest.mark.parametrize(
    ("gap", "dated"), [("7", True), ("7d", False), ("soon", True), ("-3", False), ("0", False)]
)
def test_a_gap_of_other_units_is_refused(gap: str, dated: bool) -> None:
    with pytest.raises(InputError, match="does not fit the time column 'when'"):
        gap_of(gap, dated=dated, column="when")


GROUPED = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 40)), min_size=80, max_size=400)


@settings(max_examples=150, deadline=None)
@given(GROUPED, FOLDS, st.sampled_from([0, 0, 5]), st.integers(0, 20))
def test_neither_time_nor_groups_reach_over_a_cut(
    rows: list[tuple[int, int]], folds: int, gap: int, stay: int
) -> None:
    """Groups come and go: each is seen from its number on for so many days at most."""
    times = [group * 2 + day % (stay + 1) for day, group in rows]
    groups = [f"g{group}" for _, group in rows]
    parts = rolled(pl.Series("when", times), groups, gap=str(gap) if gap else "", folds=folds)
    if parts is None:
        return
    check_counted(parts)
    when, units = np.array(times), np.array(groups)
    known = parts.parts >= 0
    pairs = [(parts.parts == TEST, known)]
    pairs += [(parts.parts == fold, learned(parts, fold)) for fold in range(1, parts.split.folds + 1)]
    for judged, basis in pairs:
        assert when[judged].min() - when[basis].max() >= max(gap, 1)
        assert not set(units[judged]) & set(units[basis])
    assert (parts.parts == SET_ASIDE).mean() <= 0.25 + (0.25 if gap else 0)


def test_later_rows_of_known_groups_are_counted_apart() -> None:
    times = np.arange(1000)
    groups = [f"g{time // 10}" for time in times]
    groups[990:] = ["g0"] * 10
    parts = rolled(pl.Series("when", times), groups)
    assert parts is not None
    assert dict(parts.aside) == {
        "later than the first sealed row, with a 'unit' that is known from before": 10
    }
    assert parts.split.test_rows == pytest.approx(200, abs=12)
    assert (parts.split.kind, parts.split.by, parts.split.group) == ("time_group", "when", "unit")
    assert parts.split.grouped_by == "unit"


def test_rows_without_a_group_are_new_at_any_time() -> None:
    parts = rolled(pl.Series("when", range(200)), [None] * 200)
    assert parts is not None
    assert not parts.aside
    assert parts.split.test_rows == 40


def test_groups_that_stay_for_ever_make_no_split_by_time_and_group() -> None:
    assert rolled(pl.Series("when", range(400)), [f"g{row % 20}" for row in range(400)]) is None


@pytest.mark.parametrize("groups", [None, ["a", "b"] * 50])
def test_rows_without_any_time_make_no_split(groups: list[str] | None) -> None:
    assert rolled(pl.Series("when", [None] * 100, dtype=pl.Datetime("us")), groups) is None


def test_years_and_other_numbers_are_times() -> None:
    years = [2000 + row // 50 for row in range(1000)]
    parts = rolled(pl.Series("when", years, dtype=pl.Int64), gap="1")
    assert parts is not None
    when = np.array(years)
    assert when[parts.parts == TEST].min() - when[parts.parts >= 0].max() == 1
    again = rolled(pl.Series("when", [float(year) for year in years]), gap="1")
    assert again is not None
    assert (again.parts == parts.parts).all()
