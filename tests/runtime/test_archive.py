"""The archive: what is taken for a bundle, and what never is."""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from fivefold.core.errors import ArtefactError
from fivefold.runtime.archive import ZipFiles, fits_a_bundle, inflated, open_files, squeezed, zipped
from fivefold.runtime.bundle import load_bundle, read_bundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def archive(write: Callable[[zipfile.ZipFile], object], kind: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", kind) as made:
        write(made)
    return stream.getvalue()


def link(made: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("bundle.json")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    made.writestr(entry, "/etc/hostname")


def twice(made: zipfile.ZipFile) -> None:
    made.writestr("bundle.json", "{}")
    with pytest.warns(UserWarning, match="Duplicate"):
        made.writestr("bundle.json", "[]")


def test_a_bundle_is_read_from_its_archive_without_a_file_being_written(bundle: Path, tmp_path: Path) -> None:
    packed = tmp_path / "model.zip"
    packed.write_bytes(read_bundle(bundle).archive())
    before = sorted(path.name for path in tmp_path.iterdir())
    whole, found = load_bundle(bundle), load_bundle(packed)
    assert found.version == whole.version
    assert found.golden == whole.golden
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_the_same_files_give_the_same_bytes_in_any_order() -> None:
    files = {"b.json": b"2", "a.json": b"1", "members/c.bin": b"3"}
    assert zipped(files) == zipped(dict(reversed(files.items())))
    assert ZipFiles(zipped(files), "m").read("members/c.bin") == b"3"


@pytest.mark.parametrize(
    "name",
    [
        "../bundle.json",
        "/bundle.json",
        "members/../../x",
        "a/b/c",
        "",
        "C:\\x",
        "bundle.json\x00.txt",
        "..",
        "mémbers/x",
    ],
)
def test_a_name_outside_of_the_bundle_is_refused(name: str) -> None:
    assert not fits_a_bundle(name)


@pytest.mark.parametrize("name", ["../bundle.json", "/bundle.json", "members/../../x", "a/b/c"])
def test_an_archive_that_reaches_outside_is_refused(name: str) -> None:
    with pytest.raises(ArtefactError, match=r"'m\.zip' is no bundle.*files inside the bundle"):
        ZipFiles(archive(lambda made: made.writestr(name, "x")), "m.zip")


def test_links_and_names_that_come_twice_are_refused() -> None:
    with pytest.raises(ArtefactError, match="is a link or a device"):
        ZipFiles(archive(link), "m.zip")
    with pytest.raises(ArtefactError, match=r"two files named 'bundle\.json'"):
        ZipFiles(archive(twice), "m.zip")


def test_a_bomb_is_refused_before_anything_is_unpacked() -> None:
    bomb = archive(lambda made: made.writestr("bundle.json", b"\0" * 40_000_000), zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    with pytest.raises(ArtefactError, match="times its own size"):
        ZipFiles(bomb, "m.zip")


def test_rare_ways_to_pack_are_refused() -> None:
    packed = archive(lambda made: made.writestr("bundle.json", "{}"), zipfile.ZIP_BZIP2)
    with pytest.raises(ArtefactError, match="packed in a rare way"):
        ZipFiles(packed, "m.zip")


def test_folders_in_an_archive_are_nothing_to_read() -> None:
    def write(made: zipfile.ZipFile) -> None:
        made.writestr("members/", "")
        made.writestr("bundle.json", "{}")

    assert ZipFiles(archive(write), "m.zip").read("bundle.json") == b"{}"


def test_a_file_that_is_no_archive_and_one_that_lacks_a_file(tmp_path: Path) -> None:
    (tmp_path / "m.zip").write_bytes(b"PK no archive")
    with pytest.raises(ArtefactError, match="a whole zip archive"):
        open_files(tmp_path / "m.zip")
    (tmp_path / "m.zip").write_bytes(zipped({"a": b""}))
    with pytest.raises(ArtefactError, match=r"'bundle\.json' cannot be read.*no such file in 'm\.zip'"):
        load_bundle(tmp_path / "m.zip")


def test_what_is_squeezed_is_what_any_tool_inflates_and_always_the_same() -> None:
    data = bytes(range(256)) * 100
    for quick in (False, True):
        small = squeezed(data, quick=quick)
        assert small == squeezed(data, quick=quick)
        assert len(small) < len(data) / 10
        assert small[4:10] == bytes([0, 0, 0, 0, small[8], 255]), "no time, no system"
        assert gzip.decompress(small) == inflated(small, "one.gz") == data
    assert inflated(squeezed(b""), "none.gz") == b""


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"", "too soon"), (b"plain text", "incorrect header"), (squeezed(b"tree" * 50)[:-1], "too soon"),
        (squeezed(b"tree" * 50)[:20], "too soon"), (squeezed(b"tree") + b"more", "too late"),
        (squeezed(b"tree") + squeezed(b"tree"), "too late"), (zlib.compress(b"tree"), "incorrect header"),
        (squeezed(b"tree")[:-8] + bytes(8), "incorrect data check"),
    ],
)  # fmt: skip
def test_what_is_no_whole_file_of_gzip_is_refused_by_name(data: bytes, seen: str) -> None:
    with pytest.raises(ArtefactError, match=rf"'members/one\.txt\.gz' cannot be inflated.*{seen}"):
        inflated(data, "members/one.txt.gz")


def test_a_file_that_inflates_to_far_more_than_it_is_does_not_get_far() -> None:
    bomb = squeezed(bytes(40 << 20))
    with pytest.raises(ArtefactError, match="more than 16,777,216 bytes"):
        inflated(bomb, "bomb.gz")
