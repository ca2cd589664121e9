"""The API's document: what it promises holds, as a program finds out that knows nothing else of the service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fivefold.core.artefacts import Task
from fivefold.core.protocols import Bundle
from fivefold.runtime.bundle import load_bundle
from fivefold.service.settings import ServiceSettings
from fivefold.service.tokens import Tokens
from fivefold.testing.targets import tiny_bundle
from tests.service.hostile import ROW as HOSTILE_ROW
from tests.service.hostile import hostile_bundle
from tests.service.real import TASKS, RealBundles
from tests.service.serving import ROW, Service, serving

TOKEN = "a-secret-of-the-shop-7"
# All checks, but two where they cannot hold. What is posted may be more than is promised: words that training did not see,
# numbers in texts, properties that are passed over. Whether tensors belong together, by name, shape and number of values, no schema can say.
CONFIG = """
[[operations]]
include-path = "/v2/models/model/infer"
checks.negative_data_rejection.enabled = false
checks.positive_data_acceptance.enabled = false

[[operations]]
include-method = "POST"
exclude-path = "/v2/models/model/infer"
checks.negative_data_rejection.enabled = false
"""


def checker(document: dict[str, Any], schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    """Check by a schema of the document, whose references lead into the document."""
    return jsonschema.Draft202012Validator(schema | {"components": document["components"]})


def test_the_instance_has_types_lists_of_words_and_what_may_be_null(service: Service) -> None:
    document = service.ask("GET", "/openapi.json").json
    assert document["openapi"] == "3.1.0"
    instance = document["components"]["schemas"]["Instance"]
    assert instance["required"] == ["age"]
    columns = instance["properties"]
    assert columns["age"]["type"] == ["integer"]
    assert columns["price"]["type"] == ["number", "null"]
    assert columns["city"]["enum"] == ["Oslo", "Rome", None]
    assert columns["joined"]["format"] == "date-time"
    assert "securitySchemes" not in document["components"]


def test_golden_rows_and_their_answers_are_what_it_describes(service: Service, bundle: Bundle) -> None:
    document = service.ask("GET", "/openapi.json").json
    operation = document["paths"]["/predict"]["post"]
    request = checker(document, operation["requestBody"]["content"]["application/json"]["schema"])
    response = checker(document, operation["responses"]["200"]["content"]["application/json"]["schema"])
    rows = [each.row for each in load_bundle(bundle.folder).golden if each.row["city"] != "Paris"]
    request.validate(
        {"instances": [ROW | {"joined": "2020-05-01T00:00:00Z"}, *rows], "parameters": {"coverage": 0.9}}
    )
    assert not request.is_valid({"instances": [{}]})
    assert not request.is_valid({"instances": []})
    answer = service.predict(rows)
    response.validate(answer.json)
    refusal = checker(document, operation["responses"]["400"]["content"]["application/json"]["schema"])
    refusal.validate(service.predict([]).json)


def test_lists_are_described_whatever_the_columns_are_called(tmp_path: Path) -> None:
    with serving(hostile_bundle(tmp_path / "bundle"), None) as service:
        document = service.ask("GET", "/openapi.json").json
        schema = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        request = checker(document, schema)
        values = list(HOSTILE_ROW.values())
        request.validate({"instances": [values, HOSTILE_ROW]})
        assert service.predict([values, HOSTILE_ROW]).status == 200
        assert not request.is_valid({"instances": [values[::-1]]})
        assert not request.is_valid({"instances": [values[:-1]]})


def test_a_token_that_is_demanded_is_described(bundle: Bundle) -> None:
    key = {"authorization": f"Bearer {TOKEN}"}
    with serving(bundle.folder, None, ServiceSettings(tokens=Tokens([TOKEN]))) as service:
        document = service.ask("GET", "/openapi.json", headers=key).json
    assert document["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    assert document["security"] == [{"token": []}]
    assert document["paths"]["/livez"]["get"]["security"] == []
    assert "401" in document["paths"]["/predict"]["post"]["responses"]


@pytest.mark.slow
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "hostile"])
def test_schemathesis_finds_nothing(task: str, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    if task == "hostile":
        hostile_bundle(folder)
    else:
        tiny_bundle(folder, task=task)  # type: ignore[arg-type]
    run_schemathesis(folder, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_schemathesis_finds_nothing_in_what_was_really_trained(
    task: Task, real: RealBundles, tmp_path: Path
) -> None:
    run_schemathesis(real(task), tmp_path)


def run_schemathesis(folder: Path, tmp_path: Path) -> None:
    """Have it ask a service of the bundle, by all its checks but what stands in :data:`CONFIG`."""
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    with serving(folder, tmp_path / "log.sqlite", ServiceSettings(tokens=Tokens([TOKEN]))) as service:
        command = [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", "--no-color"),
            *("--max-examples", "30", "--suppress-health-check", "all", "--warnings", "off"),
            *("-H", f"Authorization: Bearer {TOKEN}", f"http://127.0.0.1:{service.port}/openapi.json"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr
    assert "No issues found" in done.stdout
