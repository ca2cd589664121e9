"""Drift: rarely a false alarm, never blind to a real shift."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from fivefold.core.artefacts import CheckResult, Column, Contract
from fivefold.core.protocols import Check
from fivefold.core.window import Window
from fivefold.measure.sketch import sketch
from fivefold.monitoring.checks.drift import DriftCheck
from fivefold.testing.checks import CheckSuite, window

COLUMNS = 20
REFERENCE_ROWS = 2_000


class TestDriftCheck(CheckSuite):
    def make(self) -> Check:
        return DriftCheck()


def wide_table(rows: int, generator: np.random.Generator) -> pl.DataFrame:
    """Twenty columns of five shapes: normal, heavy-tailed, 20 categories, rare categories, small counts; some gaps."""
    columns = {}
    for position in range(COLUMNS):
        draw: list[Callable[[], np.ndarray]] = [
            lambda: generator.normal(size=rows),
            lambda: generator.standard_t(2, size=rows),
            lambda: generator.choice([f"kind {k}" for k in range(20)], size=rows),
            lambda: np.array([f"code {k}" for k in np.minimum(generator.zipf(1.5, size=rows), 300)]),
            lambda: generator.poisson(3, size=rows).astype(float),
        ]
        series = pl.Series(f"column {position}", draw[position % 5]())
        gaps = pl.Series(generator.random(rows) < (0.08 if position % 3 == 0 else 0.0))
        columns[series.name] = series.set(gaps, None)
    return pl.DataFrame(columns)


def wide_window(reference: pl.DataFrame, rows: pl.DataFrame, generator: np.random.Generator) -> Window:
    """A window of one table against a reference of another."""
    columns = tuple(
        Column(name, "category" if text else "number", "string" if text else "number", nullable=True)
        for name, text in ((name, reference[name].dtype == pl.String) for name in reference.columns)
    )
    contract = Contract("y", "binary", ("no", "yes"), "yes", columns)
    tested = generator.beta(2, 3, reference.height)
    answered = generator.beta(2, 3, rows.height)
    scores = pl.DataFrame({"probability: no": 1 - answered, "probability: yes": answered})
    sketched = sketch(reference, contract, np.column_stack([1 - tested, tested]))
    return Window(contract, sketched, "accuracy", 0.9, rows, scores, None)


def drifted(result: CheckResult) -> set[str]:
    return {line.column for line in result.drift if line.drifted}


def alarms(rows: int, windows: int) -> int:
    """Windows without any drift in which something is called drifted."""
    count = 0
    for number in range(windows):
        generator = np.random.default_rng([rows, number])
        reference, fresh = wide_table(REFERENCE_ROWS, generator), wide_table(rows, generator)
        count += bool(drifted(DriftCheck().inspect(wide_window(reference, fresh, generator))))
    return count


def test_a_window_without_drift_is_hardly_ever_called_drifted() -> None:
    windows = {50: 10, 100: 10, 200: 8, 500: 4}
    found = {rows: alarms(rows, number) for rows, number in windows.items()}
    # 32 windows at 5 % or less: more than 5 have a chance below 1 %.
    assert sum(found.values()) <= 5, found


@pytest.mark.slow
@pytest.mark.parametrize("rows", [50, 100, 200, 500, 1_000])
def test_of_200_windows_without_drift_at_most_6_percent_alarm(rows: int) -> None:
    # The rule promises 5 %; 200 windows tell that from twice as much, with a margin for luck.
    assert alarms(rows, 200) <= 0.06 * 200 + 2.4 * np.sqrt(200 * 0.05 * 0.95)


@pytest.mark.parametrize("rows", [100, 300, 1_000])
def test_a_shift_of_one_standard_deviation_is_found_and_nothing_else(rows: int) -> None:
    generator = np.random.default_rng(rows)
    reference, fresh = wide_table(REFERENCE_ROWS, generator), wide_table(rows, generator)
    moved = fresh.with_columns(pl.col("column 0") + 1.0)
    result = DriftCheck().inspect(wide_window(reference, moved, generator))
    assert result.verdict == "watch"
    assert drifted(result) == {"column 0"}
    assert result.drift[0].column == "column 0"
    assert "'column 0'" in result.reason


def test_a_harmless_shift_is_not_drift_however_many_rows_prove_it() -> None:
    plain = window("regression", rows=20_000, shift=0.1)
    line = next(line for line in DriftCheck().inspect(plain).drift if line.column == "age")
    assert line.q_value < 0.05
    assert not line.drifted


def test_a_rise_of_missing_values_is_drift_and_is_named() -> None:
    given = window("binary", rows=300)
    emptied = given.rows.with_columns(
        pl.when(pl.int_range(pl.len()) % 2 == 0).then(None).otherwise(pl.col("age")).alias("age")
    )
    result = DriftCheck().inspect(replace(given, rows=emptied))
    assert drifted(result) == {"age"}
    assert "missing in" in result.reason


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_shift_of_the_answers_alone_is_found(task: str) -> None:
    given = window(task, rows=400)  # type: ignore[arg-type]
    moved = {
        "binary": [pl.col("probability: yes") * 0.3],
        "multiclass": [pl.lit("low").alias("label")],
        "regression": [pl.col("value") + 30],
    }[task]
    result = DriftCheck().inspect(replace(given, scores=given.scores.with_columns(moved)))
    assert drifted(result) == {"(score)"}
    assert "the score" in result.reason


def test_49_rows_are_too_few_and_50_are_not() -> None:
    few, enough = (
        DriftCheck().inspect(window("binary", rows=49)),
        DriftCheck().inspect(window("binary", rows=50)),
    )
    assert few.verdict == "unknown"
    assert "too little data" in few.reason
    assert not few.drift
    assert enough.verdict == "healthy"
    assert len(enough.drift) == 5


def test_one_drifted_column_among_many_survives_the_correction() -> None:
    generator = np.random.default_rng(3)
    reference, fresh = (pl.DataFrame(generator.normal(size=(rows, 150))) for rows in (1_000, 400))
    moved = fresh.with_columns(pl.col("column_77") + 1.5)
    result = DriftCheck().inspect(wide_window(reference, moved, generator))
    assert drifted(result) == {"column_77"}


def test_a_column_that_training_never_saw_filled_does_not_break_the_check() -> None:
    generator = np.random.default_rng(4)
    reference = wide_table(500, generator).with_columns(pl.lit(None, dtype=pl.Float64).alias("column 0"))
    fresh = wide_table(200, generator)
    assert "column 0" in drifted(DriftCheck().inspect(wide_window(reference, fresh, generator)))


@pytest.mark.parametrize(
    ("categories", "seen", "rows"), [(100, 300, 1_000), (1_000, 2_000, 5_000), (300, 300, 200)]
)
def test_many_rare_categories_do_not_drift_by_being_rare(categories: int, seen: int, rows: int) -> None:
    alarms, found = 0, 0
    for number in range(8):
        generator = np.random.default_rng([categories, number])
        before, after = (
            pl.DataFrame({"code": [f"code {k}" for k in generator.integers(0, categories, size)]})
            for size in (seen, rows)
        )
        known = tuple(before["code"].value_counts(sort=True)["code"].to_list())
        plain = wide_window(before, after, generator)
        column = replace(plain.contract.columns[0], categories=known)
        given = replace(plain, contract=replace(plain.contract, columns=(column,)))
        alarms += "code" in drifted(DriftCheck().inspect(given))
        one_in_two = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit(known[0])).otherwise(pl.col("code"))
        moved = replace(given, rows=given.rows.with_columns(one_in_two.alias("code")))
        found += "code" in drifted(DriftCheck().inspect(moved))
    assert alarms <= 2  # three of eight would come about by chance once in 180 times
    assert found == 8


@pytest.mark.parametrize(("missing", "moved"), [(0, set()), (120, {"booked"})])
def test_a_date_moves_on_with_time_and_is_watched_only_for_being_there(missing: int, moved: set[str]) -> None:
    began = datetime(2026, 1, 1)  # noqa: DTZ001 - as the log reads them, UTC without a zone
    column = Column("booked", "date", "datetime", nullable=True)
    days = [began + timedelta(days=day % 365) for day in range(REFERENCE_ROWS)]
    taught = pl.DataFrame({"booked": days})
    later = pl.Series("booked", [began + timedelta(days=400 + day) for day in range(200)])
    asked = later.set(pl.int_range(200, eager=True) < missing, None).to_frame()
    given = wide_window(taught, asked, np.random.default_rng(0))
    contract = replace(given.contract, columns=(column,))
    sketched = replace(given.reference, columns=sketch(taught, contract, np.full((9, 2), 0.5)).columns)
    assert drifted(DriftCheck().inspect(replace(given, contract=contract, reference=sketched))) == moved
