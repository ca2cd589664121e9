"""Calibration: no alarm as long as answers mean what they meant, one when they no longer do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.measure.honest import answers
from tests.monitoring.honest import bent, honest_window

from fivefold.core.artefacts import OutOfFold, Task
from fivefold.core.protocols import Check
from fivefold.measure.out_of_fold import kept_out_of_fold
from fivefold.monitoring.checks.calibration import CalibrationCheck
from fivefold.testing.checks import CheckSuite, window

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")


class TestCalibrationCheck(CheckSuite):
    def make(self) -> Check:
        return CalibrationCheck()


def alarms(task: Task, rows: int, windows: int, *, shift: float = 0.0, first: int = 0) -> int:
    """Windows of a model that means what it says in which it is doubted."""
    given = (honest_window(task, rows=rows, seed=seed, shift=shift) for seed in range(first, first + windows))
    return sum(CalibrationCheck().inspect(one).verdict != "healthy" for one in given)


@pytest.mark.parametrize("task", TASKS)
def test_answers_that_mean_what_they_meant_are_hardly_ever_doubted(task: Task) -> None:
    found = {(rows, shift): alarms(task, rows, 4, shift=shift) for rows in (30, 100, 400) for shift in (0, 1)}
    # 24 windows at 1 %: two alarms have a chance below 3 %.
    assert sum(found.values()) <= 1, found


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("rows", [30, 100, 1_000, 5_000])
def test_of_100_windows_at_most_a_few_alarm(task: Task, rows: int) -> None:
    assert alarms(task, rows, 100, first=1_000) <= 4  # 1 % is promised; 5 would come about once in 300 times


@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize("bend", [0.2, 4.0])
def test_bent_probabilities_are_worth_a_watch(task: Task, bend: float) -> None:
    for seed in range(3):
        result = CalibrationCheck().inspect(honest_window(task, rows=400, seed=seed, bend=bend))
        assert result.verdict == "watch"
        assert "no longer mean what they say" in result.reason
        assert result.advice
        error, before = (float(result.figures[name] or 0) for name in ("calibration_error", "in_training"))
        assert error > before + 0.05


def test_numbers_that_lie_too_low_are_worth_a_watch() -> None:
    given = honest_window("regression", rows=200, seed=0)
    assert given.truth is not None
    result = CalibrationCheck().inspect(replace(given, truth=given.truth.with_columns(pl.col("truth") + 4.0)))
    assert result.verdict == "watch"
    assert "the numbers no longer mean what they say" in result.reason
    said, happened = (float(result.figures[name] or 0) for name in ("said", "happened"))
    assert happened - said == pytest.approx(4.0, abs=1.5)


def test_more_of_the_positive_class_than_was_said_is_seen() -> None:
    given = honest_window("binary", rows=300, seed=0)
    assert given.truth is not None
    turned = np.random.default_rng(0).random(300) < 0.3
    more = given.truth.with_columns(
        pl.when(pl.Series(turned)).then(pl.lit("yes")).otherwise("truth").alias("truth")
    )
    result = CalibrationCheck().inspect(replace(given, truth=more))
    assert result.verdict == "watch"
    assert "'yes' was said with" in result.reason


def test_probabilities_that_were_bent_in_training_already_are_no_news() -> None:
    truth, scores = answers("binary", 3_000, seed=1)
    bold = bent(scores, 4.0)
    reference = kept_out_of_fold(window("binary", rows=1).contract, truth, bold, bold, seed=0)
    given = honest_window("binary", rows=400, seed=0, bend=4.0)
    known = replace(given, reference=replace(given.reference, out_of_fold=reference))
    result = CalibrationCheck().inspect(known)
    assert result.verdict == "healthy"
    assert float(result.figures["in_training"] or 0) > 0.08
    better = honest_window("binary", rows=400, seed=0)
    put_right = replace(better, reference=known.reference)
    assert CalibrationCheck().inspect(put_right).verdict == "healthy"  # what has become better is no alarm


def test_a_harmless_bend_is_no_alarm_however_many_outcomes_prove_it() -> None:
    result = CalibrationCheck().inspect(honest_window("binary", rows=20_000, seed=0, bend=1.15))
    assert result.verdict == "healthy"


def test_29_outcomes_are_too_few_and_a_bundle_of_before_says_nothing() -> None:
    few = CalibrationCheck().inspect(honest_window("binary", rows=300, seed=0, bend=4.0, known=29))
    assert few.verdict == "unknown"
    assert "29 outcomes of the 30 needed" in few.reason
    given = honest_window("binary", rows=300, seed=0, bend=4.0)
    old = replace(given, reference=replace(given.reference, out_of_fold=OutOfFold()))
    result = CalibrationCheck().inspect(old)
    assert result.verdict == "unknown"
    assert "earlier version" in result.reason


def test_numbers_that_were_exact_are_not_doubted_for_their_last_digits() -> None:
    given = honest_window("regression", rows=200, seed=0)
    known = given.scores["value"]
    exact = np.linspace(1.0, 90.0, 500)
    reference = kept_out_of_fold(given.contract, exact, exact[:, None] + 1e-12, exact[:, None], seed=0)
    for off, verdict in ((1e-12, "healthy"), (0.5, "watch")):
        truth = pl.DataFrame({"truth": known + off})
        one = replace(given, truth=truth, reference=replace(given.reference, out_of_fold=reference))
        assert CalibrationCheck().inspect(one).verdict == verdict
