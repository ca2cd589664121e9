"""The first look: what it tells about a table, and the questions that it refuses."""

from __future__ import annotations

import dataclasses
import random
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.data.journey import glance

from fivefold.core.artefacts import Question
from fivefold.core.errors import InputError
from fivefold.core.extract import Extract
from fivefold.data.excerpts import sample_rows
from fivefold.data.gather import gather
from fivefold.data.look import look
from fivefold.research.structure import structure_of
from fivefold.testing.tables import visits, write_csv

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 60


def table(**columns: object) -> pl.DataFrame:
    return pl.DataFrame({"x": list(range(ROWS)), **columns}, strict=False)


def refusal(frame: pl.DataFrame, question: Question | str) -> InputError:
    with pytest.raises(InputError) as caught:
        glance(frame, question)
    assert caught.value.exit_code == 2
    assert caught.value.seen
    assert caught.value.todo
    return caught.value


def test_it_tells_research_what_it_needs(tmp_path: Path) -> None:
    profile = glance(write_csv(tmp_path / "visits.csv", visits(400)), "shown")
    assert (profile.rows, profile.usable_rows, profile.target_distinct) == (400, 400, 2)
    assert profile.minority_share is not None
    assert 0 < profile.minority_share <= 0.5
    assert {column.name: column.role for column in profile.columns} == {
        "age": "number",
        "distance_km": "number",
        "reminder": "category",
        "district": "category",
        "shown": "boolean",
    }
    assert profile.column("distance_km").missing == sum(row["distance_km"] == "" for row in visits(400))


TARGETS = [
    (["yes", "no"], "string", 2),
    (["True", "False"], "boolean", 2),
    ([True, False], "boolean", 2),
    ([0, 1], "integer", 2),
    (["0", "1"], "integer", 2),
    (["1.0", "2.0", "1"], "integer", 2),
    ([1.0, 2.0, None], "integer", 2),
    ([0.5, 1.5], "number", 2),
    (["a", "b", "c"], "string", 3),
    (["01", "02"], "string", 2),
    (list(range(ROWS)), "integer", ROWS),
    ([f"${value}" for value in range(ROWS)], "number", ROWS),
]


def test_a_target_named_like_an_identifier_is_a_target_all_the_same() -> None:
    profile = glance(table(shop_id=[1, 2, 3] * 20), "shop_id")
    assert (profile.column("shop_id").kind, profile.target_distinct) == ("integer", 3)


@pytest.mark.parametrize(("values", "kind", "distinct"), TARGETS)
def test_the_target_keeps_the_type_of_the_source(values: list[object], kind: str, distinct: int) -> None:
    profile = glance(table(y=(values * ROWS)[:ROWS]), "y")
    assert (profile.column("y").kind, profile.target_distinct) == (kind, distinct)


def test_a_number_of_many_values_has_no_minority() -> None:
    assert glance(table(y=list(range(ROWS))), "y").minority_share is None
    assert glance(table(y=[1, 2, 3] * 20), "y").minority_share == pytest.approx(1 / 3)


def test_rows_without_a_target_are_not_usable() -> None:
    profile = glance(table(y=["yes", "no", None] * 20), "y")
    assert (profile.rows, profile.usable_rows, profile.column("y").missing) == (60, 40, 20)


def test_a_target_that_is_not_there_offers_the_nearest_names() -> None:
    frame = table(price=[1.5] * ROWS, Size=[1] * ROWS)
    assert refusal(frame, "prise").todo == "did you mean 'price'?"
    assert refusal(frame, "PRICE").todo == "did you mean 'price'?"
    assert "'x', 'price', 'Size'" in refusal(frame, "altitude").todo


@pytest.mark.parametrize("role", ["time_column", "group_column"])
def test_a_time_or_group_column_must_be_there_and_not_be_the_target(role: str) -> None:
    frame = table(y=[0, 1] * 30, when=["2020-01-01", "2020-01-02"] * 30)
    asked = Question("y", **{role: "wen"})  # type: ignore[arg-type]
    assert refusal(frame, asked).todo == "did you mean 'when'?"
    assert "target itself" in refusal(frame, Question("y", **{role: "y"})).what  # type: ignore[arg-type]


@pytest.mark.parametrize("when", [["x", "y"], ["03/04/2016", "05/06/2016"], ["2020-01-01"] * 2])
def test_a_time_column_must_order_the_rows(when: list[str]) -> None:
    frame = table(y=[0, 1] * 30, when=when * 30)
    assert "does not order the rows" in refusal(frame, Question("y", time_column="when")).what


def test_a_column_that_counts_the_rows_is_no_feature_unless_it_is_named_as_the_time() -> None:
    frame = table(y=[0, 1] * 30)
    assert glance(frame, "y").column("x").role == "identifier"
    assert glance(frame, Question("y", time_column="x")).column("x").role == "number"
    assert glance(table(y=list(range(ROWS)), z=[1, 2] * 30), "y").column("y").kind == "integer"


