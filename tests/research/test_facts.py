"""Facts are what the table, the budget and the person say, and nothing else."""

from __future__ import annotations

import pytest
from tests.research.profiles import binary, column, decided, multiclass, regression

from fivefold.core.artefacts import Question
from fivefold.core.errors import PartError, SettingsError
from fivefold.core.extract import DataSettings
from fivefold.research.domain import domains_of, tokens
from fivefold.research.facts import FACTS, check_condition, read_answers
from fivefold.research.predicates import parse_condition


def test_a_table_is_counted() -> None:
    table = binary(
        column("id", "identifier", "string", distinct=3_000),
        column("always", "constant"),
        column("age", missing=300, heavy_tailed=True),
        column("height"),
        column("city", "category", "string", distinct=70),
        column("note", "text", "string", distinct=2_900),
        share=0.1,
    )
    facts = decided(table).facts
    assert facts["n_rows"] == 3_000
    assert facts["n_features"] == 4
    assert facts["n_classes"] == 2
    assert facts["minority_share"] == 0.1
    assert facts["events_per_variable"] == pytest.approx(300 / 4)
    assert facts["missing_share"] == pytest.approx(300 / 12_000)
    assert facts["max_cardinality"] == 70
    assert facts["has_text"] is True
    assert facts["heavy_tailed_share"] == 0.5


def test_what_the_model_must_not_use_is_not_counted() -> None:
    table = regression(
        column("age"), column("lat"), column("lon"), column("weight"), column("note", "text", "string")
    )
    said = DataSettings(exclude=("lat", "note"))
    facts = decided(table, question=Question("y", weight_column="weight"), said=said).facts
    assert (facts["n_features"], facts["has_text"], facts["spatial"]) == (2, False, False)
    assert decided(table, said=DataSettings(include=("age",))).facts["n_features"] == 1


def test_a_table_of_nothing_but_identifiers_is_counted_too() -> None:
    facts = decided(binary(column("id", "identifier", "string"))).facts
    assert facts["n_features"] == 0
    assert facts["missing_share"] == 0.0
    assert facts["max_cardinality"] == 0


def test_a_number_has_no_classes_and_no_probabilities() -> None:
    facts = decided(regression(), answers={"probabilities_needed": True}).facts
    assert facts["n_classes"] == 0
    assert facts["minority_share"] is None
    assert facts["probabilities_needed"] is False


def test_budget_and_deployment_are_facts() -> None:
    facts = decided(regression(), budget="10min", latency="20ms", deploys=True).facts
    assert (facts["budget_s"], facts["latency_ms"], facts["deploy"]) == (600.0, 20.0, True)
    assert decided(regression()).facts["latency_ms"] is None


def test_a_stated_latency_wins_over_an_answered_one() -> None:
    assert decided(regression(), latency="20ms", answers={"latency_ms": 900}).facts["latency_ms"] == 20.0
    assert decided(regression(), answers={"latency_ms": 900}).facts["latency_ms"] == 900.0


def test_what_only_the_person_knows_is_unknown_until_they_say_it() -> None:
    assert decided(binary()).facts["drift_expected"] is None
    assert decided(binary(), answers={"drift_expected": "no"}).facts["drift_expected"] is False


def test_a_protected_attribute_is_known_by_its_name_and_the_person_may_correct_it() -> None:
    table = binary(column("personal_status_sex", "category", "string", distinct=4))
    assert decided(table).facts["sensitive_attributes"] is True
    assert decided(table, answers={"sensitive_attributes": False}).facts["sensitive_attributes"] is False
    assert decided(binary(column("sextant"))).facts["sensitive_attributes"] is None


def test_a_place_on_the_map_needs_both_coordinates() -> None:
    assert decided(regression(column("lat"), column("Longitude"))).facts["spatial"] is True
    assert decided(regression(column("lat"))).facts["spatial"] is False


def test_every_fact_is_given_and_has_a_label() -> None:
    for table in (binary(), multiclass(), regression()):
        assert list(decided(table).facts) == list(FACTS)
    for spec in FACTS.values():
        assert spec.label
        assert bool(spec.denied) == (spec.kind == "yes")
        assert bool(spec.question) == bool(spec.assumed) == (spec.probe is not None)


@pytest.mark.parametrize(
    ("description", "names", "found"),
    [
        ("Which patients will miss their appointment?", (), ("no-show", "medical")),
        ("", ("PatientId", "no_show"), ("no-show", "medical")),
        ("Will this customer churn?", (), ("churn",)),
        ("", ("credit_amount", "savings"), ("credit",)),
        ("What should a diamond sell for?", ("carat", "depth"), ()),
        ("", ("impatient", "clinician_free"), ()),
    ],
)
def test_the_field_is_read_from_words(
    description: str, names: tuple[str, ...], found: tuple[str, ...]
) -> None:
    assert domains_of(description, names) == found
    table = binary(*(column(name) for name in names))
    assert decided(table, question=Question("y", description=description)).facts["domain"] == found


def test_names_are_split_where_a_reader_would() -> None:
    assert tokens("DateOfBirth_2ndTry home.dest") == ("date", "of", "birth", "2nd", "try", "home", "dest")


@pytest.mark.parametrize(
    ("name", "answer", "read"),
    [
        ("drift_expected", True, True),
        ("drift_expected", "Yes", True),
        ("drift_expected", "false", False),
        ("latency_ms", 20, 20.0),
        ("latency_ms", "20 ms", 20.0),
        ("latency_ms", 0.5, 0.5),
        ("interpretability", "Required", "required"),
    ],
)
def test_answers_are_read_as_people_write_them(name: str, answer: str | bool | float, read: object) -> None:
    assert read_answers({name: answer}) == {name: read}


@pytest.mark.parametrize(
    ("name", "answer", "expected"),
    [
        ("drift_expected", "perhaps", "yes or no"),
        ("drift_expected", 1, "yes or no"),
        ("latency_ms", "quick", "a number"),
        ("latency_ms", True, "a number"),
        ("interpretability", "nice", "required or optional"),
    ],
)
def test_an_answer_of_another_kind_is_refused(name: str, answer: str | bool | int, expected: str) -> None:
    with pytest.raises(SettingsError, match=expected):
        read_answers({name: answer})


def test_an_answer_to_no_question_lists_the_questions() -> None:
    with pytest.raises(SettingsError, match=r"drift_expektd.*drift_expected"):
        read_answers({"drift_expektd": True})
    with pytest.raises(SettingsError, match="no question"):
        read_answers({"n_rows": 3})


@pytest.mark.parametrize(
    "text", ["rows > 3", "n_rows ~ 3", "n_rows > many", "deploy == yes", "task > 3", "domain == medical"]
)
def test_a_condition_that_no_fact_can_answer_is_refused(text: str) -> None:
    with pytest.raises(PartError):
        check_condition(parse_condition(text))
