"""The warehouse's models: Google's own clients work against them, and what BigQuery refuses they refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from google.api_core.exceptions import NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from onnx import TensorProto, helper

from fivefold.testing.warehouse import WarehouseError

if TYPE_CHECKING:
    from tests.deployment.bigquery.conftest import Cloud

CREATE = "CREATE MODEL ward.m OPTIONS (MODEL_TYPE = 'ONNX', MODEL_PATH = 'gs://models/m.onnx')"


def graph(*, opset: int = 15, ir: int = 8, kind: int = TensorProto.DOUBLE, sequence: bool = False) -> bytes:
    """A model that doubles a number."""
    inputs = [helper.make_tensor_value_info("x", kind, [None, 1])]
    nodes = [helper.make_node("Add", ["x", "x"], ["y"])]
    outputs = [helper.make_tensor_value_info("y", kind, [None, 1])]
    if sequence:
        nodes.append(helper.make_node("SequenceConstruct", ["y"], ["z"]))
        outputs = [helper.make_tensor_sequence_value_info("z", kind, None)]
    made = helper.make_graph(nodes, "doubling", inputs, outputs)
    model = helper.make_model(made, ir_version=ir, opset_imports=[helper.make_opsetid("", opset)])
    written: bytes = model.SerializeToString()
    return written


def ask(cloud: Cloud, sql: str) -> list[tuple[Any, ...]]:
    return cloud.warehouse.models.query(sql, dry=False).rows


def test_google_s_own_clients_upload_import_ask_and_delete(cloud: Cloud) -> None:
    storage = pytest.importorskip("google.cloud.storage")
    credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
    objects = storage.Client(project="clinic", credentials=credentials)
    assert objects.get_bucket("models").location == "EU"
    objects.bucket("models").blob("m.onnx").upload_from_string(graph())
    blob = objects.bucket("models").get_blob("m.onnx")
    assert blob.download_as_bytes() == graph()
    assert [one.name for one in objects.list_blobs("models", prefix="m")] == ["m.onnx"]
    client = bigquery.Client(
        project="clinic", credentials=credentials, client_options={"api_endpoint": cloud.warehouse.host}
    )
    with client:
        client.query(CREATE).result(timeout=30)
        model = client.get_model("ward.m")
        assert model.model_type == "ONNX"
        assert [one.name for one in model.feature_columns] == ["x"]
        model.labels = {"made_by": "hand"}
        assert client.update_model(model, ["labels"]).labels == {"made_by": "hand"}
        rows = client.query("SELECT y, z FROM ML.PREDICT(MODEL ward.m, (SELECT 1.5 AS x, 'a' AS z))").result(
            timeout=30
        )
        assert [tuple(row) for row in rows] == [(3.0, "a")]
        client.delete_model("ward.m")
        with pytest.raises(NotFound, match="Not found"):
            client.get_model("ward.m")
    blob.delete()
    assert cloud.inventory() == []


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (graph(opset=16), "opset 16"),
        (graph(ir=9), "IR version"),
        (graph(sequence=True), "'z' is a sequence"),
        (graph(kind=TensorProto.FLOAT16), "FLOAT16"),
    ],
)
def test_what_bigquery_does_not_import(cloud: Cloud, model: bytes, said: str) -> None:
    cloud.storage.objects["models", "m.onnx"] = model
    with pytest.raises(WarehouseError, match=said):
        ask(cloud, CREATE)
    assert cloud.warehouse.models.models == {}


def test_a_model_over_the_size_is_refused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fivefold.testing.warehouse_models._MOST_BYTES", 10)
    cloud.storage.objects["models", "m.onnx"] = graph()
    with pytest.raises(WarehouseError, match="larger than the limit"):
        ask(cloud, CREATE)


def test_a_file_that_is_not_there_and_a_name_that_is_taken(cloud: Cloud) -> None:
    with pytest.raises(WarehouseError, match=r"gs://models/m\.onnx"):
        ask(cloud, CREATE)
    cloud.storage.objects["models", "m.onnx"] = graph()
    ask(cloud, CREATE)
    with pytest.raises(WarehouseError, match="Already Exists"):
        ask(cloud, CREATE)
    ask(cloud, CREATE.replace("CREATE", "CREATE OR REPLACE"))
    ask(cloud, "DROP MODEL ward.m")
    with pytest.raises(WarehouseError, match="Not found: Model"):
        ask(cloud, "DROP MODEL ward.m")
    assert ask(cloud, "DROP MODEL IF EXISTS ward.m") == []


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ("SELECT 1.0 AS w", "Missing column 'x'"),
        ("SELECT 'a' AS x", "type STRING"),
        ("SELECT 1 AS x", "type INTEGER"),
        ("SELECT CAST(NULL AS FLOAT64) AS x", "Null values"),
        ("SELECT 1.0 AS x, 2 AS y", "ambiguous"),
    ],
)
def test_a_query_must_give_what_the_model_takes(cloud: Cloud, inner: str, said: str) -> None:
    cloud.storage.objects["models", "m.onnx"] = graph()
    ask(cloud, CREATE)
    with pytest.raises(WarehouseError, match=said):
        ask(cloud, f"SELECT * FROM ML.PREDICT(MODEL ward.m, ({inner}))")


def test_a_model_is_asked_about_rows_of_a_table_and_its_bytes_are_counted(cloud: Cloud) -> None:
    from fivefold.testing.warehouse import Table

    cloud.storage.objects["models", "m.onnx"] = graph()
    cloud.warehouse.warehouse.run(
        "CREATE SCHEMA ward; CREATE TABLE ward.t AS SELECT range::DOUBLE AS x FROM range(1000)"
    )
    cloud.warehouse.warehouse.adopt(Table("ward", "t"))
    ask(cloud, CREATE)
    sql = "SELECT SUM(y) AS s FROM ML.PREDICT(MODEL ward.m, (SELECT x FROM ward.t WHERE x < 10))"
    tried = cloud.warehouse.models.query(sql, dry=True)
    assert (tried.processed, tried.rows) == (8000, [])
    assert ask(cloud, sql) == [(np.float64(90.0),)]
    with pytest.raises(WarehouseError, match="bytes billed"):
        cloud.warehouse.models.query(sql, dry=False, most=1000)


def test_the_checker_takes_the_graphs_of_these_tests() -> None:
    onnx.checker.check_model(onnx.load_model_from_string(graph()))
    onnx.checker.check_model(onnx.load_model_from_string(graph(sequence=True)))