@pytest.mark.parametrize("name", ["week_code", "period_id"])
@pytest.mark.parametrize("text", [False, True])
def test_numbers_that_are_named_as_the_time_are_no_codes(name: str, text: bool) -> None:
    weeks = [202001 + row // 4 for row in range(ROWS)]
    frame = table(y=[0, 1] * 30, **{name: [str(week) for week in weeks] if text else weeks})
    assert glance(frame, "y").column(name).kind == "string"
    found = glance(frame, Question("y", time_column=name)).column(name)
    assert (found.role, found.kind) == ("number", "integer")


def test_nanoseconds_since_1970_are_a_time_where_they_are_named_as_one() -> None:
    moments = [1_600_000_000_000_000_000 + row * 10**9 for row in range(ROWS)]
    frame = table(y=[0, 1] * 30, ts=moments)
    assert glance(frame, Question("y", time_column="ts")).column("ts").kind == "integer"


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("text", [False, True])
def test_dates_in_order_order_the_rows_in_either_direction(newest_first: bool, text: bool) -> None:
    start = datetime.fromisoformat("2024-01-01")
    days = sorted((start + timedelta(days=row - row % 3) for row in range(ROWS)), reverse=newest_first)
    when: list[object] = [f"{day:%d.%m.%Y}" for day in days] if text else list(days)
    profile = glance(table(y=[0, 1] * 30, when=when), "y")
    assert structure_of(Question("y"), profile, {}).time.column == "when"
    mixed = glance(table(y=[0, 1] * 30, when=random.Random(0).sample(when, ROWS)), "y")
    assert structure_of(Question("y"), mixed, {}).time.column is None


def test_a_group_column_must_tell_groups_apart() -> None:
    frame = table(y=[0, 1] * 30, unit=["a"] * ROWS)
    assert "does not tell groups apart" in refusal(frame, Question("y", group_column="unit")).what


def test_useless_targets_are_refused() -> None:
    assert "has no values" in refusal(table(y=[None] * ROWS), "y").what
    assert "has no values" in refusal(table(y=["", " "] * 30), "y").what
    assert "is the same in every row" in refusal(table(y=["a"] * ROWS), "y").what
    assert "too few rows" in refusal(table(y=[0, 1] * 14 + [0] + [None] * 31), "y").what
    assert "is a date" in refusal(table(y=["2020-01-01", "2020-01-02"] * 30), "y").what
    glance(table(y=[0, 1] * 15 + [None] * 30), "y")


def test_a_target_of_names_is_refused() -> None:
    names = [f"n{row}" for row in range(ROWS)]
    assert "names almost every row" in refusal(table(y=names), "y").what
    assert "24 different texts" in refusal(table(y=[*names[:24], *["n0"] * 36]), "y").seen
    glance(table(y=[*names[:23], *["n0"] * 37]), "y")


def test_a_table_of_its_target_alone_is_refused() -> None:
    assert "no column besides" in refusal(pl.DataFrame({"y": [0, 1] * 30}), "y").what


def test_a_file_that_breaks_off_in_the_middle_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=(20_000, 3))
    pl.DataFrame(noise, schema=["a", "b", "y"]).write_parquet(tmp_path / "t.parquet")
    fetched = gather(Extract(tmp_path / "t.parquet"), tmp_path)
    content = bytearray(fetched.path.read_bytes())
    content[1000:200_000] = bytes(199_000)
    fetched.path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read to its end"):
        look(fetched, Question("y"))


def test_a_look_is_the_same_every_time(tmp_path: Path) -> None:
    chance = random.Random(0)
    rows = [
        {"x": chance.random(), "word": chance.choice("abc"), "y": chance.choice((0, 1))}
        for _ in range(30_000)
    ]
    path = tmp_path / "t.parquet"
    pl.DataFrame(rows).write_parquet(path)
    assert glance(path, "y") == glance(path, "y")


def test_a_sample_lies_evenly_over_the_file_and_keeps_its_order(tmp_path: Path) -> None:
    pl.DataFrame({"row": range(200_000)}).write_parquet(tmp_path / "t.parquet")
    rows = sample_rows(tmp_path / "t.parquet", 200_000, 1)["row"]
    assert 19_000 < rows.len() < 21_000
    assert rows.is_sorted()
    assert rows.diff().max() < 100  # type: ignore[operator]
    assert sample_rows(tmp_path / "t.parquet", 200_000, 1)["row"].equals(rows)


def test_a_wide_and_a_long_table_take_little_time(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    wide = pl.DataFrame(generator.normal(size=(200, 300))).with_columns(y=generator.integers(0, 2, 200))
    long = pl.DataFrame({"x": generator.normal(size=300_000), "y": generator.integers(0, 2, 300_000)})
    long = long.with_columns(word=pl.col("x").round(2).cast(pl.String))
    for name, frame in (("wide", wide), ("long", long)):
        frame.write_parquet(tmp_path / f"{name}.parquet")
        began = time.monotonic()
        profile = glance(tmp_path / f"{name}.parquet", "y")
        assert time.monotonic() - began < 10
        assert profile.rows == frame.height


def test_a_profile_is_plain_facts(tmp_path: Path) -> None:
    profile = glance(table(y=[0, 1] * 30), "y")
    assert all(dataclasses.is_dataclass(column) for column in profile.columns)
