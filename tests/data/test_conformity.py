"""A new table held against a contract: every kind of trouble is found, counted and shown, and nothing else is."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.core import records
from fivefold.core.artefacts import Column, Contract
from fivefold.core.errors import RequestError
from fivefold.core.extract import Extract
from fivefold.data.conformity import Conformity, hold_against
from fivefold.data.gather import gather
from fivefold.runtime.rows import Reader

CONTRACT = Contract(
    "shown",
    "binary",
    ("no", "yes"),
    "yes",
    (
        Column("age", "number", "number", nullable=False, minimum=18.0, maximum=94.0),
        Column("visits", "number", "integer", nullable=True, minimum=0.0, maximum=9.0),
        Column("city", "category", "string", nullable=False, categories=("Oslo", "Rome")),
        Column("new", "boolean", "boolean", nullable=True, categories=("true", "false")),
        Column("on", "date", "datetime", nullable=True, minimum=0.0, maximum=86400.0),
    ),
)
GOOD: dict[str, list[Any]] = {
    "age": ["40", "18", "94", "51.5"],
    "visits": ["0", "9", "", "3"],
    "city": ["Oslo", "Rome", " Oslo ", "Rome"],
    "new": ["yes", "0", "NA", "true"],
    "on": ["2016-04-29", "29 Apr 2016", "", "2016-04-29T18:38:08Z"],
}


def held(table: object, contract: Contract = CONTRACT, known: tuple[str, ...] = ()) -> Conformity:
    """Gather a table and hold it against the contract."""
    with tempfile.TemporaryDirectory() as folder:
        return hold_against(gather(Extract(table), Path(folder)), contract, known=known)


def kinds(found: Conformity) -> list[tuple[str, str, int]]:
    """Column, kind and rows of every trouble."""
    return [(trouble.column, trouble.kind, trouble.rows) for trouble in found.troubles]


def test_a_table_that_is_like_training_holds() -> None:
    found = held(pl.DataFrame(GOOD))
    assert kinds(found) == []
    assert found.holds
    assert (found.rows, found.columns, found.broken_rows, found.warned_rows, found.shares) == (4, 5, 0, 0, {})


def test_types_of_a_frame_hold_as_well_as_texts() -> None:
    typed = pl.DataFrame(
        {
            "age": [40, 18],
            "visits": [0.0, None],
            "city": pl.Series(["Oslo", "Rome"], dtype=pl.Categorical),
            "new": [True, None],
            "on": [datetime(2016, 4, 29, tzinfo=UTC), None],
        }
    )
    assert kinds(held(typed)) == []


def test_a_file_is_held_as_well_as_a_frame(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    pl.DataFrame(GOOD | {"age": ["40", "x", "", "51"]}).write_csv(path)
    found = held(str(path))
    assert found.table == "new.csv"
    assert kinds(found) == [("age", "wrong_type", 1), ("age", "missing_value", 1)]


def test_a_missing_column_breaks_every_row_and_the_nearest_name_is_said() -> None:
    found = held(pl.DataFrame(GOOD).rename({"city": "City"}))
    assert kinds(found) == [("city", "missing_column", 4), ("City", "extra_column", 4)]
    assert not found.holds
    assert found.broken_rows == 4
    assert "did you mean 'City'?" in found.troubles[0].what


def test_a_column_that_was_sometimes_empty_is_missed_as_well() -> None:
    assert kinds(held(pl.DataFrame(GOOD).drop("on"))) == [("on", "missing_column", 4)]


def test_the_target_and_columns_that_the_model_does_not_use_are_no_trouble() -> None:
    more = pl.DataFrame(GOOD).with_columns(shown=pl.lit("yes"), id=pl.lit("7"), note=pl.lit("new"))
    found = held(more, known=("id",))
    assert kinds(found) == [("note", "extra_column", 4)]
    assert found.holds


def test_a_class_that_training_did_not_see_is_noted_and_breaks_nothing() -> None:
    found = held(pl.DataFrame(GOOD).with_columns(shown=pl.Series(["yes", "banana", None, " "])))
    (trouble,) = found.troubles
    assert (trouble.column, trouble.kind, trouble.weight, trouble.rows) == (
        "shown",
        "unseen_class",
        "info",
        1,
    )
    assert (
        trouble.what
        == "'shown' is the target, and is a class that training did not see in 1 of 4 rows (25.0 %)"
    )
    assert [(example.row, example.value) for example in trouble.examples] == [(1, "banana")]
    assert (found.holds, found.broken_rows, found.warned_rows, found.shares) == (True, 0, 0, {})


@pytest.mark.parametrize("values", [[0, 1, 1, 2], [0.0, 1.0, 1.0, 2.0], ["0", "1", "1.0", "two"]])
def test_classes_are_known_however_they_are_written(values: list[Any]) -> None:
    contract = replace(CONTRACT, classes=("0", "1"), target_kind="integer")
    (trouble,) = held(pl.DataFrame(GOOD).with_columns(shown=pl.Series(values)), contract=contract).troubles
    assert (trouble.kind, trouble.rows, trouble.examples[0].row) == ("unseen_class", 1, 3)


def test_values_of_a_wrong_type_are_counted_and_shown() -> None:
    found = held(pl.DataFrame(GOOD | {"age": ["forty", "18", "forty", "x" * 99]}))
    trouble = found.troubles[0]
    assert (trouble.kind, trouble.weight, trouble.rows, trouble.share) == ("wrong_type", "broken", 3, 0.75)
    assert [(example.row, example.value) for example in trouble.examples] == [
        (0, "forty"),
        (3, "x" * 60 + "..."),
    ]
    assert trouble.what == "'age' is not a number in 3 of 4 rows (75.0 %)"
    assert found.broken_rows == 3
    assert found.shares == {"age": 0.75}


WRONG: list[tuple[str, list[Any]]] = [
    ("visits", ["1.5", "1", "1", "1"]),
    ("new", ["maybe", "1", "1", "1"]),
    ("on", ["05/04/2016", "", "", ""]),
    ("on", ["soon", "", "", ""]),
    ("age", [True, False, True, True]),
]


@pytest.mark.parametrize(("name", "values"), WRONG, ids=str)
def test_every_type_is_looked_at(name: str, values: list[Any]) -> None:
    found = held(pl.DataFrame(GOOD | {name: values}))
    assert found.troubles[0].kind == "wrong_type"
    assert not found.holds


def test_a_value_that_is_missing_where_training_had_one_breaks_the_contract() -> None:
    found = held(
        pl.DataFrame(
            GOOD | {"age": [40.0, None, float("nan"), float("inf")], "city": ["", "Oslo", " ", None]}
        )
    )
    assert kinds(found) == [("age", "missing_value", 3), ("city", "missing_value", 3)]
    assert found.broken_rows == 4
    assert [example.row for example in found.troubles[1].examples] == [0, 2, 3]


def test_what_training_merely_did_not_see_is_a_warning() -> None:
    found = held(
        pl.DataFrame(GOOD | {"age": ["17.9", "18", "94", "200"], "city": ["Oslo", "Bergen", "oslo", "Rome"]})
    )
    assert kinds(found) == [("age", "out_of_range", 2), ("city", "unseen_category", 2)]
    assert found.holds
    assert (found.broken_rows, found.warned_rows) == (0, 4)
    assert (
        found.troubles[0].what
        == "'age' lies outside of 18 to 94, the range of training, in 2 of 4 rows (50.0 %)"
    )


def test_lost_leading_zeros_are_told() -> None:
    zip_code = Column("zip", "category", "string", nullable=False, categories=("01234", "00501", "90210"))
    found = held(pl.DataFrame({"zip": ["1234", "501", "90210", "7"]}), replace(CONTRACT, columns=(zip_code,)))
    (trouble,) = found.troubles
    assert trouble.rows == 3
    told = (
        "; 2 of them would be known with leading zeros, such as '00501', which the table seems to have lost"
    )
    assert trouble.what.endswith(told)


@pytest.mark.parametrize("codes", [[1234, 501], [1234.0, 501.0]])
def test_lost_zeros_are_told_of_codes_that_came_as_numbers(codes: list[float]) -> None:
    zip_code = Column("zip", "category", "string", nullable=False, categories=("01234", "00501", "90210"))
    (trouble,) = held(pl.DataFrame({"zip": codes}), replace(CONTRACT, columns=(zip_code,))).troubles
    assert "2 of them would be known" in trouble.what


def test_dates_move_on() -> None:
    assert kinds(held(pl.DataFrame(GOOD | {"on": ["2031-01-01", "", "", ""]}))) == []


def test_broken_things_stand_before_warnings() -> None:
    found = held(pl.DataFrame(GOOD | {"age": ["200"] * 4, "on": ["soon"] * 4, "more": [1] * 4}))
    assert [trouble.weight for trouble in found.troubles] == ["broken", "warning", "info"]


def test_personal_values_are_not_repeated() -> None:
    columns = tuple(replace(column, personal=column.name == "age") for column in CONTRACT.columns)
    found = held(pl.DataFrame(GOOD | {"age": ["Anna", "18", "18", "18"]}), replace(CONTRACT, columns=columns))
    assert [example.value for example in found.troubles[0].examples] == ["(hidden)"]
    assert "Anna" not in records.dump(found).decode()


@given(
    st.lists(
        st.sampled_from(
            ["40", "", "NA", "forty", "200", "1,5", "$3", "12 %", "inf", " 7 ", "1e400", "٣", "true"]
        ),
        min_size=1,
    ),
    st.booleans(),
)
def test_what_is_broken_is_what_the_service_refuses(ages: list[str], nullable: bool) -> None:
    """Row by row the service's own reader says the same, but that it takes a null that is sent."""
    column = Column("age", "number", "number", nullable=nullable, minimum=18.0, maximum=94.0, reading="words")
    contract = replace(CONTRACT, columns=(column,))
    frame = pl.DataFrame({"age": [*ages, "40"]})
    found = {trouble.kind: trouble.rows for trouble in held(frame, contract).troubles}
    wrong = missing = outside = 0
    for age in frame["age"]:
        try:
            value = Reader(contract).read([{"age": age}]).values[0]["age"]
        except RequestError:
            wrong += 1
            continue
        missing += value is None
        outside += isinstance(value, float) and not 18 <= value <= 94
    expected = {"wrong_type": wrong, "missing_value": 0 if nullable else missing, "out_of_range": outside}
    assert found == {kind: count for kind, count in expected.items() if count}
