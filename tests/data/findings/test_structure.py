"""Copies, things that come back, time, gaps, drift and groups: the rules of the seam, and what each finding says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.data.findings import planted_filled as filled
from tests.data.findings import planted_leaks as leaks
from tests.data.findings import planted_structure as structure

from fivefold.core.registry import Registry
from fivefold.data.examples import HIDDEN
from fivefold.data.findings.drift import DriftInside
from fivefold.data.findings.duplicates import DuplicateRows
from fivefold.data.findings.filled_later import FilledLater
from fivefold.data.findings.groups import GroupsAcross
from fivefold.data.findings.missingness import TellingGaps
from fivefold.data.findings.near_duplicates import NearDuplicates
from fivefold.data.findings.pair_leaks import PairLeaks
from fivefold.data.findings.time_order import TimeOrder
from fivefold.data.findings.unbalanced_groups import UnbalancedGroups
from fivefold.testing.faults import bed, found
from fivefold.testing.findings import FindingSuite

if TYPE_CHECKING:
    from fivefold.core.protocols import CheckedTable, FindingCheck
    from fivefold.testing.faults import Planting

BINARY = 3
"""A seed whose bed has two classes and 1,000 rows."""


def planted(planting: Planting, seed: int = BINARY) -> CheckedTable:
    ground = bed(seed)
    planting(ground)
    return ground.table()


class TestPairLeaks(FindingSuite):
    name = "pair_leaks"

    def make(self) -> FindingCheck:
        return PairLeaks()

    def troubled(self) -> CheckedTable:
        return planted(leaks.part_of_a_ratio)


class TestNearDuplicates(FindingSuite):
    name = "near_duplicates"

    def make(self) -> FindingCheck:
        return NearDuplicates()

    def troubled(self) -> CheckedTable:
        return planted(structure.rows_with_noise)


class TestGroupsAcross(FindingSuite):
    name = "groups"

    def make(self) -> FindingCheck:
        return GroupsAcross()

    def troubled(self) -> CheckedTable:
        return planted(structure.customers)


class TestTimeOrder(FindingSuite):
    name = "time_order"

    def make(self) -> FindingCheck:
        return TimeOrder()

    def troubled(self) -> CheckedTable:
        return planted(structure.a_season)


class TestTellingGaps(FindingSuite):
    name = "missingness"

    def make(self) -> FindingCheck:
        return TellingGaps()

    def troubled(self) -> CheckedTable:
        return planted(structure.gaps_of_one_answer)


class TestFilledLater(FindingSuite):
    name = "filled_later"

    def make(self) -> FindingCheck:
        return FilledLater()

    def troubled(self) -> CheckedTable:
        return planted(filled.filled_for_some_of_one_class)


class TestDriftInside(FindingSuite):
    name = "drift"

    def make(self) -> FindingCheck:
        return DriftInside()

    def troubled(self) -> CheckedTable:
        return planted(structure.a_category_that_moves)


class TestUnbalancedGroups(FindingSuite):
    name = "unbalanced_groups"

    def make(self) -> FindingCheck:
        return UnbalancedGroups()

    def troubled(self) -> CheckedTable:
        return planted(structure.groups_that_decide)


def test_of_a_pair_the_column_that_says_more_or_the_later_date_is_left_out() -> None:
    (finding,) = found(PairLeaks(), leaks.two_dates, BINARY)
    assert finding.leave_out
    assert finding.columns == ("closed",)
    assert "difference of 'opened' and 'closed'" in finding.what
    assert len(finding.examples) == 3
    assert set(finding.examples[0]) == {"__row__", "opened", "closed", "outcome"}


def test_a_pair_is_not_named_when_one_of_it_leaks_alone() -> None:
    def both(ground: object) -> None:
        leaks.a_bent_copy(ground)  # type: ignore[arg-type]

    assert not found(PairLeaks(), both, BINARY)


def test_what_is_filled_for_one_answer_alone_is_left_out_when_there_is_much_of_it() -> None:
    (finding,) = found(FilledLater(), filled.filled_for_some_of_one_class, 6)
    assert finding.leave_out
    assert finding.columns == ("refunded_at",)
    (few,) = found(FilledLater(), filled.filled_for_some_of_one_class, 0, (("binary", 120),))
    assert not few.leave_out
    assert few.question


def test_what_is_nearly_only_filled_for_one_answer_is_left_out_with_what_the_rest_does_better_than() -> None:
    (finding,) = found(FilledLater(), filled.filled_but_for_a_few_wrong_cells, 6)
    assert (finding.leave_out, finding.severity, finding.columns) == (True, "severe", ("refunded_at",))
    assert 0.98 <= float(finding.figures["purity"] or 0) < 1.0
    assert 0.3 <= float(finding.figures["rest"] or 0) <= 0.9
    assert f"in {100 * float(finding.figures['rest'] or 0):.1f} %" in finding.what
    assert "[data.columns]" in finding.question


def test_what_others_say_as_well_is_asked_about_at_most() -> None:
    for finding in found(FilledLater(), filled.filled_where_others_say_so_too, 6):
        assert not finding.leave_out


def test_a_date_after_the_time_of_the_row_is_asked_about() -> None:
    (finding,) = found(FilledLater(), filled.dates_ahead, BINARY)
    assert (finding.columns, finding.leave_out) == (("closed",), False)
    assert "lies after 'since' in 100.0 %" in finding.what


def test_equal_rows_across_the_split_are_counted_and_asked_about() -> None:
    (finding,) = found(DuplicateRows(), structure.rows_twice, 6)
    assert int(finding.figures["sealed_rows"] or 0) > 0
    assert "sealed rows have an equal in training" in finding.what


def test_examples_hide_what_belongs_to_a_person() -> None:
    ground = bed(BINARY)
    ground.add("email", [f"a{number}@example.org" for number in range(ground.rows)], "text", form="email")
    ground.columns.insert(0, ground.columns.pop())  # an example shows the first columns only
    ground.repeat(40)
    (finding,) = DuplicateRows().inspect(ground.table())
    assert [row["email"] for row in finding.examples] == [HIDDEN] * len(finding.examples)
    assert all("@" not in str(value) for row in finding.examples for value in row.values())
    assert all(len(row) <= 9 for row in finding.examples)
    assert 2 <= len(finding.examples) <= 3


def test_sealed_rows_of_known_things_are_counted() -> None:
    (finding,) = found(GroupsAcross(), structure.customers, BINARY)
    assert finding.severity == "warning"
    assert "group column" in finding.question
    assert int(finding.figures["sealed_rows"] or 0) > 150
    table = planted(structure.customers)
    grouped = replace(table, split=replace(table.split, kind="group", by="customer_id"))
    assert not GroupsAcross().inspect(grouped)


def test_things_are_known_by_what_their_rows_share() -> None:
    (finding,) = found(GroupsAcross(), structure.machines_without_a_name, BINARY)
    assert "whose rows share 'age' and 'income'" in finding.what


@pytest.mark.parametrize(
    ("planting", "severity"),
    [(structure.a_season, "warning"), (structure.rows_in_the_order_of_a_date, "info")],
)
def test_rows_in_order_weigh_more_when_the_target_changes(planting: Planting, severity: str) -> None:
    (finding,) = found(TimeOrder(), planting, BINARY)
    assert finding.severity == severity
    assert "time column" in finding.question


def test_columns_that_are_missing_together_are_named_together() -> None:
    (finding,) = found(TellingGaps(), structure.gaps_in_several_columns, BINARY)
    assert finding.columns == ("answer0", "answer1", "answer2", "answer3")
    assert "of the rows without a value" in finding.what


def test_drift_names_what_moved_and_how() -> None:
    (finding,) = found(DriftInside(), structure.a_column_that_began_late, BINARY)
    assert finding.columns == ("new",)
    assert "missing in 100 % of the rows, then in 0 %" in finding.what
    (by_time,) = found(DriftInside(), structure.a_number_that_moves_in_time, BINARY)
    assert by_time.severity == "warning"
    assert "along 'since'" in by_time.what


def test_a_drift_of_a_personal_column_names_none_of_its_values() -> None:
    ground = bed(BINARY)
    lost = (np.arange(ground.rows) > 0.6 * ground.rows) & (np.arange(ground.rows) % 12 == 0)
    names = [f"surname-{number}" for number in ground.chance.integers(0, 4, ground.rows)]
    ground.add("owner", [None if gone else name for gone, name in zip(lost, names, strict=True)])
    table = ground.table()
    (finding,) = DriftInside().inspect(table)
    assert "'surname-" in finding.what
    columns = [replace(one, personal=one.name == "owner") for one in table.contract.columns]
    hidden = replace(table, contract=replace(table.contract, columns=tuple(columns)))
    (finding,) = DriftInside().inspect(hidden)
    assert finding.what.endswith("missing in 0 % of the rows, then in 8 %")


def test_groups_that_hold_most_rows_are_counted() -> None:
    (finding,) = found(UnbalancedGroups(), structure.a_few_large_groups, BINARY)
    assert float(finding.figures["share"] or 0) > 0.6
    assert float(finding.figures["effective_groups"] or 99) < 8


def test_a_wide_table_of_noise_raises_no_alarm() -> None:
    ground = bed(BINARY)
    for number in range(300):
        ground.add(f"n{number}", ground.chance.normal(size=ground.rows))
    ground.add("copy", np.asarray(ground.signal))
    table = ground.table()
    for check in (PairLeaks(), NearDuplicates(), DriftInside(), TellingGaps(), TimeOrder(), GroupsAcross()):
        assert not check.inspect(table)


@pytest.mark.parametrize("seed", range(3))
def test_odd_names_of_columns_hurt_no_check(seed: int) -> None:
    registry: Registry[type[FindingCheck]] = Registry("fivefold.findings")
    ground = bed(seed)
    for name in ("value", "rows", "len", "literal"):
        ground.add(name, ground.chance.poisson(2, ground.rows))
    table = ground.table()
    frame = table.frame.rename({"outcome": "count"})
    table = replace(table, frame=frame, contract=replace(table.contract, target="count"))
    for name in registry.names():
        registry.get(name)().inspect(table)


def test_a_difference_with_a_few_wrong_cells_is_left_out_and_a_law_of_nature_is_not() -> None:
    (finding,) = [
        one for one in found(PairLeaks(), leaks.part_of_a_difference_with_wrong_cells, 4) if one.leave_out
    ]
    assert finding.columns in {("before",), ("after",)}
    assert float(finding.figures["rest"] or 0) < 0.9
    assert f"{float(finding.figures['rest'] or 0):.4f} without" in finding.what
    assert "[data.columns]" in finding.question
    assert not any(one.leave_out for one in found(PairLeaks(), leaks.a_law_of_nature, 4))
