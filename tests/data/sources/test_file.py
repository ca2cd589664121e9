"""Files: what is read, how true it stays, and what is said about files that cannot be read."""

from __future__ import annotations

import csv
import gzip
import json
import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fivefold.core.errors import InputError
from fivefold.core.extract import DataSettings, Extract
from fivefold.data.sources.file import FileSource
from fivefold.testing.sources import NAMES, SourceSuite, sample_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from polars._typing import TimeUnit

    from fivefold.core.protocols import Source


def read(path: Path | str) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        return pl.read_parquet(FileSource().fetch(Extract(path), Path(folder)).path)


def refusal(path: Path | str) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.exit_code == 2
    assert caught.value.seen
    assert caught.value.todo
    return caught.value


def written(path: Path, rows: Sequence[Sequence[str]], delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    return path


class TestCsv(SourceSuite):
    typed = False

    def make(self) -> Source:
        return FileSource()

    def address(self, folder: Path, shift: int) -> object:
        rows = [[code, str(size), word or ""] for code, size, word in sample_rows(shift)]
        return written(folder / "table.csv", [NAMES, *rows])


class TestParquet(SourceSuite):
    def make(self) -> Source:
        return FileSource()

    def address(self, folder: Path, shift: int) -> object:
        pl.DataFrame(sample_rows(shift), schema=list(NAMES), orient="row").write_parquet(folder / "t.parquet")
        return str(folder / "t.parquet")


class TestJsonLines(SourceSuite):
    def make(self) -> Source:
        return FileSource()

    def address(self, folder: Path, shift: int) -> object:
        lines = [json.dumps(dict(zip(NAMES, row, strict=True))) for row in sample_rows(shift)]
        (folder / "t.jsonl").write_text("\n".join(lines), encoding="utf-8")
        return folder / "t.jsonl"


# Blanks around a value, and texts of nothing but blanks, are the cleaning's business, not the reader's.
NASTY = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x00\ufeff", exclude_categories=["Cs"]), max_size=12
) | st.sampled_from(
    ["007", "1e5", "12345678901234567890", "NA", "NULL", '"', "a,b", "x;y\tz|", "'", "\\", "#", "é\n"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(NASTY, NASTY, NASTY), min_size=1, max_size=30), st.sampled_from([",", ";", "\t", "|"])
)
@example([("a;b", "c;d", "e;f")] * 5, ",")
@example([("", "", ""), ("", "", ""), ("#", "\n", "")], ",")
@example([("", "", "\n"), ("#", "\n", "")], ",")
@example([("", "", "")] * 9 + [("", "", "#")], "\t")
@example([("1,5", "x", "y")] * 5, ";")
@example([("\n", "\n", '"\n"')] * 3, "\t")
def test_a_csv_keeps_every_text_as_it_was(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = read(written(Path(folder) / "t.csv", [("first", "second", "third"), *rows], delimiter))
    assert table.columns == ["first", "second", "third"]
    assert table.rows() == [tuple(value or None for value in row) for row in rows]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.from_regex(r"0[0-9]{0,5}|[1-9][0-9]{17,30}", fullmatch=True), min_size=1, max_size=40))
def test_leading_zeros_and_big_integers_survive(codes: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = read(written(Path(folder) / "t.csv", [("code", "n"), *((code, "1") for code in codes)]))
    assert table["code"].to_list() == codes


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("a,b\r\n1,2\r\n3,4\r\n", [("1", "2"), ("3", "4")]),
        ("a,b\r\n1,2\n3,4\r\n", [("1", "2"), ("3", "4")]),
        ("a,b\n1,2", [("1", "2")]),
        ("\ufeffa,b\n1,2\n", [("1", "2")]),
        ("a;b\n1,5;2,5\n", [("1,5", "2,5")]),
        ("a b\n1 2\n3 4\n", [("1", "2"), ("3", "4")]),
        ('a,b\n"x\ny",2\n', [("x\ny", "2")]),
        (" a , b \n1,2\n", [("1", "2")]),
    ],
)
def test_dialects_are_recognised(tmp_path: Path, content: str, rows: list[tuple[str, str]]) -> None:
    (tmp_path / "t.csv").write_bytes(content.encode())
    table = read(tmp_path / "t.csv")
    assert table.columns == ["a", "b"]
    assert table.rows() == rows


