"""Shared libraries without what only debuggers read: they still load, and say the same."""

from __future__ import annotations

import importlib.util
import struct
from importlib.metadata import distribution
from pathlib import Path

import pytest

from fivefold.deployment.targets.container.library import loaded_part


def libraries(name: str) -> list[Path]:
    found = distribution(name)
    return [Path(str(found.locate_file(file))) for file in found.files or [] if file.suffix == ".so"]


def test_a_library_with_debugging_information_loads_without_it(tmp_path: Path) -> None:
    """The parser of httptools: nine tenths of the file are loaded by nobody."""
    (whole,) = [path for path in libraries("httptools") if path.name.startswith("parser.")]
    data = whole.read_bytes()
    kept = loaded_part(data)
    assert len(kept) < len(data) / 2
    place = tmp_path / whole.name
    place.write_bytes(kept)
    found = importlib.util.spec_from_file_location("httptools.parser.parser", place)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)

    class Request:
        url = b""

        def on_url(self, url: bytes) -> None:
            self.url += url

    request = Request()
    module.HttpRequestParser(request).feed_data(b"GET /readyz HTTP/1.1\r\n\r\n")
    assert request.url == b"/readyz"
    assert loaded_part(kept) == kept


def test_a_library_that_is_loaded_whole_stays_as_it_is() -> None:
    whole = libraries("orjson")
    assert whole
    for path in whole:
        assert loaded_part(path.read_bytes()) == path.read_bytes()


@pytest.mark.parametrize(
    "data", [b"", b"\x7fELF", b"\x7fELF\x01\x01" + bytes(100_000), b"import os\n" * 10_000]
)
def test_what_is_no_such_library_stays_as_it_is(data: bytes) -> None:
    assert loaded_part(data) == data


def test_a_table_of_segments_that_is_torn_off_is_left_alone() -> None:
    header = bytearray(b"\x7fELF\x02\x01" + bytes(58))
    struct.pack_into("<Q", header, 32, 64)
    struct.pack_into("<HH", header, 54, 56, 9)
    assert loaded_part(bytes(header)) == bytes(header)
