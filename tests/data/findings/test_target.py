"""Rows without a target, and classes that are rare."""

from __future__ import annotations

import polars as pl

from fivefold.core.protocols import CheckedTable, FindingCheck
from fivefold.data.findings.balance import RareClasses
from fivefold.data.findings.targets import RowsWithoutTarget
from fivefold.testing.findings import FindingSuite, checked, healthy


def rare(count: int, rows: int = 600) -> CheckedTable:
    """A table with so many rows of the class ``yes``."""
    table = healthy("binary", rows)
    outcome = pl.Series("outcome", ["yes"] * count + ["no"] * (rows - count))
    return checked("binary", table.frame.with_columns(outcome), table.contract.columns)


class TestRowsWithoutTarget(FindingSuite):
    name = "targets"

    def make(self) -> FindingCheck:
        return RowsWithoutTarget()

    def troubled(self) -> CheckedTable:
        table = healthy("binary")
        return checked(
            "binary", table.frame, table.contract.columns, removed=(("'outcome' is missing", 250),)
        )


class TestRareClasses(FindingSuite):
    name = "balance"

    def make(self) -> FindingCheck:
        return RareClasses()

    def troubled(self) -> CheckedTable:
        return rare(5)

    def test_it_survives_tables_of_hardly_any_rows_or_values(self) -> None:
        for rows in (0, 1, 5):
            assert RareClasses().inspect(healthy("multiclass", rows))


def test_rows_set_aside_are_counted_by_reason() -> None:
    table = healthy("binary")
    removed = (("'outcome' is missing", 2), ("'when' is missing", 98))
    few, many = RowsWithoutTarget().inspect(
        checked("binary", table.frame, table.contract.columns, removed=removed)
    )
    assert few.what == "In 2 of 850 rows 'outcome' is missing"
    assert (few.severity, few.question) == ("info", "")
    assert many.severity == "warning"
    assert many.question


def test_a_rare_class_is_named() -> None:
    few, share = RareClasses().inspect(rare(5))
    assert "'yes' (5)" in few.what
    assert few.severity == "warning"
    assert share.figures["share"] == 0.00833
    (only,) = RareClasses().inspect(rare(20))
    assert only.severity == "info"
    assert "3.33%" in only.what
    assert not RareClasses().inspect(rare(40))


def test_a_class_that_training_does_not_have_is_counted() -> None:
    (finding,) = [one for one in RareClasses().inspect(rare(0)) if one.severity == "warning"]
    assert "'yes' (0)" in finding.what
