"""Splits: nothing on two sides, groups never parted, time never looked ahead of, and the same for the same seed."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.core.artefacts import SplitKind
from fivefold.data.dealing import deal, deal_groups
from fivefold.data.split import SET_ASIDE, TEST, Keys, Parts, Wish, part
from fivefold.data.twins import row_hashes, twin_units

if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS = st.sampled_from(["a", "b", "c"])
FOLDS = st.integers(1, 5)
SEEDS = st.integers(0, 3)


def wish(kind: SplitKind, folds: int = 5, share: float = 0.2) -> Wish:
    return Wish(kind, "by" if kind not in {"random", "stratified"} else "", folds, share, "the test says so")


def numbered(rows: int) -> pl.DataFrame:
    """Features of which no two rows are equal."""
    return pl.DataFrame({"x": range(rows)})


def keys(labels: Sequence[str], by: pl.Series | None, asked: Wish, frame: pl.DataFrame | None = None) -> Keys:
    rows = numbered(len(labels)) if frame is None else frame
    timed = asked.time_column != ""
    return Keys(pl.Series(labels), lambda: row_hashes(rows), by if timed else None, None if timed else by)


def parted(
    labels: Sequence[str], by: pl.Series | None, asked: Wish, seed: int = 0, frame: pl.DataFrame | None = None
) -> Parts:
    parts = part(keys(labels, by, asked, frame), asked, seed)
    assert parts is not None
    return parts


def check_whole(parts: Parts, rows: int) -> None:
    """Every row has one part, and the split says how many have which."""
    split = parts.split
    assert parts.parts.shape == (rows,)
    assert split.test_rows == int((parts.parts == TEST).sum())
    assert split.train_rows == int((parts.parts >= 0).sum())
    assert split.train_rows + split.test_rows + int((parts.parts == SET_ASIDE).sum()) == rows
    validating = set(range(1, split.folds + 1))
    assert set(parts.parts.tolist()) - {TEST, SET_ASIDE, 0} <= validating
    if split.folds > 1 and not split.rolling:
        assert not (parts.parts == 0).any()


@settings(max_examples=60, deadline=None)
@given(st.lists(LABELS, min_size=30, max_size=300), FOLDS, SEEDS)
def test_a_stratified_split_keeps_the_shares_of_the_classes(labels: list[str], folds: int, seed: int) -> None:
    parts = parted(labels, None, wish("stratified", folds), seed)
    check_whole(parts, len(labels))
    classes = np.array(labels)
    for name in set(labels):
        here = parts.parts[classes == name]
        assert abs((here == TEST).sum() - 0.2 * here.size) <= 1
        train = here[here != TEST]
        shares = {fold: (train == fold).sum() for fold in range(1, folds + 1)}
        wanted = train.size / folds if folds > 1 else 0.2 * train.size
        assert all(abs(rows - wanted) <= 1 for rows in shares.values())


def test_a_class_of_hardly_any_rows_is_left_to_learn_from() -> None:
    labels = ["a"] * 100 + ["b", "c", "c"]
    parts = parted(labels, None, wish("stratified"))
    assert TEST not in parts.parts[100:].tolist()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 12), min_size=30, max_size=200),
    FOLDS,
    SEEDS,
    st.sampled_from(["group", "stratified_group"]),
)
def test_groups_are_never_on_two_sides(groups: list[int], folds: int, seed: int, kind: SplitKind) -> None:
    by = pl.Series([f"g{group}" for group in groups])
    labels = ["yes" if group % 3 else "no" for group in groups]
    asked = wish(kind, folds)
    parts = part(keys(labels, by, asked), asked, seed)
    if len(set(groups)) < 3:
        assert parts is None
        return
    assert parts is not None
    check_whole(parts, len(groups))
    for group in set(groups):
        assert len(set(parts.parts[np.array(groups) == group].tolist())) == 1
    present = set(parts.parts.tolist())
    assert {TEST, *range(1, parts.split.folds + 1)} <= present
    assert parts.split.folds > 1 or 0 in present


def test_groups_are_dealt_so_that_shares_and_classes_come_out_even() -> None:
    generator = np.random.default_rng(0)
    groups = generator.integers(0, 300, 3000)
    labels = np.where(generator.random(300)[groups] < 0.3, "yes", "no")
    by = pl.Series([f"g{group}" for group in groups])
    parts = parted(labels.tolist(), by, wish("stratified_group"))
    share = (labels == "yes").mean()
    for number, wanted in ((TEST, 0.2), (1, 0.16), (5, 0.16)):
        here = parts.parts == number
        assert here.mean() == pytest.approx(wanted, abs=0.02)
        assert (labels[here] == "yes").mean() == pytest.approx(share, abs=0.03)


def test_rows_without_a_group_stand_alone() -> None:
    by = pl.Series(["g"] * 10 + [None] * 90, dtype=pl.String)
    parts = parted(["a", "b"] * 50, by, wish("group"))
    assert len(set(parts.parts[:10].tolist())) == 1
    assert len(set(parts.parts[10:].tolist())) == 6


def test_very_many_groups_are_dealt_quickly_and_evenly() -> None:
    units = np.arange(60_000) // 2
    bins = deal_groups(units, np.zeros(60_000, dtype=np.int64), [0.2, 0.8], np.random.default_rng(0))
    assert (bins == 0).mean() == pytest.approx(0.2, abs=0.01)
    assert (bins[::2] == bins[1::2]).all()


TIMES = st.lists(st.integers(0, 40) | st.none(), min_size=30, max_size=200)


@settings(max_examples=100, deadline=None)
@given(TIMES, FOLDS, st.booleans())
def test_time_is_never_looked_ahead_of(times: list[int | None], folds: int, dates: bool) -> None:
    by = pl.Series("by", times, dtype=pl.Int64)
    if dates:
        start = datetime.fromisoformat("2020-01-01")
        moments = [None if when is None else start + timedelta(days=when) for when in times]
        by = pl.Series("by", moments, dtype=pl.Datetime("us"))
    asked = wish("time", folds)
    parts = part(keys(["a"] * len(times), by, asked), asked, 0)
    if parts is None:
        return
    check_whole(parts, len(times))
    when = np.array([-1 if moment is None else moment for moment in times])
    assert ((parts.parts == SET_ASIDE) == (when < 0)).all()
    blocks = [when[parts.parts == block] for block in (*range(parts.split.folds + 1), TEST)]
    assert all(block.size for block in blocks)
    for earlier, later in pairwise(blocks):
        assert earlier.max() < later.min()


def test_a_split_by_time_has_blocks_of_the_wanted_sizes() -> None:
    by = pl.Series(np.random.default_rng(0).permutation(1000))
    parts = parted(["a"] * 1000, by, wish("time", 3))
    sizes = [int((parts.parts == block).sum()) for block in (0, 1, 2, 3, TEST)]
    assert sizes == [320, 160, 160, 160, 200]
    one = parted(["a"] * 1000, by, wish("time", 1))
    assert [int((one.parts == block).sum()) for block in (0, 1, TEST)] == [640, 160, 200]


@pytest.mark.parametrize("times", [[1] * 60, [1] * 30 + [2] * 30, [1] + [2] * 58 + [3], [1, 2] + [3] * 58])
def test_a_time_that_most_rows_share_makes_no_split(times: list[int]) -> None:
    asked = wish("time", 3)
    assert part(keys(["a"] * 60, pl.Series(times), asked), asked, 0) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 500), min_size=100, max_size=200), FOLDS, SEEDS)
def test_equal_rows_stay_together_when_they_are_few(values: list[int], folds: int, seed: int) -> None:
    frame = pl.DataFrame({"x": values, "z": [None if value % 7 else "w" for value in values]})
    parts = parted(["a"] * len(values), None, wish("random", folds), seed, frame)
    check_whole(parts, len(values))
    _, twins = twin_units(frame)
    if not 0 < twins <= 0.2 * len(values):
        assert "equal to others" not in parts.split.why
        return
    assert f"; {twins} rows are equal to others, and stay on one side with them" in parts.split.why
    for value in set(values):
        assert len(set(parts.parts[np.array(values) == value].tolist())) == 1


@pytest.mark.parametrize("times", [2, 3, 4])
@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_copied_rows_stay_together_however_many_they_are(times: int, share: float) -> None:
    chance = np.random.default_rng(times)
    copied = chance.choice(600, round(600 * share), replace=False)
    order = chance.permutation(np.concatenate([np.arange(600), np.tile(copied, times - 1)]))
    labels = np.where(chance.random(600) < 0.3, "yes", "no")[order]
    parts = parted(labels.tolist(), None, wish("stratified"), frame=pl.DataFrame({"x": order}))
    check_whole(parts, order.size)
    assert f"; {times * copied.size:,} rows are equal to others, and stay" in parts.split.why
    sides = pl.DataFrame({"x": order, "part": parts.parts}).group_by("x").agg(pl.col("part").n_unique())
    assert sides["part"].max() == 1
    assert parts.split.test_rows == pytest.approx(0.2 * order.size, rel=0.05)


def test_rows_that_come_very_often_are_dealt_one_by_one_also_where_others_are_copies() -> None:
    often = np.concatenate([np.arange(600), np.arange(600), np.full(400, 1000)])
    parts = parted(["a"] * 1600, None, wish("random"), frame=pl.DataFrame({"x": often}))
    assert "; 1,200 rows are equal to others, and stay" in parts.split.why
    assert (parts.parts[:600] == parts.parts[600:1200]).all()
    assert len(set(parts.parts[1200:].tolist())) == 6


def test_conditions_that_are_measured_several_times_by_design_are_no_copies() -> None:
    frame = pl.DataFrame({"hour": np.arange(1680) % 24, "weekday": np.arange(1680) // 24 % 7})
    target = pl.Series(np.random.default_rng(0).normal(size=1680))
    parts = part(Keys(target, lambda: row_hashes(frame)), wish("random"), 0)
    assert parts is not None
    assert "equal to others" not in parts.split.why


def test_a_table_of_equal_rows_is_split_all_the_same() -> None:
    frame = pl.DataFrame({"x": [0, 1] * 100})
    parts = parted(["a", "b"] * 100, None, wish("stratified"), frame=frame)
    assert parts.split.test_rows == 40


def test_equal_rows_are_counted() -> None:
    units, twins = twin_units(pl.DataFrame({"x": [1, 2, 1, None, None], "z": ["a", "a", "a", "b", "b"]}))
    assert twins == 4
    assert units.tolist() == [0, 1, 0, 2, 2]
    assert twin_units(pl.DataFrame())[1] == 0


def test_the_same_seed_gives_the_same_split_and_another_one_another() -> None:
    labels = ["a", "b"] * 100
    first, again, other = (parted(labels, None, wish("stratified"), seed).parts for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_units_of_several_rows_are_dealt_whole() -> None:
    units = np.repeat(np.arange(50), 3)
    bins = deal(units, np.zeros(150, dtype=np.int64), [0.2, 0.8], np.random.default_rng(0))
    assert (bins.reshape(50, 3) == bins.reshape(50, 3)[:, :1]).all()
    assert (bins == 0).mean() == pytest.approx(0.2, abs=0.02)


def test_a_column_that_parts_equal_rows_moves_few_others_to_the_other_side() -> None:
    strata = np.random.default_rng(5).integers(0, 3, 1000)
    twins = np.concatenate([np.arange(990), np.arange(10)])
    shares = [0.2, 0.8]
    apart, together = (deal(units, strata, shares, np.random.default_rng(0)) for units in (None, twins))
    assert (together[:10] == together[990:]).all()
    assert (apart != together).mean() < 0.03
