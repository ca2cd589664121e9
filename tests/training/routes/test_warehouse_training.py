"""The warehouse that trains, driven by Google's own client: what is loaded, learned, kept aside, refused and answered."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from fivefold.testing.routes import route_work
from fivefold.training.routes.bigquery_ml.rows import Tables, parquet_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fivefold.testing.bigquery import BigQueryEmulator

CREATE = """CREATE OR REPLACE MODEL `clinic.ward.shown`
OPTIONS (MODEL_TYPE = '{kind}', INPUT_LABEL_COLS = ['outcome'], DATA_SPLIT_METHOD = 'CUSTOM', DATA_SPLIT_COL = 'fivefold_eval'{more})
AS SELECT {columns} FROM `clinic.ward.visits`"""


@pytest.fixture
def client(warehouse: BigQueryEmulator, tmp_path: Path) -> Iterator[Any]:
    """Google's client, with a table that it loaded itself."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery

    made = bigquery.Client(
        project="clinic",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": warehouse.host},
    )
    told = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_TRUNCATE")
    rows = io.BytesIO(parquet_of(Tables.of(route_work(tmp_path)).train))
    with made:
        made.load_table_from_file(rows, "clinic.ward.visits", job_config=told).result(timeout=30)
        yield made


def create(kind: str, columns: str = "*", more: str = "") -> str:
    """Return a statement that trains."""
    return CREATE.format(kind=kind, columns=columns, more=more)


def test_what_google_s_client_loads_is_learned_from_and_asked(
    warehouse: BigQueryEmulator, client: Any
) -> None:
    assert client.get_table("ward.visits").num_rows == 240
    client.query(create("BOOSTED_TREE_CLASSIFIER", more=", MAX_ITERATIONS = 20")).result(timeout=60)
    assert client.get_model("ward.shown").model_type == "BOOSTED_TREE_CLASSIFIER"
    assert warehouse.models.models["ward", "shown"].rows == (160, 80)
    (figures,) = client.query("SELECT * FROM ML.EVALUATE(MODEL `clinic.ward.shown`)").result(timeout=30)
    assert figures.roc_auc > 0.7
    answers = client.query(
        "SELECT predicted_outcome, outcome FROM ML.PREDICT(MODEL `clinic.ward.shown`, (SELECT * FROM `clinic.ward.visits`))"
    ).result(timeout=30)
    hits = [row.predicted_outcome == row.outcome for row in answers]
    assert sum(hits) / len(hits) > 0.8
    client.delete_model("ward.shown")
    client.delete_table("ward.visits")
    assert not warehouse.warehouse.tables
    assert not warehouse.models.models


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (create("BOOSTED_TREE_CLASSIFIER", more=", BUDGET_HOURS = 1"), "BUDGET_HOURS is not supported"),
        (create("LINEAR_REG"), "must be numeric"),
        (create("LOGISTIC_REG", "age, outcome"), "fivefold_eval"),
        (create("LOGISTIC_REG", "age, fivefold_eval"), "outcome"),
        (create("LOGISTIC_REG", "age, outcome, 'x' AS fivefold_eval"), "must be BOOL"),
        (create("LOGISTIC_REG", "age, outcome, FALSE AS fivefold_eval"), "is empty"),
        ("SELECT * FROM ML.EVALUATE(MODEL `clinic.ward.nobody`)", "Not found: Model"),
    ],
)
def test_what_bigquery_ml_does_not_take_is_refused(client: Any, statement: str, said: str) -> None:
    from google.api_core.exceptions import GoogleAPICallError

    with pytest.raises(GoogleAPICallError, match=said):
        client.query(statement).result(timeout=30)


def test_a_training_is_weighed_before_it_is_begun(client: Any, warehouse: BigQueryEmulator) -> None:
    from google.api_core.exceptions import InternalServerError
    from google.cloud import bigquery

    dry = client.query(create("LOGISTIC_REG"), job_config=bigquery.QueryJobConfig(dry_run=True))
    assert dry.total_bytes_processed > 240 * 8
    capped = bigquery.QueryJobConfig(maximum_bytes_billed=1000)
    # Google's client has no error of its own for this reason.
    with pytest.raises(InternalServerError, match="bytes billed: 1000"):
        client.query(create("LOGISTIC_REG"), job_config=capped).result(timeout=30)
    assert not warehouse.models.models
