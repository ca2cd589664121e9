"""Columns of a table as inputs of a model: the SQL says the same of a value as the service does."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from fivefold.cloud.names import input_names
from fivefold.core.artefacts import Column, Contract, Kind, Role
from fivefold.core.errors import InputError, RequestError
from fivefold.deployment.targets.bigquery.mapping import absent, imported, remote
from fivefold.runtime.values import clean, level
from fivefold.testing.warehouse import Table, Warehouse, WarehouseError

if TYPE_CHECKING:
    from fivefold.core.artefacts import Reading

ROLES: dict[Kind, Role] = {
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "datetime": "date",
    "string": "category",
}
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - cleaned moments are UTC without zone


def column(kind: Kind, form: str = "", reading: Reading = "plain", missing: tuple[str, ...] = ()) -> Column:
    return Column(
        "it's", ROLES[kind], kind, nullable=True, form=form, reading=reading, missing_values=missing
    )


def table(duck: str, cells: list[str]) -> Warehouse:
    """A table of one column, its cells in DuckDB's SQL."""
    warehouse = Warehouse("clinic")
    rows = ", ".join(f"({place}, {cell}::{duck})" for place, cell in enumerate(cells))
    warehouse.run(
        f"""CREATE SCHEMA ward; CREATE TABLE ward.t AS SELECT * FROM (VALUES {rows}) AS v(id, "it's")"""
    )
    warehouse.adopt(Table("ward", "t"))
    return warehouse


def asked(warehouse: Warehouse, expression: str) -> list[Any]:
    answer = warehouse.query(f"SELECT {expression} AS y FROM clinic.ward.t ORDER BY id", dry=False)
    return [row[0] for row in answer.rows]


def fed(value: object, of: Column) -> Any:
    """What the graph is to be given for a value of the table."""
    cleaned = clean(value, of)
    if of.kind == "string":
        return level(cleaned) or ""
    if isinstance(cleaned, datetime):
        return (cleaned - EPOCH).total_seconds()
    return math.nan if cleaned is None else float(cleaned)


@pytest.mark.parametrize(
    ("kind", "form", "type_", "duck", "cells", "values"),
    [
        ("number", "", "FLOAT64", "DOUBLE", ["1.5", "NULL", "-2e300"], [1.5, None, -2e300]),
        ("number", "", "INT64", "BIGINT", ["3", "NULL"], [3, None]),
        ("number", "", "NUMERIC", "DECIMAL(9, 2)", ["3.25", "NULL"], [3.25, None]),
        ("integer", "", "INT64", "BIGINT", ["3", "NULL"], [3, None]),
        ("boolean", "", "BOOL", "BOOLEAN", ["true", "false", "NULL"], [True, False, None]),
        ("boolean", "", "INT64", "BIGINT", ["1", "0", "NULL"], [1, 0, None]),
        ("string", "", "INT64", "BIGINT", ["3", "NULL"], [3, None]),
        ("string", "", "BOOL", "BOOLEAN", ["true", "NULL"], [True, None]),
        ("string", "", "FLOAT64", "DOUBLE", ["3", "3.5", "'nan'", "NULL"], [3.0, 3.5, math.nan, None]),
        ("datetime", "epoch seconds", "INT64", "BIGINT", ["1461954000", "NULL"], [1461954000, None]),
        ("datetime", "epoch milliseconds", "FLOAT64", "DOUBLE", ["1461954000250.0"], [1461954000250.0]),
        ("datetime", "epoch microseconds", "INT64", "BIGINT", ["1461954000000001"], [1461954000000001]),
        ("datetime", "yyyymmdd", "INT64", "BIGINT", ["20160429", "NULL"], [20160429, None]),
        ("datetime", "yyyymm", "INT64", "BIGINT", ["201604"], [201604]),
    ],
)
def test_plain_values(
    kind: Kind, form: str, type_: str, duck: str, cells: list[str], values: list[Any]
) -> None:
    of = column(kind, form)
    found = asked(table(duck, cells), imported(of, type_))
    # NaN differs from itself, and repr tells every other double from its neighbours.
    assert [repr(one) for one in found] == [repr(fed(value, of)) for value in values]


