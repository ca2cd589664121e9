"""Gathering: which source is asked, and what every fetched table holds to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import pytest

from fivefold.core.errors import InputError, PartError
from fivefold.core.extract import Extract
from fivefold.core.protocols import Fetched
from fivefold.core.registry import Registry
from fivefold.data.gather import gather
from fivefold.data.sources.file import FileSource

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Stranger:
    """A source of somebody else's, for paths that end in ``.mine``."""

    content: bytes = b""

    def accepts(self, address: object) -> bool:
        return str(address).endswith(".mine")

    def fetch(self, address: object, folder: Path) -> Fetched:
        path = folder / "brought.parquet"
        if self.content:
            path.write_bytes(self.content)
        else:
            pl.DataFrame({"size": pl.Series([1, 2], dtype=pl.UInt64)}).write_parquet(path)
        return Fetched(path, "mine", "sha256:0")


def offer(monkeypatch: pytest.MonkeyPatch, content: bytes = b"") -> None:
    parts = {"file": FileSource, "zzz": lambda: Stranger(content)}
    monkeypatch.setattr(Registry, "all", lambda self: parts)


def test_a_stranger_may_claim_a_form_of_paths_before_the_file_source(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    offer(monkeypatch)
    assert gather(Extract("table.mine"), tmp_path).label == "mine"


def test_what_a_stranger_brings_is_brought_to_plain_types(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    offer(monkeypatch)
    assert pl.read_parquet(gather(Extract("table.mine"), tmp_path).path)["size"].to_list() == ["1", "2"]


def test_a_stranger_that_brings_no_table_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    offer(monkeypatch, b"no table")
    with pytest.raises(PartError, match="brought no table"):
        gather(Extract("table.mine"), tmp_path)


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n")
    with pytest.raises(InputError, match="has no rows"):
        gather(Extract(tmp_path / "t.csv"), tmp_path)


def test_an_address_that_nobody_reads_is_refused_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        gather(Extract("ftp://me:secret@example.org/t.csv"), tmp_path)
    assert "secret" not in str(caught.value)
    assert "ftp" in caught.value.seen


def test_the_same_table_is_the_same_wherever_it_lies(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "t.csv").write_text("a,b\n1,2\n")
        (tmp_path / f"at-{name}").mkdir()
    first = gather(Extract(tmp_path / "one" / "t.csv"), tmp_path / "at-one")
    second = gather(Extract(str(tmp_path / "two" / "t.csv")), tmp_path / "at-two")
    assert (first.label, first.digest) == (second.label, second.digest)
