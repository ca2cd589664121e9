"""What training saw of a column: ranges and categories, the same however the rows come in batches."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from fivefold.core.artefacts import Column
from fivefold.data.seen import Seen


def described(column: Column, *batches: pl.Series) -> Column:
    seen = Seen(column)
    for batch in batches:
        seen.add(batch)
    return seen.described()


def test_numbers_have_a_range() -> None:
    column = described(Column("x", "number", "number", nullable=False), pl.Series("x", [3.0, None, -1.0]))
    assert (column.nullable, column.minimum, column.maximum, column.categories) == (True, -1.0, 3.0, ())


def test_dates_have_a_range_in_seconds() -> None:
    days = pl.Series("x", ["1970-01-02", "1970-01-01"]).str.to_datetime(time_unit="us")
    column = described(Column("x", "date", "datetime", nullable=True), days)
    assert (column.nullable, column.minimum, column.maximum) == (False, 0.0, 86400.0)


def test_categories_are_named_most_frequent_first() -> None:
    values = pl.Series("x", ["b", "a", "c", "c", None])
    column = described(Column("x", "category", "string", nullable=True), values)
    assert column.categories == ("c", "a", "b")
    assert column.complete


def test_booleans_and_whole_codes_are_named_like_categories() -> None:
    flag = described(Column("x", "boolean", "boolean", nullable=True), pl.Series("x", [True, False, True]))
    code = described(Column("x", "category", "integer", nullable=True), pl.Series("x", [7, 7, 12]))
    assert flag.categories == ("true", "false")
    assert code.categories == ("7", "12")


def test_only_a_thousand_categories_are_named() -> None:
    column = described(
        Column("x", "category", "string", nullable=True), pl.Series("x", [str(n) for n in range(1001)])
    )
    assert len(column.categories) == 1000
    assert not column.complete


def test_a_text_has_no_categories() -> None:
    column = described(
        Column("x", "text", "string", nullable=True), pl.Series("x", ["some words", "other words"])
    )
    assert column.categories == ()


def test_a_column_without_any_value_is_described() -> None:
    column = described(
        Column("x", "number", "number", nullable=False), pl.Series("x", [None, None], dtype=pl.Float64)
    )
    assert (column.nullable, column.minimum, column.maximum) == (True, None, None)


@pytest.mark.parametrize("size", [1, 7, 400, 1000])
@pytest.mark.parametrize(
    "column",
    [
        Column("x", "category", "string", nullable=False),
        Column("x", "number", "integer", nullable=False),
        Column("x", "category", "integer", nullable=False),
    ],
    ids=lambda column: f"{column.role} {column.kind}",
)
def test_batches_give_what_the_whole_gives(column: Column, size: int) -> None:
    drawn = np.random.default_rng(3).zipf(1.3, 1000).clip(0, 10**9)
    values = pl.Series("x", drawn).set(pl.Series(drawn == 2), None)
    if column.kind == "string":
        values = values.cast(pl.String)
    batches = [values[start : start + size] for start in range(0, len(values), size)]
    assert described(column, *batches) == described(column, values)


def test_words_beyond_what_may_wait_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fivefold.data.seen._LEAST_WAITING", 3)
    column = Column("x", "category", "string", nullable=False)
    batches = [pl.Series("x", [f"w{number}", "often", "often"]) for number in range(20)]
    whole = pl.concat(batches)
    assert described(column, *batches).categories == described(column, whole).categories
    assert described(column, *batches).categories[0] == "often"


def test_very_many_words_that_hardly_repeat_are_not_counted_to_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fivefold.data.seen._LEAST_WAITING", 100)
    rare, common = Column("x", "category", "string", nullable=True), pl.Series("x", ["again"] * 500)
    many = [pl.Series("x", [f"{batch}-{n}" for n in range(120)]) for batch in range(3)]
    frozen = described(rare, *many, common)
    assert "again" not in frozen.categories
    assert described(rare, many[0], common, *many[1:]).categories[0] == "again"
    assert described(rare, common, *many).categories[0] == "again"
