"""Records within records: their fields are columns, whatever the file's form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.data.sources.fetching import read, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECORDS: list[dict[str, Any]] = [
    {
        "user": {"id": f"u{at}", "geo": {"lat": at / 2, "lon": -at}, "age": 20 + at} if at != 3 else None,
        "items": [{"sku": "a", "qty": at}],
        "income": 1000.5 + at,
    }
    for at in range(6)
]
NAMES = ["user.id", "user.geo.lat", "user.geo.lon", "user.age", "items", "income"]


def lines(folder: Path) -> Path:
    (folder / "t.jsonl").write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    return folder / "t.jsonl"


def document(folder: Path) -> Path:
    (folder / "t.json").write_text(json.dumps(RECORDS))
    return folder / "t.json"


def parquet(folder: Path) -> Path:
    pl.DataFrame(RECORDS).write_parquet(folder / "t.parquet")
    return folder / "t.parquet"


def feather(folder: Path) -> Path:
    pl.DataFrame(RECORDS).write_ipc(folder / "t.feather")
    return folder / "t.feather"


def stream(folder: Path) -> Path:
    pl.DataFrame(RECORDS).write_ipc_stream(folder / "t.arrows")
    return folder / "t.arrows"


@pytest.fixture(params=[lines, document, parquet, feather, stream])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    make: Callable[[Path], Path] = request.param
    return make(tmp_path)


def test_fields_become_columns_in_their_order(path: Path) -> None:
    found = read(path)
    assert found.columns == NAMES
    assert found["user.geo.lat"].to_list() == [0.0, 0.5, 1.0, None, 2.0, 2.5]
    assert found["user.age"].to_list() == [20, 21, 22, None, 24, 25]
    assert found["user.age"].dtype == pl.Int64
    assert found["user.id"].dtype == found["items"].dtype == pl.String


def test_fields_are_chosen_by_their_path(path: Path) -> None:
    assert read(path, include=("user.geo.lon",), keep=("income",)).columns == ["user.geo.lon", "income"]
    assert "did you mean 'user.age'" in refusal(path, include=("user.agee",)).todo


@pytest.mark.parametrize(
    "where", ['"user.age" > 22', "user.age > 22", 'income > 1003 AND "user.geo.lat" < 3']
)
@pytest.mark.parametrize("include", [(), ("user.id",)])
def test_a_condition_speaks_of_fields(path: Path, where: str, include: tuple[str, ...]) -> None:
    found = read(path, where=where, include=include)
    assert found.columns == list(include or NAMES)
    assert found["user.id"].to_list() == ["u4", "u5"]


def test_names_that_would_be_twins_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"user": {"age": 1}, "user.age": 2}\n' * 3)
    error = refusal(tmp_path / "t.jsonl")
    assert "carry one name" in error.what
    assert "'user.age'" in error.seen


def test_names_may_hold_anything(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(json.dumps({"it's": {'5" a.b': {"c d": 1}}, "x": 2}) + "\n")
    assert read(tmp_path / "t.jsonl").rows(named=True) == [{"it's.5\" a.b.c d": 1, "x": 2}]


def test_a_record_keyed_by_its_values_stays_text(tmp_path: Path) -> None:
    keyed = {f"customer{at}": at for at in range(1500)}
    (tmp_path / "t.json").write_text(json.dumps([{"sums": keyed, "y": 1}, {"sums": keyed, "y": 2}]))
    found = read(tmp_path / "t.json")
    assert found.columns == ["sums", "y"]
    assert found["sums"].dtype == pl.String


def test_files_of_a_folder_agree_on_fields(tmp_path: Path) -> None:
    for part, records in (("a", RECORDS[:2]), ("b", RECORDS[2:])):
        (tmp_path / f"{part}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    assert read(tmp_path).columns == NAMES
    assert read(tmp_path)["user.age"].to_list() == [20, 21, 22, None, 24, 25]


def test_a_text_among_numbers_is_the_text_itself(tmp_path: Path) -> None:
    values: list[object] = [1.5, "n/a", None, 'say "é"', [1], {"k": 2}, True, "2"]
    lines = [json.dumps({"a": value, "b": {"c": value}}, separators=(",", ":")) for value in values]
    (tmp_path / "t.jsonl").write_text("\n".join(lines), encoding="utf-8")
    got = read(tmp_path / "t.jsonl")
    for name in ("a", "b.c"):
        assert got[name].to_list() == ["1.5", "n/a", None, 'say "é"', "[1]", '{"k":2}', "true", "2"]
