"""Statements about columns whose names BigQuery does not take: they go by the model's names for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.cloud.names import Name, input_names
from fivefold.core.artefacts import Column, Contract
from fivefold.deployment.targets.bigquery.statements import Scoring
from fivefold.testing.warehouse import Warehouse

if TYPE_CHECKING:
    from fivefold.runtime.values import Cleaned

COLUMNS = (
    Column("distance (km)", "number", "number", nullable=True),
    Column("MS.Zoning", "category", "string", nullable=True),
)
CONTRACT = Contract("price", "regression", (), None, COLUMNS)
SCORING = Scoring(Name("clinic", "ward", "m"), CONTRACT, input_names(CONTRACT, ("value",)), ("value",))


def test_a_sample_holds_its_rows_under_names_that_columns_may_have() -> None:
    row: dict[str, Cleaned] = {"distance (km)": 2.5, "MS.Zoning": "it's C\\all\n"}
    statement = SCORING.sample([row])
    assert statement == (
        "SELECT `fivefold_row`, `value`\n"
        "FROM ML.PREDICT(MODEL `clinic.ward.m`, (\n"
        "  SELECT\n"
        "    `fivefold_row`,\n"
        "    IFNULL(`c_distance_km`, CAST('NaN' AS FLOAT64)) AS `c_distance_km`,\n"
        "    IFNULL(TRIM(`c_MS_Zoning`), '') AS `c_MS_Zoning`\n"
        "  FROM UNNEST(ARRAY<STRUCT<fivefold_row INT64, `c_distance_km` FLOAT64, `c_MS_Zoning` STRING>>[\n"
        "    (0, 2.5, 'it\\'s C\\\\all\\n')\n"
        "  ])\n"
        "))\n"
        "ORDER BY fivefold_row"
    )
    inner = statement.split(", (\n", 1)[1].rsplit("\n))", 1)[0]
    assert Warehouse("clinic").query(inner, dry=False).rows == [(0, 2.5, "it's C\\all")]


def test_a_table_is_asked_by_its_own_names() -> None:
    sources = {"distance (km)": ("km", "INT64")}
    assert SCORING.table(Name("clinic", "ward", "t"), sources, ("id", "C_distance_km")) == (
        "SELECT `id`, `kept_C_distance_km`, `value`\n"
        "FROM ML.PREDICT(MODEL `clinic.ward.m`, (\n"
        "  SELECT\n"
        "    `id`,\n"
        "    `C_distance_km` AS `kept_C_distance_km`,\n"
        "    IFNULL(CAST(`km` AS FLOAT64), CAST('NaN' AS FLOAT64)) AS `c_distance_km`,\n"
        "    '' AS `c_MS_Zoning`\n"
        "  FROM `clinic.ward.t`\n"
        "))"
    )
