"""Tables of outcomes: three kinds of file, and what is wrong with others."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from fivefold.core.errors import InputError
from fivefold.core.extract import Extract
from fivefold.data.gather import gather
from fivefold.monitoring.outcomes import read_outcomes

TABLE = pl.DataFrame({"code": ["007", "8"], "outcome": ["yes", None]})


def write(path: Path) -> Path:
    if path.suffix == ".parquet":
        TABLE.write_parquet(path)
    elif path.suffix == ".jsonl":
        TABLE.write_ndjson(path)
    else:
        TABLE.write_csv(path, separator="\t" if path.suffix == ".tsv" else ",")
    return path


@pytest.mark.parametrize("name", ["o.csv", "o.tsv", "o.parquet", "o.jsonl", "O.CSV"])
def test_each_kind_of_file_gives_the_same_table(name: str, tmp_path: Path) -> None:
    assert read_outcomes(write(tmp_path / name), tmp_path).equals(TABLE)


def test_a_name_with_signs_of_a_pattern_is_that_file_alone(tmp_path: Path) -> None:
    for name in ("o[1].csv", "o*.parquet", "o?.jsonl"):
        write(tmp_path / name)
    for name in ("o1.csv", "o1.parquet", "o1.jsonl"):
        (tmp_path / name).write_text("another file")
    for name in ("o[1].csv", "o*.parquet", "o?.jsonl"):
        assert read_outcomes(tmp_path / name, tmp_path).equals(TABLE)


@pytest.mark.parametrize("text", ["03-04-2016", "2016-04-03", "2016-04-03T10:00:00+02:00", "10:30:00"])
def test_dates_in_json_are_the_texts_that_they_are_as_the_data_step_reads_them(
    text: str, tmp_path: Path
) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text("".join(json.dumps({"n": n, "day": text}) + "\n" for n in range(3)))
    (tmp_path / "gathered").mkdir()
    gathered = pl.read_parquet(gather(Extract(path), tmp_path / "gathered").path)
    assert read_outcomes(path, tmp_path).equals(gathered)
    assert gathered["day"].to_list() == [text] * 3


def test_every_record_of_json_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text('{"code": 7}\n' * 30_000 + '{"code": "007"}\n')
    assert read_outcomes(path, tmp_path)["code"].to_list()[-2:] == ["7", "007"]


def test_lengths_of_time_are_seconds(tmp_path: Path) -> None:
    for unit in ("ms", "us", "ns"):
        waits = pl.Series('wa"it', [90_000, None], dtype=pl.Duration("ms")).dt.cast_time_unit(unit)
        pl.DataFrame([waits]).write_parquet(tmp_path / "o.parquet")
        assert read_outcomes(tmp_path / "o.parquet", tmp_path)['wa"it'].to_list() == [90.0, None]


def test_an_encoding_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("prediction_id,outcome\na,café\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"CSV Error on Line: 2, .*not utf-8"):
        read_outcomes(path, tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not there.*gone\.csv.*--labels"):
        read_outcomes(tmp_path / "gone.csv", tmp_path)


def test_a_header_alone_is_no_table_of_outcomes(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("outcome,prediction_id\n")
    with pytest.raises(InputError, match=r"holds no rows.*outcome, prediction_id"):
        read_outcomes(path, tmp_path)


@pytest.mark.parametrize("name", ["broken.parquet", "broken.json", "nothing.csv"])
def test_a_file_that_is_something_else_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"" if name == "nothing.csv" else b"{[ not a table")
    with pytest.raises(InputError, match=r"cannot be read|holds no rows"):
        read_outcomes(path, tmp_path)


def test_an_unknown_kind_of_file_lists_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.xlsx"
    path.write_bytes(b"x")
    with pytest.raises(InputError, match=r"unknown kind.*\.parquet"):
        read_outcomes(path, tmp_path)
