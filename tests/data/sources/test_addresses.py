"""Addresses that hold a password: none is ever repeated, and files whose names only look like one are read."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import pytest
from tests.data.sources.fetching import label, read, refusal

from fivefold.cli.main import main
from fivefold.core.credentials import without_password

if TYPE_CHECKING:
    from pathlib import Path

PIECES = ("Wr0ng", "S3c", "ret9")
MISTYPED = [
    "postgresql:/me:Wr0ngS3cret9@127.0.0.1/db#t",
    "postgresql//me:Wr0ngS3cret9@127.0.0.1/db#t",
    "postgresql:me:Wr0ngS3cret9@127.0.0.1/db",
    "me:Wr0ngS3cret9@127.0.0.1/db",
    "me%3AWr0ngS3cret9@127.0.0.1/db",
    "me:Wr0ng*S3c?ret9@127.0.0.1/db",
    "https:/me:Wr0ngS3cret9@127.0.0.1/x.csv",
    "127.0.0.1/db?user=me&password=Wr0ngS3cret9",
    "host=127.0.0.1 password=Wr0ngS3cret9",
    "Server=h;Pwd=Wr0ngS3cret9",
]
TORN = [
    "postgresql://postgres:Wr0ng@S3c/ret9#x?y@127.0.0.1:1/db#t",
    "postgresql://postgres:Wr0ng@S3cret9@127.0.0.1:1/db#t",
    "postgresql:///me:Wr0ngS3cret9@127.0.0.1:1/db#t",
    "mysql://me:1/Wr0ng@S3c?ret9@127.0.0.1/db#t",
    "sqlite:///me:Wr0ngS3cret9@host/db",
    "https://me:Wr0ng/S3cret9@127.0.0.1:1/x.csv",
    "https://me:Wr0ng#S3cret9@127.0.0.1:1/x.csv",
    "https://me:Wr0ng@S3c/ret9@127.0.0.1:1/x.csv",
    "https://me:[Wr0ngS3cret9@127.0.0.1:1/x.csv",
    "me:Wr0ngS3cret9@host://x",
    "bigquery://me:wr0ngs3cret9/Wr0ng@host/t",
]


@pytest.mark.parametrize("address", [*MISTYPED, *TORN])
def test_what_looks_like_an_address_with_a_password_is_not_repeated(address: str) -> None:
    error = refusal(address)
    shown = f"{error} {error.__cause__}".casefold()
    assert not [piece for piece in PIECES if piece.casefold() in shown]


@pytest.mark.parametrize("address", MISTYPED)
def test_a_mistyped_address_is_told_how_one_is_written(address: str) -> None:
    error = refusal(address)
    assert "postgresql://user@host/database#table" in error.expected
    assert "not repeated" in error.seen


@pytest.mark.parametrize("name", ["data@2020.csv", "C:x.csv", "a:b@c.csv", "x;pwd=1.csv"])
def test_files_whose_names_hold_such_signs_are_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_text("a,b\n1,2\n")
    monkeypatch.chdir(tmp_path)
    assert read(name).rows() == [("1", "2")]
    assert label(f"{tmp_path}/{name[:-3]}*") == f"{name[:-3]}* ({name})"
    assert without_password(name) == name


def test_a_missing_file_without_such_signs_is_still_named(tmp_path: Path) -> None:
    assert "data@2020.csv" in refusal(tmp_path / "data@2020.csv").what


def test_the_shell_shows_no_password_either(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (
        ["run", MISTYPED[0], "--target", "x"],
        ["run", MISTYPED[0]],
        ["init", MISTYPED[3], "--target", "x"],
    ):
        monkeypatch.setattr(sys, "argv", ["fivefold", *words, *(["--json"] if words[0] == "run" else [])])
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        assert "Wr0ng" not in out.getvalue() + err.getvalue()
        assert words[0] == "init" or json.loads(out.getvalue())["error"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"Wr0ng" in path.read_bytes()]


def test_parameters_behind_a_semicolon_are_left_out_as_well() -> None:
    assert "s3cret" not in without_password("https://h/x.csv?a=1;password=s3cret&b=2")
