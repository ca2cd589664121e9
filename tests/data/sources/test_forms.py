"""Workbooks, Arrow and packed files: what is read, and what is said about those that are none."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import random
import subprocess
import sys
import tempfile
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import xlsxwriter
from tests.data.sources.fetching import brought, label, read, refusal

from fivefold.core.errors import BudgetError, InputError, SettingsError
from fivefold.core.extract import Extract
from fivefold.data.sources.file import FileSource
from fivefold.testing.sources import NAMES, SourceSuite, sample_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fivefold.core.protocols import Source

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    """Write a workbook; texts stay texts."""
    with xlsxwriter.Workbook(
        path, {"default_date_format": "yyyy-mm-dd", "strings_to_numbers": False}
    ) as book:
        book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001 - equal rows must give equal bytes
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return path


class TestWorkbook(SourceSuite):
    def make(self) -> Source:
        return FileSource()

    def address(self, folder: Path, shift: int) -> object:
        return workbook(folder / "t.xlsx", {"Notes": [], "Table": [NAMES, *sample_rows(shift)]})


class TestArrow(SourceSuite):
    def make(self) -> Source:
        return FileSource()

    def address(self, folder: Path, shift: int) -> object:
        pl.DataFrame(sample_rows(shift), schema=list(NAMES), orient="row").write_ipc(folder / "t.feather")
        return folder / "t.feather"


class TestPackedCsv(SourceSuite):
    typed = False

    def make(self) -> Source:
        return FileSource()

    def address(self, folder: Path, shift: int) -> object:
        frame = pl.DataFrame(sample_rows(shift), schema=list(NAMES), orient="row")
        (folder / "t.csv.zst").write_bytes(zstd.compress(frame.write_csv().encode()))
        return folder / "t.csv.zst"


DAY = datetime.fromisoformat("2020-01-02")
BOOK: dict[str, Sequence[Sequence[Any]]] = {
    "Empty": [],
    "Sales": [
        ["code", "size", "day", "mixed", ""],
        ["007", 1, DAY, 1, ""],
        ["010", 2.0, None, "x", ""],
    ],
    "Titled": [["Sales of May"], [], ["a", "b", "c"], [1.5, "x", True]],
}


def test_cells_keep_what_they_are(tmp_path: Path) -> None:
    path = workbook(tmp_path / "book.xlsx", BOOK)
    assert read(path).rows(named=True) == [
        {"code": "007", "size": 1, "day": DAY, "mixed": "1"},
        {"code": "010", "size": 2, "day": None, "mixed": "x"},
    ]
    assert label(path) == "book.xlsx (sheet Sales)"


def test_a_sheet_is_named_in_the_settings_or_behind_the_address(tmp_path: Path) -> None:
    path = workbook(tmp_path / "book.xlsx", BOOK)
    wanted = [{"a": 1.5, "b": "x", "c": True}]
    assert read(f"{path}#Titled").rows(named=True) == wanted
    assert read(path, table="Titled").rows(named=True) == wanted
    assert read(path, table="Titled", include=("b",), where="a > 1").rows() == [("x",)]


def test_empty_rows_above_a_table_are_passed_over(tmp_path: Path) -> None:
    rows: Sequence[Sequence[Any]] = [[], ["", "", ""], ["a", "b", "c"], [1, 2.5, "x"], [2, 3.5, "y"]]
    found = read(workbook(tmp_path / "book.xlsx", {"Data": rows}))
    assert found.rows(named=True) == [{"a": 1, "b": 2.5, "c": "x"}, {"a": 2, "b": 3.5, "c": "y"}]
    titled = read(workbook(tmp_path / "titled.xlsx", {"Data": [[], ["Sales of May"], *rows]}))
    assert titled.equals(found)


def test_times_of_day_have_no_day(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "hh:mm"}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([["n", "opens", "since"], [1, time(8, 30), DAY], [2, time(0, 5), DAY]]):
            sheet.write_row(at, 0, row)
    assert read(path).rows() == [(1, "08:30:00", DAY), (2, "00:05:00", DAY)]


TABLE: Sequence[Sequence[Any]] = [
    ["Quarterly export"],
    [],
    ["no", "amount", "left"],
    [1, 2.5, "x"],
    [2, 3.5, "y"],
]
COVER: Sequence[Sequence[Any]] = [["This workbook has data"], ["see sheet Data"]]


def chosen(path: Path, *keep: str, **wanted: Any) -> str:
    """The label of what was read, where these columns were wanted."""
    with tempfile.TemporaryDirectory() as folder:
        return brought(path, Path(folder), {"keep": keep}, wanted).label


def test_the_sheet_with_the_wanted_columns_is_read_and_said(tmp_path: Path) -> None:
    other: Sequence[Sequence[Any]] = [["no", "town", "size"], [1, "Ulm", 3], [2, "Bonn", 4]]
    path = workbook(tmp_path / "book.xlsx", {"Towns": other, "Data": TABLE, "More": [["left"], ["x"]]})
    assert read(path, keep=("left",)).columns == ["no", "amount", "left"]
    assert chosen(path, "left") == "book.xlsx (sheet Data, as 'Towns' lacks 'left')"
    assert chosen(path, include=("amount",)) == "book.xlsx (sheet Data, as 'Towns' lacks 'amount')"
    assert chosen(path, "size") == chosen(path) == "book.xlsx (sheet Towns)"
    assert chosen(path, "left", table="Data") == "book.xlsx"
    # A name with a dot may be that of a joined table.
    assert chosen(path, "town", "orders.count") == "book.xlsx (sheet Towns)"
    assert chosen(path, "left", "orders.count") == "book.xlsx (sheet Data, as 'Towns' lacks 'left')"


def test_where_no_sheet_has_the_wanted_columns_the_sheets_are_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "book.xlsx", {"Read me": COVER, "Data": TABLE})
    for keep, todo in ((("lefft",), "did you mean 'left'?"), (("left", "when"), "'when'")):
        with pytest.raises(InputError, match="has the column") as caught:
            chosen(path, *keep)
        assert "sheet 'Read me' with 'This workbook has data'; sheet 'Data' with 'no'" in caught.value.seen
        assert todo in str(caught.value)
    lone = workbook(tmp_path / "lone.xlsx", {"Data": TABLE})
    assert read(lone, keep=("lefft",)).columns == ["no", "amount", "left"]


def test_a_cover_is_passed_over_where_one_table_stands_beside_it(tmp_path: Path) -> None:
    path = workbook(tmp_path / "book.xlsx", {"Read me": COVER, "Data": TABLE})
    assert label(path) == "book.xlsx (sheet Data, as 'Read me' holds no table)"
    assert label(f"{path}#Read me") == "book.xlsx"
    two = workbook(tmp_path / "two.xlsx", {"Read me": COVER, "Data": TABLE, "Again": TABLE})
    assert label(two) == "two.xlsx (sheet Read me)"
    column: Sequence[Sequence[Any]] = [["a"], *([at] for at in range(30))]
    long = workbook(tmp_path / "long.xlsx", {"Read me": column, "Data": TABLE})
    assert label(long) == "long.xlsx (sheet Read me)"


def test_sheets_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "book.xlsx", BOOK | {"Twice": [["a", "b", "a"], [1, 2, 3]], "Bare": [["a", "b"]]}
    )
    assert "'Empty', 'Sales', 'Titled'" in refusal(f"{path}#sales").seen
    assert "holds no table" in refusal(f"{path}#Empty").what
    assert "one name" in refusal(f"{path}#Twice").what
    assert "has no rows" in refusal(f"{path}#Bare").what


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04junk" * 90, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"\0\1\2\3" * 200]
)
def test_a_workbook_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "book.xlsx").write_bytes(content)
    error = refusal(tmp_path / "book.xlsx")
    assert "cannot be read as a workbook" in error.what
    assert str(tmp_path) not in error.seen


def test_a_workbook_with_a_password_is_refused(tmp_path: Path) -> None:
    name = "EncryptedPackage".encode("utf-16-le")
    (tmp_path / "book.xlsx").write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + name + b"\0" * 600
    )
    assert "password" in refusal(tmp_path / "book.xlsx").what


def test_a_text_that_is_called_a_workbook_is_read(tmp_path: Path) -> None:
    (tmp_path / "book.xls").write_text("a\tb\n1\t2\n")
    assert read(tmp_path / "book.xls").rows() == [("1", "2")]


def test_a_sheet_of_a_file_without_sheets_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    assert "no sheets" in refusal(tmp_path / "t.csv", table="Sales").what


@pytest.mark.slow
def test_workbooks_and_arrow_are_read_without_pyarrow(tmp_path: Path) -> None:
    workbook(tmp_path / "book.xlsx", BOOK)
    pl.DataFrame({"a": [1], "k": ["x"]}).with_columns(pl.col("k").cast(pl.Categorical)).write_ipc(
        tmp_path / "t.arrow"
    )
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'pyarrow' else find(name, *rest)\n"
        "import pathlib, tempfile\n"
        "from fivefold.core.extract import Extract\n"
        "from fivefold.data.gather import gather\n"
        "for name in sys.argv[1:]:\n"
        "    print(gather(Extract(name), pathlib.Path(tempfile.mkdtemp())).lineage[0].rows)\n"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "book.xlsx"), str(tmp_path / "t.arrow")]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.stdout.split() == ["2", "1"], done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("write", [pl.DataFrame.write_ipc, pl.DataFrame.write_ipc_stream])
def test_arrow_types_become_plain_ones(tmp_path: Path, write: Callable[..., object]) -> None:
    frame = pl.DataFrame(
        {
            "kind": pl.Series(["x"], dtype=pl.Categorical),
            "day": [DAY],
            "clock": [time(12, 30)],
            "span": [timedelta(minutes=2)],
            "nothing": [None],
            "code": ["007"],
        }
    )
    write(frame, tmp_path / "t.arrow")
    row = read(tmp_path / "t.arrow").row(0, named=True)
    assert (row["kind"], row["day"], row["span"]) == ("x", DAY, 120.0)
    assert (row["nothing"], row["code"]) == (None, "007")
    assert row["clock"].startswith("12:30")


def test_arrow_is_narrowed_and_a_damaged_one_refused(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [0, 1]}).write_ipc(tmp_path / "t.arrow")
    assert read(tmp_path / "t.arrow", include=("b",), where="a > 1").rows() == [("y",)]
    whole = (tmp_path / "t.arrow").read_bytes()
    (tmp_path / "cut.arrow").write_bytes(whole[: len(whole) // 2])
    assert "cannot be read as Arrow" in refusal(tmp_path / "cut.arrow").what


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".gz", gzip.compress), (".zst", zstd.compress), (".bz2", bz2.compress), (".xz", lzma.compress)],
)
def test_packed_files_are_read(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / f"t.csv{suffix}").write_bytes(pack("a,b\n1,é\n".encode("latin-1")))
    (tmp_path / f"t.json{suffix}").write_bytes(pack(b'[{"a": 1, "b": "2"}]'))
    assert read(tmp_path / f"t.csv{suffix}").rows() == [("1", "é")]
    assert read(tmp_path / f"t.json{suffix}").rows() == [(1, "2")]
    packed = pack(b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(5000)))
    (tmp_path / f"cut.csv{suffix}").write_bytes(packed[: len(packed) // 2])
    assert "cannot be read as" in refusal(tmp_path / f"cut.csv{suffix}").what


def test_the_one_table_of_an_archive_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/._t.csv", "junk")
        archive.writestr("inner/t.csv", "a,b\n1,2\n")
    assert read(path).rows() == [("1", "2")]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("u.json", '{"a": 3}')
    assert "'inner/t.csv', 'u.json'" in refusal(path).seen
    assert read(f"{path}#u.json").rows() == [(3,)]
    assert read(path, table="t.csv").rows() == [("1", "2")]


def test_a_path_that_leads_out_of_an_archive_leads_nowhere(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with zipfile.ZipFile(place / "t.zip", "w") as archive:
        archive.writestr("../u.csv", "a,b\n1,2\n")
    assert read(place / "t.zip").rows() == [("1", "2")]
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_file_that_grows_without_end_is_stopped(tmp_path: Path, suffix: str) -> None:
    block = b"1,1\n" * 2**18
    path = tmp_path / f"t.csv{suffix}"
    with gzip.open(path, "wb", compresslevel=1) if suffix == ".gz" else zstd.open(path, "wb") as stream:
        stream.write(b"a,b\n")
        for _ in range(300):
            stream.write(block)
    assert path.stat().st_size < 2 * 10**6
    assert "without end" in refusal(path).what


def test_an_archive_that_takes_more_disk_than_was_stated_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 10**6))
    (tmp_path / "here").mkdir()
    with pytest.raises(BudgetError, match="disk"):
        brought(tmp_path / "t.csv.gz", tmp_path / "here", {"disk": 10**6}, {})


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_may_be_marked(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "t.json").write_text('[{"a": 1, "b": "é"}]', encoding=encoding)
    assert read(tmp_path / "t.json", include=("b",), where="a = 1").rows() == [("é",)]


def test_damaged_files_of_every_form_end_in_one_error(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": range(60), "b": ["x,ü"] * 60})
    workbook(tmp_path / "t.xlsx", {"S": [frame.columns, *frame.rows()]})
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_ipc(tmp_path / "t.arrow")
    with zipfile.ZipFile(tmp_path / "t.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.csv", frame.write_csv())
    draw = random.Random(7)
    for path in sorted(tmp_path.glob("t.*")):
        whole = path.read_bytes()
        for turn in range(8):
            harmed = bytearray(whole)
            at = draw.randrange(len(whole))
            harmed[at : at + 1 + 20 * (turn % 3)] = b"" if turn % 2 else bytes([draw.randrange(256)])
            path.write_bytes(bytes(harmed))
            with contextlib.suppress(InputError):
                read(path)


def test_pages_and_binary_junk_are_no_tables(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("<!DOCTYPE html><html><body>Log in</body></html>")
    assert "page" in refusal(tmp_path / "t.csv").what
    (tmp_path / "u.csv").write_bytes(bytes(range(256)) * 40)
    assert "form" in refusal(tmp_path / "u.csv").what


def test_a_query_is_for_databases(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SettingsError, match="for databases"):
        read(tmp_path / "t.csv", query="SELECT 1")


def test_where_a_table_came_from_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "here").mkdir()
    (line,) = FileSource().fetch(Extract(tmp_path / "t.csv"), tmp_path / "here").lineage
    assert (line.source, line.form, line.rows, line.bytes) == ("t.csv", "delimited text", 2, 12)
    assert datetime.fromisoformat(line.fetched).tzinfo is not None
