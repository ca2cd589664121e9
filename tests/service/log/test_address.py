"""Addresses: which kind of log is meant, and what is wrong with those that mean none."""

from __future__ import annotations

from pathlib import Path

import pytest

from fivefold.core.errors import InputError, MisuseError, SettingsError
from fivefold.service.log import Mode, mode_of, open_log, read_requests
from fivefold.service.log.address import backend_of
from fivefold.service.log.parquet import ParquetLog
from fivefold.service.log.postgresql import PostgreSQLLog
from fivefold.service.log.sqlite import SQLiteLog
from fivefold.service.log.stdout import StdoutLog


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("log.sqlite", SQLiteLog),
        ("a/b/log", SQLiteLog),
        (Path("stdout"), SQLiteLog),
        ("sqlite:///log.db", SQLiteLog),
        ("segments/", ParquetLog),
        ("{there}", ParquetLog),
        ("postgresql://me@host/db?sslmode=require", PostgreSQLLog),
        ("postgres://host/db", PostgreSQLLog),
        ("stdout", StdoutLog),
        ("-", StdoutLog),
    ],
)
def test_the_address_says_which_kind_it_is(address: str | Path, kind: type, tmp_path: Path) -> None:
    if address == "{there}":
        address = str(tmp_path)
    assert isinstance(backend_of(address), kind)


@pytest.mark.parametrize(
    "address",
    [
        "mysql://me:S3cret@host/db",
        "postgresql://me:S3cret@host/db#table",
        "postgresql:/me:S3cret@host/db",
        "s3://bucket/log",
        "host=h password=S3cret",
    ],
)
def test_an_address_of_no_kind_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(MisuseError) as caught:
        open_log(address)
    assert "S3cret" not in str(caught.value)
    assert "stdout" in caught.value.expected or "postgresql" in caught.value.expected


def test_no_log_is_none() -> None:
    assert open_log("none") is None


@pytest.mark.parametrize(
    ("address", "mode", "keep", "message"),
    [
        ("segments/", "durable", "", "no durable mode"),
        ("none", "durable", "", "nothing is durable"),
        ("stdout", "async", "30d", "cannot forget"),
        ("log.sqlite", "async", "soon", "how long the log is to be kept"),
    ],
)
def test_what_a_kind_of_log_cannot_do_is_refused(
    address: str, mode: Mode, keep: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=message) as caught:
        open_log(address, mode=mode, keep=keep)
    assert caught.value.todo
    assert list(tmp_path.iterdir()) == []


def test_a_folder_where_a_file_of_that_name_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.sqlite").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        open_log(tmp_path / "log.sqlite")


def test_an_unknown_mode_is_refused() -> None:
    assert mode_of("durable") == "durable"
    with pytest.raises(SettingsError, match="async or durable"):
        mode_of("fast")


@pytest.mark.parametrize("address", ["stdout", "-"])
def test_standard_output_cannot_be_read(address: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_requests(address)