@pytest.mark.parametrize(
    ("type_", "duck", "cell", "moment"),
    [
        ("TIMESTAMP", "TIMESTAMPTZ", "'2016-04-29 18:38:08.25+02'", "2016-04-29T16:38:08.250"),
        ("DATETIME", "TIMESTAMP", "'2016-04-29 18:38:08.25'", "2016-04-29T18:38:08.250"),
        ("DATE", "DATE", "'1969-12-31'", "1969-12-31"),
        ("STRING", "VARCHAR", "' 2016-04-29 18:38:08+00 '", "2016-04-29T18:38:08"),
        ("STRING", "VARCHAR", "'2016-04-29T18:38:08Z'", "2016-04-29T18:38:08"),
        ("STRING", "VARCHAR", "'2016-04-29'", "2016-04-29"),
    ],
)
def test_moments(type_: str, duck: str, cell: str, moment: str) -> None:
    of = column("datetime")
    found = asked(table(duck, [cell, "NULL"]), imported(of, type_))
    assert found[0] == fed(moment, of)
    assert math.isnan(found[1])


def test_texts_of_numbers_and_booleans_are_read_or_stop_the_query() -> None:
    of = column("number", missing=("999",))
    cells = ["' 1.50 '", "'1e3'", "'N/A'", "''", "NULL", "'999'"]
    values = [" 1.50 ", "1e3", "N/A", "", None, "999"]
    found = asked(table("VARCHAR", cells), imported(of, "STRING"))
    assert found == pytest.approx([fed(value, of) for value in values], nan_ok=True)
    with pytest.raises(WarehouseError):
        asked(table("VARCHAR", ["'many'"]), imported(of, "STRING"))
    with pytest.raises(RequestError):
        clean("many", of)
    truth = column("boolean")
    found = asked(table("VARCHAR", ["'Yes'", "'off'", "'?'"]), imported(truth, "STRING"))
    assert found == pytest.approx([fed(value, truth) for value in ("Yes", "off", "?")], nan_ok=True)
    with pytest.raises(WarehouseError, match="neither true nor false"):
        asked(table("VARCHAR", ["'maybe'"]), imported(truth, "STRING"))
    with pytest.raises(WarehouseError, match="neither 0 nor 1"):
        asked(table("BIGINT", ["2"]), imported(truth, "INT64"))


def test_texts_lose_the_blanks_around_them() -> None:
    of = column("string")
    found = asked(table("VARCHAR", ["'\u00a0 Oslo\t'", "'  '", "NULL"]), imported(of, "STRING"))
    assert found == [fed(value, of) for value in ("\u00a0 Oslo\t", "  ", None)] == ["Oslo", "", ""]


@pytest.mark.parametrize(
    ("of", "type_"),
    [
        (column("number", reading="decimal_comma"), "STRING"),
        (column("number"), "BOOL"),
        (column("number"), "TIMESTAMP"),
        (column("datetime", reading="day_first"), "STRING"),
        (column("datetime", form="epoch seconds"), "STRING"),
        (column("datetime"), "INT64"),
        (column("string"), "TIMESTAMP"),
        (column("boolean"), "DATE"),
    ],
)
def test_what_sql_would_read_as_something_else_is_refused(of: Column, type_: str) -> None:
    with pytest.raises(InputError, match="No SQL reads the column 'it's'") as caught:
        imported(of, type_)
    assert type_ in caught.value.seen
    assert "view" in caught.value.todo


def test_an_endpoint_is_sent_what_it_can_read() -> None:
    day = column("datetime")
    found = asked(table("TIMESTAMPTZ", ["'2016-04-29 18:38:08.25+02'", "NULL"]), remote(day, "TIMESTAMP"))
    assert found[1] is None
    assert clean(found[0], day) == clean("2016-04-29T16:38:08.250", day)
    assert asked(table("BIGINT", ["3", "NULL"]), remote(column("number"), "INT64")) == [3.0, None]
    assert asked(table("BIGINT", ["20160429"]), remote(column("datetime", "yyyymmdd"), "INT64")) == [
        "20160429"
    ]
    for kind, type_ in (
        ("integer", "FLOAT64"),
        ("boolean", "INT64"),
        ("number", "STRING"),
        ("number", "DATE"),
    ):
        with pytest.raises(InputError, match="No SQL"):
            remote(column(kind), type_)  # type: ignore[arg-type]  # one of the kinds


def test_inputs_get_names_that_columns_may_have() -> None:
    names = ("age", "Age", "distance (km)", "1st", "label", "_partition_day", "größe", "distance km")
    columns = tuple(Column(name, "number", "number", nullable=True) for name in names)
    contract = Contract("y", "regression", (), None, columns)
    found = input_names(contract, ("label", "probabilities"))
    assert list(found) == list(names)
    assert list(found.values()) == [
        "age",
        "Age_2",
        "c_distance_km",
        "c_1st",
        "label_2",
        "c_partition_day",
        "c_gr_e",
        "c_distance_km_2",
    ]


def test_a_column_that_is_not_there_is_a_missing_value() -> None:
    assert (absent(column("string")), absent(column("datetime"))) == ("''", "CAST('NaN' AS FLOAT64)")
