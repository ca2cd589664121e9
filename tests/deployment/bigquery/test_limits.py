"""What BigQuery would refuse is refused before anything is uploaded, with the reason and with what to do instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fivefold.core.artefacts import Resource
from fivefold.core.errors import InputError
from fivefold.core.orders import Order
from fivefold.deployment.targets.bigquery import target as bigquery
from fivefold.deployment.targets.bigquery.limits import IMPORT_LIMITS, Limits, refusals, too_long
from fivefold.deployment.targets.bigquery.target import BigQueryTarget
from fivefold.deployment.targets.local import LocalTarget
from fivefold.export.model import onnx_model
from fivefold.export.ports import GraphFacts, Port, describe, plainer
from fivefold.runtime.bundle import read_bundle
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from tests.deployment.bigquery.conftest import ORDER

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.orders import Option
    from tests.deployment.bigquery.conftest import Cloud

FACTS = GraphFacts(
    1000, 8, {"ai.onnx": 15, "ai.onnx.ml": 2}, (Port("age", "DOUBLE", 1),), (Port("value", "DOUBLE"),)
)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (replace(FACTS, bytes=450 * 10**6 + 1), "it has 450"),
        (replace(FACTS, ir=9), "IR version is 9"),
        (replace(FACTS, opsets={"ai.onnx": 16}), "opset 16 of ai.onnx,"),
        (replace(FACTS, opsets={"ai.onnx": 15, "ai.onnx.ml": 3}), "opset 3 of ai.onnx.ml"),
        (replace(FACTS, inputs=FACTS.inputs * 10_001), "10,001 inputs"),
        (replace(FACTS, inputs=()), "no input"),
        (replace(FACTS, outputs=(Port("probabilities", "sequence"),)), "'probabilities' is of type sequence"),
        (replace(FACTS, outputs=(Port("scores", "map"),)), "'scores' is of type map"),
        (replace(FACTS, inputs=(Port("age", "COMPLEX64", 1),)), "'age' is of type COMPLEX64"),
    ],
)
def test_each_limit_has_its_reason(facts: GraphFacts, said: str) -> None:
    (reason,) = refusals(facts)
    assert said in reason


def test_what_is_at_the_limit_is_taken() -> None:
    assert refusals(FACTS) == ()
    assert refusals(replace(FACTS, bytes=450 * 10**6, inputs=FACTS.inputs * 10_000)) == ()
    assert too_long("x" * 10**6) == ""
    assert "a statement has" in too_long("x" * (10**6 + 1))


def test_a_bundle_s_graph_stays_within_the_limits_and_its_ports_are_plain(tmp_path: Path) -> None:
    whole = onnx_model(read_bundle(tiny_bundle(tmp_path / "bundle", task="regression").folder))
    before = describe(whole)
    after = describe(plainer(whole, {port.name: f"x_{port.name}" for port in before.inputs}))
    assert refusals(after) == ()
    assert (before.outputs, after.outputs) == ((Port("value", "DOUBLE", 1),), (Port("value", "DOUBLE"),))
    assert [port.name for port in after.inputs] == [f"x_{port.name}" for port in before.inputs]
    assert after.opsets == {"ai.onnx": 15, "ai.onnx.ml": 2}
    assert after.ir == 8


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if BigQuery took a thousand bytes."""
    monkeypatch.setattr(bigquery, "IMPORT_LIMITS", Limits(bytes=1000))


@pytest.mark.usefixtures("small_limits")
def test_over_the_limits_nothing_is_uploaded_and_the_way_round_is_named(cloud: Cloud, tmp_path: Path) -> None:
    bench = tiny_workbench(tmp_path)
    for verb in (BigQueryTarget().plan, BigQueryTarget().push):
        with pytest.raises(InputError, match="does not import this model") as caught:
            verb(tiny_bundle(tmp_path / "bundle"), bench, ORDER)
        assert "it has 4" in caught.value.seen
        assert "--target vertex" in caught.value.todo
    assert cloud.inventory() == []
    assert cloud.warehouse.jobs == []
    assert (bench.live / "bigquery-remote.sql").read_text() == (
        "CREATE OR REPLACE MODEL `clinic.ward.fivefold_shown`\n"
        "INPUT (\n"
        "  `age` INT64,\n"
        "  `price` FLOAT64,\n"
        "  `member` BOOL,\n"
        "  `city` STRING,\n"
        "  `joined` STRING\n"
        ")\n"
        "OUTPUT (label STRING, score FLOAT64)\n"
        "REMOTE WITH CONNECTION `PROJECT.LOCATION.CONNECTION`\n"
        "OPTIONS (ENDPOINT = 'https://REGION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/REGION/endpoints/ENDPOINT');\n"
    )


def test_a_statement_that_would_be_too_long_asks_fewer_rows(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bigquery, "IMPORT_LIMITS", replace(IMPORT_LIMITS, statement=2_000))
    release = BigQueryTarget().push(tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path), ORDER)
    assert all(len(job.statement.encode()) <= 2_000 for job in cloud.warehouse.jobs)
    assert any("10 rows compared" in note for note in release.notes)


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_an_endpoint_answers_in_the_place_of_a_model_that_is_too_large(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    """A service of ours stands for the endpoint: the warehouse asks it as BigQuery asks Vertex AI."""
    bundle = tiny_bundle(tmp_path / "bundle", task=task)  # type: ignore[arg-type]  # one of the three
    monkeypatch.setenv("AIP_PREDICT_ROUTE", "/v1/projects/clinic/locations/eu/endpoints/7:predict")
    served = tiny_workbench(tmp_path / "served")
    service = LocalTarget().push(bundle, served, Order())
    try:
        endpoint = f"{service.address}/v1/projects/clinic/locations/eu/endpoints/7"
        options: dict[str, Option] = {
            "dataset": "clinic.ward",
            "rows": 40,
            "endpoint": endpoint,
            "connection": "clinic.eu.to-vertex",
        }
        bench = tiny_workbench(tmp_path)
        plan = BigQueryTarget().plan(bundle, bench, Order(options=options))
        assert plan.charges == ()
        assert any("cannot be imported (it has 4" in line for line in plan.checked)
        release = BigQueryTarget().push(bundle, bench, Order(options=options))
    finally:
        LocalTarget().remove(service, served.live)
    target = bundle.contract.target
    assert release.resources == (Resource("model", f"clinic.ward.fivefold_{target}"),)
    created = cloud.warehouse.jobs[1].statement
    outputs = {"regression": "value FLOAT64"}.get(task, "label STRING, score FLOAT64")
    assert created.endswith(
        f"OUTPUT ({outputs})\nREMOTE WITH CONNECTION `clinic.eu.to-vertex`\nOPTIONS (ENDPOINT = '{endpoint}')"
    )
    assert release.golden.max_difference < 1e-12
    assert any("43 rows compared" in note for note in release.notes)
    assert (
        "FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%E6SZ', `joined`) AS `joined`"
        in (bench.folder / "score.sql").read_text()
    )
    assert BigQueryTarget().remove(release, bench.live)
    assert cloud.inventory() == []
