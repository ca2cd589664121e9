"""Constants and identifiers."""

from __future__ import annotations

import polars as pl
import pytest

from fivefold.core.artefacts import Column, Role
from fivefold.core.protocols import CheckedTable, FindingCheck
from fivefold.data.findings.constants import ConstantColumns
from fivefold.data.findings.identifiers import IdentifierColumns
from fivefold.testing.findings import FindingSuite, checked, healthy

ROWS = 3000


def with_column(name: str, values: list[object], role: Role) -> CheckedTable:
    table = healthy("binary", ROWS)
    column = Column(name, role, "string", nullable=True)
    series = pl.Series(name, (values * ROWS)[:ROWS], dtype=pl.String)
    return checked("binary", table.frame.with_columns(series), (*table.contract.columns, column))


class TestConstantColumns(FindingSuite):
    name = "constants"

    def make(self) -> FindingCheck:
        return ConstantColumns()

    def troubled(self) -> CheckedTable:
        return with_column("same", ["a"], "constant")


class TestIdentifierColumns(FindingSuite):
    name = "identifiers"

    def make(self) -> FindingCheck:
        return IdentifierColumns()

    def troubled(self) -> CheckedTable:
        return with_column("token", [f"t{row}" for row in range(ROWS)], "identifier")


@pytest.mark.parametrize("values", [["a"], [None]])
def test_what_is_the_same_in_every_training_row_is_left_out(values: list[object]) -> None:
    (finding,) = ConstantColumns().inspect(with_column("same", values, "category"))
    assert finding.leave_out
    assert finding.columns == ("same",)


def test_a_value_and_gaps_are_no_constant() -> None:
    assert not ConstantColumns().inspect(with_column("flag", ["a", None], "category"))


def test_what_hardly_varies_is_named_and_kept() -> None:
    (finding,) = ConstantColumns().inspect(with_column("same", [*["a"] * 2998, "b", "c"], "category"))
    assert not finding.leave_out
    assert finding.figures["same"] == pytest.approx(2998 / 3000, abs=1e-5)


def test_many_constants_make_one_sentence() -> None:
    table = healthy("binary", 60)
    names = [f"c{number}" for number in range(9)]
    frame = table.frame.with_columns(pl.lit("x").alias(name) for name in names)
    columns = [Column(name, "constant", "string", nullable=False) for name in names]
    (finding,) = ConstantColumns().inspect(checked("binary", frame, columns))
    assert len(finding.columns) == 9
    assert "and 4 more columns have" in finding.what


def test_an_ordinary_category_is_no_identifier() -> None:
    assert not IdentifierColumns().inspect(
        with_column("district", [f"d{row // 3}" for row in range(ROWS)], "category")
    )
