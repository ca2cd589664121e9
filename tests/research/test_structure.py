"""Order in time and groups: named, seen, hinted at, or not there."""

from __future__ import annotations

import pytest
from tests.research.profiles import ROWS, binary, column, dates, decided, regression, value

from fivefold.core.artefacts import ColumnProfile, PlanItem, Profile, Question
from fivefold.core.errors import SettingsError
from fivefold.core.extract import DataSettings
from fivefold.research.decision import Decision
from fivefold.research.structure import structure_of

Q = Question("y")


def person(name: str, distinct: int, **other: object) -> ColumnProfile:
    return column(name, "category", "string", distinct=distinct, **other)


def test_a_plain_table_has_neither() -> None:
    found = structure_of(Q, binary(), {})
    assert (found.time.fact, found.group.fact) == (False, False)


@pytest.mark.parametrize("share", [0.97, 0.01], ids=["rising", "falling"])
def test_a_date_that_orders_the_rows_is_seen(share: float) -> None:
    time = structure_of(Q, binary(dates("when", ordered=share)), {}).time
    assert (time.column, time.fact, time.by_person) == ("when", True, False)
    assert "when" in time.why


def test_dates_in_no_order_are_a_hint_and_the_person_may_confirm_or_refuse_it() -> None:
    table = binary(dates("when", ordered=0.5))
    hint = structure_of(Q, table, {}).time
    assert (hint.column, hint.candidate, hint.fact) == (None, "when", None)
    assert structure_of(Q, table, {"time_ordered": True}).time.column == "when"
    assert structure_of(Q, table, {"time_ordered": False}).time.fact is False
    ordered = binary(dates("when", ordered=1.0))
    assert structure_of(Q, ordered, {"time_ordered": False}).time.fact is False


@pytest.mark.parametrize(
    "useless",
    [
        column("when", "date", "datetime", distinct=2, sorted_share=1.0),
        column("when", "date", "datetime", distinct=ROWS, sorted_share=1.0, missing=ROWS // 2),
        column("when", "number", "number", distinct=ROWS, sorted_share=1.0),
        column("date_of_birth", "date", "datetime", distinct=ROWS, sorted_share=1.0),
    ],
    ids=["two days", "half empty", "no date", "birthdays"],
)
def test_what_is_no_date_of_every_row_orders_nothing(useless: ColumnProfile) -> None:
    assert structure_of(Q, binary(useless), {}).time.fact is False


@pytest.mark.parametrize(
    "name", ["patient_id", "PatientId", "customer", "customer no", "id", "USER_ID", "personid"]
)
def test_a_person_who_comes_back_is_a_group(name: str) -> None:
    group = structure_of(Q, binary(person(name, 1_000)), {}).group
    assert group.column == name
    assert "3.0 rows each" in group.why


@pytest.mark.parametrize(
    "other",
    [
        person("patient_id", ROWS),
        person("patient_id", 2_900),
        person("family_size", 1_000),
        person("paid", 1_000),
        person("patient_id", 1_000, missing=1_000),
        column("patient", "text", "string", distinct=1_000),
        person("member", 2),
    ],
    ids=["each row its own", "hardly ever twice", "a size", "a word", "a third empty", "text", "yes or no"],
)
def test_what_does_not_come_back_or_is_no_unit_is_no_group(other: ColumnProfile) -> None:
    assert structure_of(Q, binary(other), {}).group.fact is False


def test_few_units_or_places_are_a_hint() -> None:
    for name, distinct in (("store_id", 40), ("hospital", 300), ("customer", 20)):
        group = structure_of(Q, binary(person(name, distinct)), {}).group
        assert (group.column, group.candidate) == (None, name)
        confirmed = structure_of(Q, binary(person(name, distinct)), {"group_key": True}).group
        assert (confirmed.column, confirmed.by_person) == (name, True)


def test_what_the_person_names_is_taken() -> None:
    question = Question("y", time_column="x", group_column="z")
    found = structure_of(question, binary(column("x"), column("z")), {"group_key": False})
    assert (found.time.column, found.group.column) == ("x", "z")
    assert found.time.by_person
    assert found.group.by_person


def split(profile: Profile, insisted: str = "") -> tuple[object, ...]:
    """Kind, column and groups of the split that the plan chooses."""
    decision = decided(profile, said=DataSettings(split=insisted))
    return tuple(value(decision, f"split.{key}") for key in ("kind", "by", "group"))


def test_time_and_groups_come_before_either_and_either_before_chance() -> None:
    when, who = dates("when", ordered=1.0), person("patient_id", 1_000)
    assert split(binary(when, who)) == ("time_group", "when", "patient_id")
    assert split(binary(when)) == ("time", "when", "")
    assert split(binary(who)) == ("stratified_group", "patient_id", "")
    assert split(regression(who)) == ("group", "patient_id", "")
    assert split(binary()) == ("stratified", "", "")
    assert split(regression()) == ("random", "", "")


def test_what_is_named_is_joined_with_what_is_seen() -> None:
    table = binary(dates("when", ordered=1.0), column("unit"))
    named = decided(table, question=Question("y", group_column="unit"))
    assert (value(named, "split.kind"), value(named, "split.by")) == ("time_group", "when")
    assert item(named).decided_by == "rule"
    both = decided(table, question=Question("y", group_column="unit", time_column="when"))
    assert item(both).decided_by == "user"


def test_evidence_for_groups_supports_a_split_that_keeps_groups_and_more() -> None:
    decision = decided(binary(person("patient_id", 1_000)))
    assert "saeb2017" in item(decision).because
    assert not item(decision).overruled


def test_the_person_may_insist_on_any_split_whose_column_is_known() -> None:
    table = binary(dates("when", ordered=1.0), person("patient_id", 1_000))
    assert split(table, "time") == ("time", "when", "")
    assert split(table, "group") == ("stratified_group", "patient_id", "")
    assert split(table, "random") == ("random", "", "")
    assert split(binary(dates("when", ordered=0.5)), "time") == ("time", "when", "")
    insisted = item(decided(table, said=DataSettings(split="random")))
    assert insisted.decided_by == "user"
    assert "'when' orders the rows and 'patient_id' groups the rows" in insisted.why
    assert insisted.overruled
    assert split(regression(), "stratified")[0] == "random"


def test_a_split_without_its_column_is_refused() -> None:
    with pytest.raises(SettingsError, match="needs a time column"):
        split(binary(), "time")
    with pytest.raises(SettingsError, match="needs a group column"):
        split(binary(dates("when", ordered=1.0)), "time_group")


def test_the_gap_is_what_the_person_says() -> None:
    assert value(decided(binary()), "split.gap") == ""
    assert value(decided(binary(), said=DataSettings(gap="7d")), "split.gap") == "7d"


def item(decision: Decision) -> PlanItem:
    """The plan's word about the split."""
    return next(one for one in decision.plan if one.key == "split.kind")
