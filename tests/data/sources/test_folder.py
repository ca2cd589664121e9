"""Folders and patterns: many files as one table."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from tests.data.sources.fetching import label, read, refusal

from fivefold.data.sources.file import FileSource
from fivefold.testing.sources import NAMES, SourceSuite, sample_rows

if TYPE_CHECKING:
    from fivefold.core.protocols import Source


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


class TestFolder(SourceSuite):
    typed = False

    def make(self) -> Source:
        return FileSource()

    def address(self, folder: Path, shift: int) -> object:
        frame = pl.DataFrame(sample_rows(shift), schema=list(NAMES), orient="row")
        for number in range(5):
            frame[number * 10 : number * 10 + 10].write_csv(folder / f"part-{number}.csv")
        return folder


class TestPattern(TestFolder):
    typed = True

    def address(self, folder: Path, shift: int) -> object:
        frame = pl.DataFrame(sample_rows(shift), schema=list(NAMES), orient="row")
        for number in range(2):
            frame[number * 25 : number * 25 + 25].write_parquet(folder / f"part-{number}.parquet")
        return str(folder / "part-*.parquet")


def test_files_are_joined_by_the_names_of_columns_in_the_order_of_the_files(tmp_path: Path) -> None:
    put(
        tmp_path / "s",
        {
            "b.csv": "x,y\n3,c\n",
            "a.csv": "y,x\na,1\nb,2\n",
            ".hidden.csv": "no",
            "_log.json": "no",
            "README.txt": "no",
        },
    )
    assert read(tmp_path / "s").rows(named=True) == [
        {"y": "a", "x": "1"},
        {"y": "b", "x": "2"},
        {"y": "c", "x": "3"},
    ]
    assert label(tmp_path / "s") == "s/ (2 files)"
    assert label(str(tmp_path / "s" / "*.csv")) == "*.csv (2 files)"


def test_types_that_differ_meet(tmp_path: Path) -> None:
    put(tmp_path, {"a.json": '[{"x": 1, "y": 1}]', "b.json": '[{"x": 1.5, "y": "007"}]'})
    assert read(tmp_path).rows() == [(1.0, "1"), (1.5, "007")]


def test_folders_named_by_a_key_become_columns(tmp_path: Path) -> None:
    root = tmp_path / "day=1" / "sales"
    put(
        root,
        {
            "year=2023/month=01/a.csv": "x\n1\n",
            "year=2024/month=02/a.csv": "x\n2\n",
            "year=2024/month=12/a.csv": "x\n3\n",
        },
    )
    table = read(root)
    assert table.columns == ["x", "year", "month"]
    assert table.rows() == [("1", "2023", "01"), ("2", "2024", "02"), ("3", "2024", "12")]
    assert read(root, where="year = '2024'", include=("x", "month")).rows() == [("2", "02"), ("3", "12")]
    assert read(str(root / "year=*" / "**" / "*.csv")).height == 3


def test_packed_and_chosen_files_are_joined(tmp_path: Path) -> None:
    for name, value in {"a": 1, "b": 2, "c": 3}.items():
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(f"x,y\n{value},0\n".encode()))
    assert read(tmp_path, include=("x",), where="x > 1").rows() == [("2",), ("3",)]
    assert read(tmp_path, rows=2).height == 2


def test_a_file_that_does_not_go_with_the_others_is_named(tmp_path: Path) -> None:
    put(tmp_path / "s", {"a.csv": "x,y\n1,2\n", "b.csv": "x,y\n1,2\n", "c.csv": "x,z\n1,2\n"})
    error = refusal(tmp_path / "s")
    assert "'c.csv'" in error.what
    assert "'z'" in error.seen
    put(tmp_path / "t", {"a.csv": "x,y\n1,2\n", "b.json": "[]"})
    assert "'b.json'" in refusal(tmp_path / "t").what
    put(tmp_path / "u", {"a.csv": "x,y\n1,2\n", "k=1/b.csv": "x,y\n1,2\n"})
    assert "'k=1/b.csv'" in refusal(tmp_path / "u").what
    put(tmp_path / "v", {"a.csv": "x,y\n1,2\n", "b.csv": "x,y\n1,2\n3\n"})
    error = refusal(tmp_path / "v")
    assert "'b.csv'" in error.what
    assert "Line: 3" in error.seen


def test_nothing_to_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    assert "an empty folder" in refusal(tmp_path / "s").seen
    put(tmp_path / "s", {"notes.md": "x"})
    assert "'notes.md'" in refusal(tmp_path / "s").seen
    assert "matches" in refusal(str(tmp_path / "s" / "*.csv")).what
    assert refusal(str(tmp_path / "no" / "*.csv")).seen == "no such folder"


def test_equal_folders_have_equal_digests(tmp_path: Path) -> None:
    from fivefold.core.extract import Extract

    digests = []
    for name, value in {"a": 1, "b": 1, "c": 2}.items():
        put(tmp_path / name, {"x.csv": f"x,y\n{value},0\n", "y.csv": "x,y\n5,6\n"})
        (tmp_path / f"out-{name}").mkdir()
        digests.append(FileSource().fetch(Extract(tmp_path / name), tmp_path / f"out-{name}").digest)
    assert digests[0] == digests[1] != digests[2]
