"""Equal rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from fivefold.core.protocols import CheckedTable, FindingCheck
from fivefold.data.findings.duplicates import DuplicateRows
from fivefold.testing.findings import FindingSuite, checked, healthy


def repeated(times: int, of: int = 20) -> CheckedTable:
    """A healthy table whose first rows stand there several times more."""
    table = healthy("binary")
    again = table.frame.head(of)
    return checked("binary", pl.concat([table.frame, *[again] * times]), table.contract.columns)


class TestDuplicateRows(FindingSuite):
    name = "duplicates"

    def make(self) -> FindingCheck:
        return DuplicateRows()

    def troubled(self) -> CheckedTable:
        return repeated(1)

    def test_it_survives_tables_of_hardly_any_rows_or_values(self) -> None:
        table = healthy("binary", 60)
        gone = table.frame.with_columns(height=pl.lit(None, pl.Float64), weight=0.0, city=pl.lit("Graz"))
        (finding,) = DuplicateRows().inspect(checked("binary", gone, table.contract.columns))
        assert finding.figures["rows"] == 60
        assert not DuplicateRows().inspect(healthy("binary", 0))


def test_equal_rows_are_counted_once_each() -> None:
    (finding,) = DuplicateRows().inspect(repeated(2))
    assert finding.figures["rows"] == 60
    assert finding.severity == "info"
    assert finding.done == "equal rows were kept on one side of the split"


def test_it_says_when_the_split_could_not_mind_them() -> None:
    generator = np.random.default_rng(0)
    table = healthy("binary")
    coarse = table.frame.with_columns(
        height=pl.Series(generator.integers(0, 30, 600).astype(float)), weight=pl.lit(0.0)
    )
    (many,) = DuplicateRows().inspect(checked("binary", coarse, table.contract.columns))
    assert many.severity == "info"
    assert "this is how the table is" in many.done
    assert not many.tells_of_copies
    table = repeated(1)
    by_time = replace(table, split=replace(table.split, kind="time", by="height"))
    (finding,) = DuplicateRows().inspect(by_time)
    assert "split by" in finding.done


def test_a_table_recorded_twice_is_warned_of_with_the_number_of_copies() -> None:
    (twice,) = DuplicateRows().inspect(repeated(1, of=600))
    assert (twice.severity, twice.figures["copies"]) == ("warning", 600)
    assert "up to 600 training rows are copies" in twice.what
    assert twice.done == "equal rows were kept on one side of the split"
    assert twice.question
    assert twice.tells_of_copies


def test_copies_on_both_sides_are_told_of_as_such() -> None:
    table = healthy("binary")
    features = table.frame.select(column.name for column in table.contract.columns)
    parted = checked(
        "binary",
        pl.concat([table.frame, table.frame.head(400)]),
        table.contract.columns,
        sealed=features.tail(100),
    )
    (finding,) = DuplicateRows().inspect(parted)
    assert (finding.figures["copies"], finding.figures["sealed_rows"]) == (400, 100)
    assert finding.done == "nothing: the split did not know of them"
    timed = replace(parted, split=replace(parted.split, kind="time", by="height"))
    (by_time,) = DuplicateRows().inspect(timed)
    assert by_time.severity == "warning"
    assert "split by 'height'" in by_time.done


def test_what_names_rows_does_not_make_them_different() -> None:
    table = repeated(1)
    columns = [
        replace(column, role="identifier") if column.name == "height" else column
        for column in table.contract.columns
    ]
    numbered = table.frame.with_columns(height=pl.int_range(table.frame.height).cast(pl.Float64))
    (finding,) = DuplicateRows().inspect(checked("binary", numbered, columns))
    assert finding.figures["rows"] == 40
