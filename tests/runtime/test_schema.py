"""The JSON Schema of one instance: what it refuses is what breaks the contract, and what it takes the service answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fivefold.core.artefacts import Column, Contract
from fivefold.runtime.rows import Reader
from fivefold.runtime.schema import instance_schema

CONTRACT = Contract(
    "shown",
    "binary",
    ("no", "yes"),
    "yes",
    (
        Column("age", "number", "number", nullable=True, minimum=18.0, maximum=94.0),
        Column("fee", "number", "number", nullable=False, reading="words"),
        Column("crp", "number", "number", nullable=True, reading="bounds"),
        Column("visits", "number", "integer", nullable=False, minimum=0.0, maximum=9.0),
        Column("city", "category", "string", nullable=False, categories=("Oslo", "Rome")),
        Column("new", "boolean", "boolean", nullable=True, categories=("true", "false")),
        Column("on", "date", "datetime", nullable=False, minimum=0.0, maximum=86400.5),
        Column("north", "number", "number", nullable=True, form="latitude"),
    ),
)
GOOD: dict[str, Any] = {
    "age": 40,
    "fee": 12.5,
    "crp": 7.5,
    "visits": 3,
    "city": "Oslo",
    "new": False,
    "on": "2016-04-29T18:38:08Z",
    "north": 59.9,
}


def valid(instance: object) -> bool:
    """Whether the schema takes an instance, judged by somebody else's library."""
    return Draft202012Validator(instance_schema(CONTRACT)).is_valid(instance)


def test_the_schema_is_one_and_can_be_written_as_json() -> None:
    schema = instance_schema(CONTRACT)
    Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    assert schema["required"] == ["fee", "visits", "city", "on"]


FINE: list[dict[str, Any]] = [
    {},
    {"age": None},
    {"age": 130},
    {"city": "Bergen"},
    {"fee": "$12.50"},
    {"visits": 4.0},
    {"crp": "<5"},
    {"new": None, "north": None},
    {"more": ["whatever"]},
]


@pytest.mark.parametrize("change", FINE, ids=str)
def test_what_training_merely_did_not_see_is_valid(change: dict[str, Any]) -> None:
    assert valid(GOOD | change)


BROKEN: list[dict[str, Any]] = [
    {"age": "forty"},
    {"age": True},
    {"visits": 3.5},
    {"visits": 2**63},
    {"visits": None},
    {"city": None},
    {"city": "  "},
    {"city": 7},
    {"new": "yes"},
    {"on": 20160429},
    {"north": 91},
]


@pytest.mark.parametrize("change", BROKEN, ids=str)
def test_what_breaks_the_contract_is_invalid(change: dict[str, Any]) -> None:
    assert not valid(GOOD | change)


@pytest.mark.parametrize("name", list(GOOD))
def test_a_column_may_be_missing_where_training_had_nulls(name: str) -> None:
    column = next(column for column in CONTRACT.columns if column.name == name)
    assert valid({key: value for key, value in GOOD.items() if key != name}) == column.nullable


def test_ranges_and_categories_are_told_without_binding_anybody() -> None:
    told = instance_schema(CONTRACT)["properties"]
    assert (told["age"]["x-minimum"], told["age"]["x-maximum"]) == (18.0, 94.0)
    assert told["on"]["x-maximum"] == "1970-01-02T00:00:00.500000Z"
    assert told["city"]["anyOf"][0] == {"enum": ["Oslo", "Rome"]}


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", " ", "Oslo", "12"]),
    st.text(max_size=5),
)


@given(
    st.fixed_dictionaries({}, optional={name: VALUES for name in GOOD if name not in {"on", "fee", "crp"}})
)
def test_whatever_is_valid_is_answered(change: dict[str, Any]) -> None:
    """Texts that are to be dates or numbers in words are left out: a schema cannot say what they look like."""
    instance = GOOD | change
    if valid(instance):
        assert len(Reader(CONTRACT).read([instance]).values) == 1
