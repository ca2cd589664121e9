from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from fivefold.core.artefacts import Task
from fivefold.deployment.targets.vertex.schemata import (
    instance_schema,
    parameters_schema,
    prediction_schema,
    to_yaml,
)
from fivefold.runtime.bundle import load_bundle
from fivefold.testing.targets import tiny_bundle

# What OpenAPI 3.0.2 knows of JSON Schema, with its own word for what may be missing.
KNOWN = {"title", "type", "format", "properties", "required", "nullable", "description"}
TYPES = {"number", "integer", "boolean", "string", "object"}


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_rows_and_answers_fit_their_schemata(tmp_path: Path, task: Task) -> None:
    predictor = load_bundle(tiny_bundle(tmp_path, task=task).folder)
    instance, answer = instance_schema(predictor.contract), prediction_schema(predictor.contract)
    for schema in (instance, answer, parameters_schema()):
        assert yaml.safe_load(to_yaml(schema)) == schema
        _check(schema)
    for golden in predictor.golden:
        known = {name: value for name, value in golden.row.items() if value is not None}
        Draft7Validator(instance).validate(known)
        Draft7Validator(answer | {"additionalProperties": False}).validate(golden.answer)


def test_what_may_be_missing_is_said(tmp_path: Path) -> None:
    schema = instance_schema(tiny_bundle(tmp_path).contract)
    assert schema["required"] == ["age"]
    assert schema["properties"]["price"]["nullable"] is True
    assert "nullable" not in schema["properties"]["age"]


def test_no_text_is_read_as_something_else() -> None:
    awkward = {"no": "yes", "1": ["on", "2020-01-01", "~", "é: #"], "null": {"": "a\nb"}}
    assert yaml.safe_load(to_yaml(awkward)) == awkward


def _check(schema: dict) -> None:
    """Only words that OpenAPI 3.0.2 knows, each type a single one."""
    assert set(schema) <= KNOWN
    assert schema["type"] in TYPES
    for one in schema.get("properties", {}).values():
        _check(one)
