"""Which rows a fold learns from, and which it is judged on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.training.stages import Stage

from fivefold.core.artefacts import FOLD, SINCE
from fivefold.training import rows as module
from fivefold.training.rows import ALL, TrainingRows, stretches_of

Make = Callable[..., Stage]


@pytest.mark.parametrize(
    ("kind", "folds"), [("random", 3), ("group", 3), ("random", 1), ("time", 3), ("time_group", 3)]
)
def test_no_fold_is_judged_on_what_it_learned_from(stage: Make, kind: str, folds: int) -> None:
    rows = TrainingRows(stage("regression", kind=kind, folds=folds).terms())
    assert sorted(rows.order) == list(range(1, folds + 1))
    for fold in rows.order:
        assert not set(rows.learned(fold)) & set(rows.judged(fold))
    assert rows.learned(ALL).size == rows.target.size == 240


def test_rolling_folds_learn_only_from_what_came_before(stage: Make) -> None:
    rows = TrainingRows(stage("regression", kind="time", folds=3).terms())
    assert rows.order == (3, 2, 1)
    assert rows.growth == 1.0
    for fold in rows.order:
        assert rows.learned(fold).max() < rows.judged(fold).min()


@pytest.mark.parametrize(
    ("kind", "folds", "late"), [("time", 3, [3, 2]), ("time", 1, [1]), ("group", 3, [1, 2, 3])]
)
def test_the_first_rolling_folds_are_not_late(stage: Make, kind: str, folds: int, late: list[int]) -> None:
    rows = TrainingRows(stage("regression", kind=kind, folds=folds).terms())
    assert [fold for fold in rows.order if rows.late(fold)] == late


def test_a_model_of_all_rows_bears_more_rounds(stage: Make) -> None:
    assert TrainingRows(stage("binary", folds=3).terms()).growth == pytest.approx(1.5)


def test_classes_are_counted_in_the_contracts_order(stage: Make) -> None:
    place = stage("multiclass")
    rows = TrainingRows(place.terms())
    names = pl.read_parquet(place.dataset.folder / "train.parquet")["outcome"].to_list()
    assert [rows.terms.contract.classes[int(number)] for number in rows.target] == names


def test_a_fold_is_judged_on_so_many_rows_at_most(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_JUDGED", 20)
    rows = TrainingRows(stage("binary").terms())
    judged = rows.judged(1)
    assert judged.size == 20
    assert (np.diff(judged) > 0).all()
    assert (judged == TrainingRows(rows.terms).judged(1)).all()


@pytest.mark.parametrize("kind", ["group", "stratified_group", "time_group"])
def test_groups_are_read_where_rows_were_split_by_them(stage: Make, kind: str) -> None:
    rows = TrainingRows(stage("binary", kind=kind).terms())
    assert rows.groups is not None
    assert rows.groups.size == rows.target.size
    assert rows.groups[0] == "person 0"


def test_rows_that_are_learned_from_late_are_kept_from_the_folds_before(stage: Make) -> None:
    place = stage("regression", kind="time_group")
    path = place.dataset.folder / "train.parquet"
    frame = pl.read_parquet(path)
    in_gap = (frame[FOLD] == 1).to_numpy() & (np.arange(frame.height) % 2 == 0)
    frame.with_columns(pl.Series(SINCE, frame[SINCE].to_numpy() + in_gap.astype(np.int8))).write_parquet(path)
    rows = TrainingRows(place.terms())
    assert not set(np.flatnonzero(in_gap)) & set(rows.learned(2))
    assert set(np.flatnonzero(in_gap)) <= set(rows.learned(3))
    assert set(np.flatnonzero(in_gap)) <= set(rows.judged(1))


def test_stretches_of_time_follow_each_other_and_part_no_moment(stage: Make) -> None:
    place = stage("regression", kind="time")
    path = place.dataset.folder / "test.parquet"
    found = stretches_of(path, place.terms())
    assert found is not None
    days = pl.read_parquet(path)["day"].to_numpy()
    order = np.argsort(days)
    assert (np.diff(found[order]) >= 0).all()
    assert found.min() == 0
    assert 20 < np.unique(found).size <= found.max() + 1 <= 30
    assert all(np.unique(found[days == day]).size == 1 for day in days)


def test_without_a_time_among_the_columns_there_are_no_stretches(stage: Make) -> None:
    place = stage("regression", kind="time")
    path, terms = place.dataset.folder / "test.parquet", place.terms()
    columns = tuple(column for column in terms.contract.columns if column.name != "day")
    assert stretches_of(path, replace(terms, contract=replace(terms.contract, columns=columns))) is None
    split = replace(terms.split, kind="random", by=None)
    assert stretches_of(path, replace(terms, split=split)) is None


@pytest.mark.parametrize(("moments", "drawn"), [(1, False), (3, False), (8, True)])
def test_rows_of_few_moments_have_no_stretches(
    stage: Make, tmp_path: Path, moments: int, drawn: bool
) -> None:
    terms = stage("regression", kind="time").terms()
    pl.DataFrame({"day": [row % moments for row in range(60)]}).write_parquet(tmp_path / "test.parquet")
    found = stretches_of(tmp_path / "test.parquet", terms)
    assert (found is not None) == drawn
    assert found is None or np.unique(found).size == moments


def test_of_very_many_rows_a_stretch_stays_short(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_STRETCH", 1)
    place = stage("regression", kind="time")
    found = stretches_of(place.dataset.folder / "test.parquet", place.terms())
    assert found is not None
    assert found.max() > 30
