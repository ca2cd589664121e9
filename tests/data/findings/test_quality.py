"""Checks of quality: each holds to the rules of the seam, and says what a person needs to act on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.data.findings import planted_quality as plant
from tests.data.findings import planted_words as words

from fivefold.core.artefacts import Finding, Split
from fivefold.core.protocols import CheckedTable, FindingCheck
from fivefold.data.findings.balance import RareClasses
from fivefold.data.findings.contradictions import ContradictoryLabels
from fivefold.data.findings.hindsight import Hindsight
from fivefold.data.findings.impossible import ImpossibleValues
from fivefold.data.findings.mojibake import Mojibake
from fivefold.data.findings.outliers import FarOutside
from fivefold.data.findings.personal import PersonalData
from fivefold.data.findings.spelling import SpellingVariants
from fivefold.data.findings.units import MixedUnits
from fivefold.data.findings.width import TooFewRows
from fivefold.data.findings.zeros import ZerosApart
from fivefold.testing.faults import Bed
from fivefold.testing.findings import FindingSuite, healthy

if TYPE_CHECKING:
    from fivefold.testing.faults import Planting


def planted(planting: Planting, rows: int = 1000) -> CheckedTable:
    bed = Bed("binary", rows, 3)
    planting(bed)
    return bed.table()


def said(check: FindingCheck, planting: Planting) -> Finding:
    """The one finding of a check on a planted table."""
    (finding,) = check.inspect(planted(planting))
    return finding


class TestContradictoryLabels(FindingSuite):
    name = "contradictions"

    def make(self) -> FindingCheck:
        return ContradictoryLabels()

    def troubled(self) -> CheckedTable:
        return planted(plant.copies_that_disagree)


class TestTooFewRows(FindingSuite):
    name = "width"

    def make(self) -> FindingCheck:
        return TooFewRows()

    def troubled(self) -> CheckedTable:
        return planted(plant.a_column_for_every_few_rows, 250)


class TestFarOutside(FindingSuite):
    name = "outliers"

    def make(self) -> FindingCheck:
        return FarOutside()

    def troubled(self) -> CheckedTable:
        return planted(plant.a_slip_of_the_keyboard)


class TestImpossibleValues(FindingSuite):
    name = "impossible"

    def make(self) -> FindingCheck:
        return ImpossibleValues()

    def troubled(self) -> CheckedTable:
        return planted(plant.a_negative_age)


class TestZerosApart(FindingSuite):
    name = "zeros"

    def make(self) -> FindingCheck:
        return ZerosApart()

    def troubled(self) -> CheckedTable:
        return planted(plant.pressures_that_nobody_took)


class TestHindsight(FindingSuite):
    name = "hindsight"

    def make(self) -> FindingCheck:
        return Hindsight()

    def troubled(self) -> CheckedTable:
        return planted(plant.an_end_and_a_duration)


class TestPersonalData(FindingSuite):
    name = "personal"

    def make(self) -> FindingCheck:
        return PersonalData()

    def troubled(self) -> CheckedTable:
        return planted(words.addresses_of_mail)


class TestMixedUnits(FindingSuite):
    name = "units"

    def make(self) -> FindingCheck:
        return MixedUnits()

    def troubled(self) -> CheckedTable:
        return planted(words.two_weights)


class TestMojibake(FindingSuite):
    name = "mojibake"

    def make(self) -> FindingCheck:
        return Mojibake()

    def troubled(self) -> CheckedTable:
        return planted(words.read_wrongly)


class TestSpellingVariants(FindingSuite):
    name = "spelling"

    def make(self) -> FindingCheck:
        return SpellingVariants()

    def troubled(self) -> CheckedTable:
        return planted(words.case_and_blanks)


def test_rows_that_contradict_each_other_are_shown_side_by_side() -> None:
    finding = said(ContradictoryLabels(), plant.copies_that_disagree)
    one, other = finding.examples[:2]
    assert one["outcome"] != other["outcome"]
    assert one["income"] == other["income"]
    assert one["__row__"] != other["__row__"]
    assert finding.figures["nearly_equal_rows"] == 0
    assert said(ContradictoryLabels(), plant.near_copies_that_disagree).figures["nearly_equal_rows"]


def test_an_outlier_is_shown_and_stays() -> None:
    finding = said(FarOutside(), plant.a_slip_of_the_keyboard)
    assert finding.columns == ("pressure",)
    assert [row["pressure"] for row in finding.examples] == [1200.0]
    assert finding.figures["rows"] == 1
    assert not finding.leave_out


def test_zeros_that_stand_apart_are_asked_about_once_for_all_columns() -> None:
    bed = Bed("binary", 1000, 3)
    plant.pressures_that_nobody_took(bed)
    plant.half_of_a_measure(bed)
    (finding,) = ZerosApart().inspect(bed.table())
    assert finding.columns == ("insulin", "pressure")
    assert '[data.columns."insulin"]' in finding.question
    assert "all others at least 35)" in finding.what
    assert not finding.leave_out


def test_the_name_of_a_column_rules_values_out() -> None:
    finding = said(ImpossibleValues(), plant.a_negative_age)
    assert "cannot be an age: -3 (1), 180 (1)" in finding.what
    assert {row["age"] for row in finding.examples} == {-3.0, 180.0}


def test_what_is_known_only_at_the_end_is_asked_about() -> None:
    found = Hindsight().inspect(planted(plant.an_end_and_a_duration))
    assert {finding.columns[0] for finding in found} == {"end_time", "duration"}
    assert not any(finding.leave_out for finding in found)
    assert all(finding.question for finding in found)


def test_a_word_that_is_often_innocent_counts_where_the_column_says_much() -> None:
    bed = Bed("binary", 1000, 3)
    bed.add("duration", bed.signal * 3 + bed.chance.normal(0, 1, bed.rows))
    (finding,) = Hindsight().inspect(bed.table())
    assert finding.columns == ("duration",)
    assert "says much about" in finding.what


@pytest.mark.parametrize("planting", [words.addresses_of_mail, words.payment_cards, words.mail_within_notes])
def test_personal_values_are_never_shown(planting: Planting) -> None:
    table = planted(planting)
    found = PersonalData().inspect(table)
    assert found
    for finding in found:
        (name,) = finding.columns
        assert finding.examples
        assert all(row[name] == "(hidden)" for row in finding.examples)
        assert "drift cannot be watched" in finding.done
        values = {str(value) for value in table.frame[name].to_list()}
        assert not any(value in finding.what for value in values)


def test_a_spelling_is_said_with_what_it_stands_for() -> None:
    finding = said(SpellingVariants(), words.a_letter_missing)
    assert "'Viena' for 'Vienna'" in finding.what
    assert finding.figures["letters"] == 1


@pytest.mark.parametrize("pair", [("inf", "-inf"), ("AB-", "AB")])
def test_a_sign_at_the_end_of_a_word_is_no_spelling(pair: tuple[str, str]) -> None:
    def signed(bed: Bed) -> None:
        bed.add("sign", [pair[row % 9 == 0] for row in range(bed.rows)])

    def hyphened(bed: Bed) -> None:
        bed.add("sign", [("x-ray", "x ray")[row % 9 == 0] for row in range(bed.rows)])

    assert not SpellingVariants().inspect(planted(signed))
    assert "'x ray' for 'x-ray'" in said(SpellingVariants(), hyphened).what


def test_a_unit_is_counted_under_one_name() -> None:
    finding = said(MixedUnits(), words.two_weights)
    assert finding.figures["in kg"]
    assert finding.figures["in lb"]
    assert "weights in 2 units" in finding.what


def test_mojibake_is_said_with_what_was_meant() -> None:
    assert (
        "'cafÃ©' for 'café'" in said(Mojibake(), words.read_wrongly).what
        or "'Ã¼ber' for 'über'" in said(Mojibake(), words.read_wrongly).what
    )


def test_a_class_that_the_sealed_part_lacks_is_named() -> None:
    table = replace(healthy("multiclass"), sealed_classes={"high": 40, "low": 50, "middle": 0})
    (finding,) = RareClasses().inspect(table)
    assert "not in the sealed part" in finding.what
    assert "'middle'" in finding.what


def test_a_class_of_fewer_rows_than_folds_cannot_be_in_each() -> None:
    table = healthy("multiclass")
    frame = table.frame.with_columns(
        outcome=pl.when((pl.col("outcome") == "high") & (pl.col("__row__") > 10))
        .then(pl.lit("low"))
        .otherwise(pl.col("outcome"))
    )
    (finding,) = RareClasses().inspect(replace(table, frame=frame))
    assert "cannot be in each of the 5 folds" in finding.what
    assert finding.examples


def test_a_pile_at_zero_is_asked_about() -> None:
    bed = Bed("regression", 1000, 3)
    plant.few_of_a_class(bed)
    (finding,) = RareClasses().inspect(bed.table())
    assert finding.figures["amount"] == 0.0
    assert "two questions" in finding.question


def test_a_small_sealed_part_is_said_with_how_unsure_it_is() -> None:
    table = healthy("binary", 100)
    (finding,) = TooFewRows().inspect(replace(table, split=Split("random", None, 5, False, 100, 25, "")))
    assert "uncertain by up to 20 points" in finding.what
    assert finding.severity == "warning"