def test_a_column_without_a_name_is_called_by_its_position(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(",b\n1,2\n")
    assert read(tmp_path / "t.csv").columns == ["column0", "b"]


def test_names_that_differ_in_case_only_stay_apart(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,X\n1,2\n")
    assert read(tmp_path / "t.csv").rows(named=True) == [{"x": "1", "X": "2"}]
    pl.DataFrame({"x": [1], "X": ["a"]}).write_parquet(tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet").rows(named=True) == [{"x": 1, "X": "a"}]


def test_names_may_hold_anything(tmp_path: Path) -> None:
    names = ['say "when"', "it's", "a;b", "ünit (%)", "select"]
    assert read(written(tmp_path / "t.csv", [names, ["1"] * 5])).columns == names


@pytest.mark.parametrize(("encoding", "label"), [("latin-1", "t.csv (read as Latin-1)"), ("utf-16", "t.csv")])
def test_other_encodings_are_read(tmp_path: Path, encoding: str, label: str) -> None:
    (tmp_path / "t.csv").write_bytes(("city,n\n" + "Zürich,1\n" * 30).encode(encoding))
    fetched = FileSource().fetch(Extract(tmp_path / "t.csv"), tmp_path)
    assert fetched.label == label
    assert pl.read_parquet(fetched.path)["city"].unique().to_list() == ["Zürich"]


def test_compressed_text_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress(b'{"a": 1, "b": "2"}\n'))
    assert read(tmp_path / "t.csv.gz").rows() == [("1", "2")]
    assert read(tmp_path / "t.jsonl.gz").rows() == [(1, "2")]


def test_the_content_decides_where_the_name_says_nothing(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "data")
    assert read(tmp_path / "data").rows() == [(1,)]
    (tmp_path / "lines.txt").write_text('{"a": 1}\n{"a": 2}\n')
    assert read(tmp_path / "lines.txt").rows() == [(1,), (2,)]


def test_a_name_with_signs_of_a_pattern_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "t[1]*.csv").write_text("a,b\n1,2\n")
    (tmp_path / "t1.csv").write_text("a,b\n3,4\n")
    assert read(tmp_path / "t[1]*.csv").rows() == [("1", "2")]


def test_parquet_types_become_plain_ones(tmp_path: Path) -> None:
    moment = datetime.fromisoformat("2020-01-02T03:04:05")
    frame = pl.DataFrame(
        {
            "small": pl.Series([1], dtype=pl.Int8),
            "single": pl.Series([0.5], dtype=pl.Float32),
            "day": pl.Series([moment.date()]),
            "zoned": pl.Series([moment]).dt.replace_time_zone("Asia/Tokyo"),
            "finer": pl.Series([moment]).dt.replace_time_zone("Asia/Tokyo").dt.cast_time_unit("ns"),
            "kind": pl.Series(["x"], dtype=pl.Categorical),
            "exact": pl.Series(["1.25"]).cast(pl.Decimal(10, 2)),
            "list": [[1, 2]],
        }
    )
    frame.write_parquet(tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet").row(0, named=True) == {
        "small": 1,
        "single": 0.5,
        "day": datetime.fromisoformat("2020-01-02"),
        "zoned": datetime.fromisoformat("2020-01-01T18:04:05"),
        "finer": datetime.fromisoformat("2020-01-01T18:04:05"),
        "kind": "x",
        "exact": 1.25,
        "list": "[1, 2]",
    }


def test_a_missing_file_names_those_that_are_near(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("a,b\n1,2\n")
    assert "did you mean 'sales.csv'?" in refusal(tmp_path / "sale.csv").todo
    assert refusal(tmp_path / "nowhere" / "sale.csv").seen == "no such folder"


@pytest.mark.parametrize(
    "text", ["03-04-2016", "03-04-16", "2016-04-03", "03-04-2016 10:00:00 PM", "2016-04-03T10:00:00+02:00"]
)
def test_dates_in_json_are_left_to_the_look(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.jsonl").write_text("".join(json.dumps({"n": n, "day": text}) + "\n" for n in range(3)))
    assert read(tmp_path / "t.jsonl")["day"].to_list() == [text] * 3


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_lengths_of_time_are_seconds_in_whatever_unit_a_file_keeps_them(
    tmp_path: Path, unit: TimeUnit, suffix: str
) -> None:
    waits = [timedelta(seconds=90.5), None, timedelta(days=-300)]
    frame = pl.DataFrame({"n": [1, 2, 3], "wait": pl.Series(waits, dtype=pl.Duration(unit))})
    path = tmp_path / f"t{suffix}"
    frame.write_parquet(path) if suffix == ".parquet" else frame.write_ipc(path)
    table = read(path)
    assert table.schema == {"n": pl.Int64(), "wait": pl.Float64()}
    assert table["wait"].to_list() == [90.5, None, -300 * 86_400.0]
    settings = DataSettings(where="wait > 60")
    with tempfile.TemporaryDirectory() as folder:
        narrowed = FileSource().fetch(Extract(path, settings), Path(folder)).path
        assert pl.read_parquet(narrowed)["n"].to_list() == [1]


def test_beside_lengths_of_time_only_the_wanted_columns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    waits = pl.Series([timedelta(seconds=90), None], dtype=pl.Duration("us"))
    pl.DataFrame({"n": [1, 2], "wait": waits}).write_parquet(path)
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(0)
    with path.open("r+b") as stream:  # as a column that was not fetched leaves it
        stream.seek(chunk.dictionary_page_offset or chunk.data_page_offset)
        stream.write(bytes(chunk.total_compressed_size))
    with tempfile.TemporaryDirectory() as folder:
        settings = DataSettings(include=("wait",))
        fetched = FileSource().fetch(Extract(path, settings), Path(folder))
        assert pl.read_parquet(fetched.path).to_dict(as_series=False) == {"wait": [90.0, None]}


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_lengths_of_time_that_pandas_wrote_are_seconds(tmp_path: Path, unit: str) -> None:
    waits = np.array([90, "NaT"], dtype="timedelta64[s]").astype(f"timedelta64[{unit}]")
    pd.DataFrame({"wait": waits, "n": [1, 2]}).to_parquet(tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet")["wait"].to_list() == [90.0, None]


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.json", "t"])
@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_called_empty(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert "is empty" in refusal(tmp_path / name).what


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_compressed_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(content))
    assert "is empty" in refusal(tmp_path / "t.csv.gz").what


def test_whole_decimals_keep_every_digit(tmp_path: Path) -> None:
    frame = pl.DataFrame({"short": ["12"], "long": ["12345678901234567890123"]})
    frame.select(
        pl.col("short").cast(pl.Decimal(10, 0)), pl.col("long").cast(pl.Decimal(38, 0))
    ).write_parquet(tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet").row(0) == (12, "12345678901234567890123")


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b, a\n1,2,3\n")
    error = refusal(tmp_path / "t.csv")
    assert "one name" in error.what
    assert "'a'" in error.seen


def test_our_own_names_are_refused(tmp_path: Path) -> None:
    for name in ("__row__", "__group__", "__weight__", "File_Row_Number"):
        (tmp_path / "t.csv").write_text(f"a,{name}\n1,2\n")
        assert name in refusal(tmp_path / "t.csv").seen


@pytest.mark.parametrize("name", ["*", "^x$"])
def test_names_that_stand_for_several_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "t.csv").write_text(f"a,{name}\n1,2\n")
    assert name in refusal(tmp_path / "t.csv").seen


@pytest.mark.parametrize(
    ("row", "seen"),
    [("1,2", "Found: 2"), ("1,2,3,4,5,6,7", "Found: more than 3"), ('1,"2,3', "unterminated quote")],
)
def test_a_row_that_does_not_fit_is_named_by_its_line(tmp_path: Path, row: str, seen: str) -> None:
    (tmp_path / "t.csv").write_text("a,b,c\n" + "1,2,3\n" * 40 + row + "\n")
    error = refusal(tmp_path / "t.csv")
    assert "Line: 42" in error.seen
    assert seen in error.seen


def test_a_table_of_ragged_rows_is_not_taken_for_one_column(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,c\n" + "1,2,3\n4,5\n6,7,8,9\n" * 5)
    assert "Expected Number of Columns: 3" in refusal(tmp_path / "t.csv").seen


def test_damaged_files_are_refused_without_their_place(tmp_path: Path) -> None:
    pl.DataFrame({"a": list(range(1000))}).write_parquet(tmp_path / "t.parquet")
    whole = (tmp_path / "t.parquet").read_bytes()
    packed = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(5000)))
    damaged = {
        "cut.parquet": whole[: len(whole) // 2],
        "random.parquet": b"PAR1" + os.urandom(200),
        "text.parquet": b"a,b\n1,2\n",
        "cut.csv.gz": packed[: len(packed) // 2],
        "cut.json": b'[{"a": 1}, {"a"',
        "mixed.jsonl": b'{"a": 1}\nno json\n',
    }
    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
        error = refusal(str(tmp_path / name))
        assert "cannot be read as" in error.what, name
        assert str(tmp_path) not in error.seen + error.expected + error.todo, name


@pytest.mark.parametrize("name", ["t.csv", "t.feather", "t.db"])
def test_other_binary_files_are_refused_with_the_forms_that_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04\x00\x00\x00\x00")
    error = refusal(tmp_path / name)
    assert "form" in error.what
    assert "Parquet" in error.expected


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.csv")
    assert "no ordinary file" in refusal(tmp_path / "t.csv").what
