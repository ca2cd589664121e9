"""Estimate: near what comes where only the mix of rows has changed, and never more than a reason to look."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from tests.monitoring.honest import honest_window

from fivefold.core.artefacts import OutOfFold, Task
from fivefold.core.protocols import Check
from fivefold.core.window import Window
from fivefold.measure.metrics import metric_of, value
from fivefold.monitoring.answered import labelled_rows
from fivefold.monitoring.checks.estimate import EstimateCheck
from fivefold.report.figures import percent
from fivefold.testing.checks import CheckSuite

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")


class TestEstimateCheck(CheckSuite):
    def make(self) -> Check:
        return EstimateCheck()


def blind(given: Window) -> Window:
    """The same before any outcome is known."""
    return replace(given, truth=None)


def came(given: Window) -> float:
    """The headline metric that the outcomes give."""
    known = labelled_rows(given)
    assert known is not None
    return value(given.metric, given.contract.task, known.truth, known.scores)


def alarms(task: Task, rows: int, windows: int, *, first: int = 0) -> int:
    """Windows like training in which the estimate alarms."""
    given = (blind(honest_window(task, rows=rows, seed=seed)) for seed in range(first, first + windows))
    return sum(EstimateCheck().inspect(one).verdict != "healthy" for one in given)


@pytest.mark.parametrize("task", TASKS)
def test_windows_like_training_are_hardly_ever_called_harder(task: Task) -> None:
    found = {rows: alarms(task, rows, 4) for rows in (50, 200, 500)}
    assert sum(found.values()) <= 1, found


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("rows", [50, 200, 1_000, 5_000])
def test_of_100_windows_at_most_a_few_alarm(task: Task, rows: int) -> None:
    assert alarms(task, rows, 100, first=1_000) <= 5


@pytest.mark.parametrize(
    ("task", "metric"),
    [
        ("binary", "roc_auc"),
        ("binary", "accuracy"),
        ("binary", "f1"),
        ("multiclass", "log_loss"),
        ("regression", "rmse"),
    ],
)
def test_the_estimate_is_near_what_comes_when_the_rows_are_mixed_otherwise(task: Task, metric: str) -> None:
    for seed in range(3):
        given = honest_window(task, rows=2_000, seed=seed, shift=0.7, metric=metric)
        result = EstimateCheck().inspect(blind(given))
        assert result.figures["estimate"] == pytest.approx(came(given), rel=0.08, abs=0.03)
        assert f"{metric_of(metric).label} is about" in result.reason
        assert "no concept drift" in result.reason


def test_rows_that_are_harder_are_worth_a_watch_and_no_more() -> None:
    for seed in range(3):
        given = honest_window("regression", rows=400, seed=seed, shift=1.2)
        assert came(given) > 1.3 * given.sealed
        result = EstimateCheck().inspect(blind(given))
        assert result.verdict == "watch"
        assert "harder than those that it was tested on" in result.reason
        assert "--labels" in result.advice
        assert float(result.figures["estimate"] or 0) > 1.2 * given.sealed


def test_rows_that_are_easier_are_no_alarm() -> None:
    assert (
        EstimateCheck().inspect(blind(honest_window("multiclass", rows=400, seed=0, shift=1.0))).verdict
        == "healthy"
    )


def test_outcomes_of_half_of_the_rows_decide_and_the_estimate_says_how_right_it_was() -> None:
    few, many = (
        EstimateCheck().inspect(honest_window("regression", rows=400, seed=0, shift=1.2, known=known))
        for known in (199, 200)
    )
    assert (few.verdict, many.verdict) == ("watch", "healthy")
    told, real = (float(many.figures[name] or 0) for name in ("estimate_where_known", "realised"))
    assert told == pytest.approx(real, rel=0.15)
    assert "where the outcome is known it would have said" in many.reason


def test_outcomes_of_one_class_alone_are_not_set_beside_the_estimate() -> None:
    given = honest_window("binary", rows=200, seed=0, known=60)
    assert given.truth is not None
    only = given.truth.with_columns(pl.when(pl.col("truth").is_not_null()).then(pl.lit("no")).alias("truth"))
    result = EstimateCheck().inspect(replace(given, truth=only))
    assert "realised" not in result.figures
    assert "where the outcome is known" not in result.reason
    assert "where the outcome is known" in EstimateCheck().inspect(given).reason


def test_rows_outside_of_training_are_named() -> None:
    given = blind(honest_window("binary", rows=200, seed=0))
    old = given.rows.with_columns(
        pl.when(pl.int_range(pl.len()) < 30).then(130.0).otherwise("age").alias("age")
    )
    result = EstimateCheck().inspect(replace(given, rows=old))
    assert result.figures["outside_training"] == pytest.approx(0.15)
    assert f"{percent(0.15)} of the rows lie outside what training saw" in result.reason
    assert "outside what training saw" not in EstimateCheck().inspect(given).reason


def test_49_rows_are_too_few_and_a_bundle_of_before_says_nothing() -> None:
    few = EstimateCheck().inspect(blind(honest_window("binary", rows=49, seed=0)))
    assert few.verdict == "unknown"
    assert "49 predictions of the 50 needed" in few.reason
    given = blind(honest_window("binary", rows=300, seed=0))
    old = EstimateCheck().inspect(replace(given, reference=replace(given.reference, out_of_fold=OutOfFold())))
    assert old.verdict == "unknown"
    assert "earlier version" in old.reason
