"""A table's cells that cannot be read count as missing and are counted; requests are refused for them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from fivefold.core.artefacts import Column, Contract
from fivefold.core.errors import InputError, RequestError
from fivefold.runtime.bundle import load_bundle
from fivefold.runtime.frames import clean_frame
from fivefold.runtime.unread import UnreadWarning, clean_table, unread_words

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = (
    Column("age", "number", "integer", nullable=False),
    Column("size", "number", "number", nullable=False),
    Column("agreed", "boolean", "boolean", nullable=False),
    Column("town", "category", "string", nullable=True, categories=("Ulm",)),
    Column("when", "date", "datetime", nullable=True),
)
CONTRACT = Contract("y", "regression", (), None, COLUMNS, target_kind="number")


def table(**changed: list[Any]) -> pl.DataFrame:
    """Three rows that can be read, with other values in some columns."""
    usual: dict[str, list[Any]] = {
        "age": [1, 2, 3],
        "size": [0.5, 1.5, None],
        "agreed": [True, False, True],
        "town": ["Ulm", "Bonn", None],
        "when": ["2024-01-02", "2024-01-03", None],
    }
    return pl.DataFrame(usual | changed, strict=False)


def test_what_can_be_read_is_read_as_ever_and_nothing_is_counted() -> None:
    unread: dict[str, int] = {}
    assert clean_table(table(), CONTRACT, unread).equals(clean_frame(table(), CONTRACT, strict=True))
    assert unread == {}


@pytest.mark.parametrize(
    ("changed", "column", "read", "lost"),
    [
        ({"age": ["1", "two", "3"]}, "age", [1, None, 3], 1),
        (
            {"size": ["0.5", "n/a", "wide"]},
            "size",
            [0.5, None, None],
            1,
        ),  # one of them says that it is missing
        ({"agreed": ["yes", "perhaps", "no"]}, "agreed", [True, None, False], 1),
        ({"when": ["2024-01-02", "soon", ""]}, "when", ["2024-01-02", None, None], 1),
        ({"age": [1.5, 2.6, None]}, "age", [2, 3, None], 0),
        ({"agreed": [2, 0, -1]}, "agreed", [True, False, False], 0),
        ({"agreed": [0.7, 0.2, float("nan")]}, "agreed", [True, False, None], 0),
        ({"age": [float("inf"), 1e30, 2.0]}, "age", [None, None, 2], 1),
    ],
)
def test_what_cannot_be_read_is_missing_and_a_number_becomes_the_nearest(
    changed: dict[str, list[Any]], column: str, read: list[Any], lost: int
) -> None:
    unread: dict[str, int] = {}
    found = clean_table(table(**changed), CONTRACT, unread)
    assert found.schema == clean_frame(table(), CONTRACT, strict=True).schema
    values = found[column].dt.to_string("%Y-%m-%d") if column == "when" else found[column]
    assert values.to_list() == read
    assert unread == ({column: lost} if lost else {})
    others = [one.name for one in COLUMNS if one.name != column]
    assert found.select(others).equals(clean_frame(table(), CONTRACT, strict=True).select(others))


def test_counts_of_several_parts_add_up() -> None:
    unread: dict[str, int] = {}
    for _ in range(2):
        clean_table(table(age=["a", "b", "3"], agreed=["x", "yes", "no"]), CONTRACT, unread)
    assert unread == {"age": 4, "agreed": 2}
    assert unread_words(unread) == "cells that could not be read count as missing: 4 of 'age', 2 of 'agreed'"


def test_a_column_that_is_not_there_is_still_told() -> None:
    with pytest.raises(InputError, match="lacks the column 'size'"):
        clean_table(table(age=["a", "b", "3"]).drop("size"), CONTRACT, {})


@pytest.mark.parametrize("rows", [3, 40])
def test_a_predictor_warns_of_a_table_and_refuses_a_request(
    bundle: Path, frame: pl.DataFrame, rows: int
) -> None:
    predictor = load_bundle(bundle)
    number = next(one.name for one in predictor.contract.columns if one.kind in {"number", "integer"})
    many = pl.concat([frame] * (rows // frame.height + 1)).head(rows)
    dirty = many.with_columns(pl.lit("unreadable").alias(number))
    empty = many.with_columns(pl.lit(None, dtype=pl.Float64).alias(number))
    with pytest.warns(UnreadWarning, match=f"{rows} of '{number}'"):
        found = predictor.scores(dirty)
    assert (found == predictor.scores(empty)).all()
    unread: dict[str, int] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        predictor.scores(dirty, unread)
    assert unread == {number: rows}
    with pytest.raises(RequestError, match="is not a"):
        predictor.scores(dirty.to_dicts())
