"""Addresses: a real server of files on loopback, asked over HTTP and over the protocol of S3."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.data.sources.fetching import brought, read, refusal

from fivefold.core.errors import BudgetError, MissingExtraError
from fivefold.core.extract import DataSettings, Extract
from fivefold.data.sources.remote import RemoteSource
from fivefold.testing.sources import NAMES, SourceSuite, sample_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.core.protocols import Source


class Shelf(SimpleHTTPRequestHandler):
    """Gives files, whole or in parts, and tells how many bytes it gave; what lies in ``locked`` is refused."""

    given: list[int]
    parts: bool

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if "locked" in path.parts:
            return self.send_error(403)
        if not path.is_file():
            return self.send_error(404)
        content, asked = path.read_bytes(), self.headers.get("Range", "")
        status, first, last = 200, 0, len(content) - 1
        if self.parts and asked.startswith("bytes="):
            begin, _, end = asked.removeprefix("bytes=").partition("-")
            status, first, last = 206, int(begin), min(int(end or last), last)
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self._send(content[first : last + 1])
        return None

    def do_HEAD(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Accept-Ranges", "bytes" if self.parts else "none")
        self.send_header("Content-Length", str(path.stat().st_size))
        self.end_headers()
        return None

    def _send(self, content: bytes) -> None:
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(content)
        self.given.append(len(content))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


@contextlib.contextmanager
def serving(folder: Path, *, parts: bool = True) -> Iterator[tuple[str, list[int]]]:
    given: list[int] = []
    handler = type("Here", (Shelf,), {"given": given, "parts": parts})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", given
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[tuple[str, Path, list[int]]]:
    (tmp_path / "shelf").mkdir()
    with serving(tmp_path / "shelf") as (address, given):
        yield address, tmp_path / "shelf", given


class TestWeb(SourceSuite):
    typed = False

    @pytest.fixture(autouse=True)
    def _open(self, tmp_path: Path) -> Iterator[None]:
        with serving(tmp_path) as (self.server, _):
            self.folder = tmp_path
            yield

    def make(self) -> Source:
        return RemoteSource()

    def address(self, folder: Path, shift: int) -> object:
        frame = pl.DataFrame(sample_rows(shift), schema=list(NAMES), orient="row")
        frame.write_csv(self.folder / f"t{shift}.csv")
        return f"{self.server}/t{shift}.csv"


def wide(path: Path) -> pl.DataFrame:
    frame = pl.DataFrame({f"c{column}": range(column, column + 50_000) for column in range(20)})
    frame.write_parquet(path, row_group_size=10_000, compression="uncompressed")
    return frame


def test_whole_files_of_any_form_are_read(shelf: tuple[str, Path, list[int]]) -> None:
    server, folder, _ = shelf
    (folder / "t.json").write_text('[{"a": 1}]')
    wide(folder / "t.parquet")
    assert read(f"{server}/t.json").rows() == [(1,)]
    assert read(f"{server}/t.parquet").shape == (50_000, 20)


def test_of_parquet_only_the_wanted_columns_travel(shelf: tuple[str, Path, list[int]]) -> None:
    server, folder, given = shelf
    frame = wide(folder / "t.parquet")
    table = read(f"{server}/t.parquet", include=("c3", "c7"), keep=("c9",), where="c1 < 30001")
    assert table.equals(frame.filter(pl.col("c1") < 30001).select("c3", "c7", "c9"))
    assert sum(given) < 0.35 * (folder / "t.parquet").stat().st_size
    assert "did you mean" in refusal(f"{server}/t.parquet", include=("C3",)).todo


def test_of_nested_records_only_the_wanted_ones_travel(shelf: tuple[str, Path, list[int]]) -> None:
    server, folder, _ = shelf
    rows = [
        {"user": {"age": at, "geo": {"lat": at / 2}}, "other": {"x": at}, "y": at % 2} for at in range(50)
    ]
    pl.DataFrame(rows).write_parquet(folder / "nested.parquet")
    found = read(f"{server}/nested.parquet", include=("user.geo.lat",), where="user.age >= 48")
    assert found.rows(named=True) == [{"user.geo.lat": 24.0}, {"user.geo.lat": 24.5}]


def test_a_server_that_gives_no_parts_gives_the_whole(tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    frame = wide(tmp_path / "shelf" / "t.parquet")
    with serving(tmp_path / "shelf", parts=False) as (server, _):
        assert read(f"{server}/t.parquet", include=("c3",)).equals(frame.select("c3"))


def test_secrets_in_an_address_are_never_repeated(shelf: tuple[str, Path, list[int]], tmp_path: Path) -> None:
    server, folder, _ = shelf
    (folder / "t.csv").write_text("a,b\n1,2\n")
    (folder / "bad.csv").write_text("a,b\n1,2\n3\n")
    secret = server.replace("://", "://me:hunter2@")
    fetched = brought(f"{secret}/t.csv?X-Amz-Signature=s3cr3t", tmp_path, {}, {})
    assert "hunter2" not in str(fetched)
    assert "s3cr3t" not in str(fetched)
    assert fetched.lineage[0].source == f"{server}/t.csv"
    for name in ("bad.csv", "no.csv", "locked/t.csv"):
        error = refusal(f"{secret}/{name}?token=s3cr3t")
        shown = f"{error} {error.__cause__} "
        assert "hunter2" not in shown
        assert "s3cr3t" not in shown


def test_what_cannot_be_fetched_is_refused(shelf: tuple[str, Path, list[int]]) -> None:
    server, folder, _ = shelf
    (folder / "login.csv").write_text("<html>Log in</html>")
    assert refusal(f"{server}/no.csv").seen == "nothing at that place"
    assert "403" in refusal(f"{server}/locked/t.csv").seen
    assert "page" in refusal(f"{server}/login.csv").what
    assert "no connection" in refusal("http://127.0.0.1:9/t.csv").seen


def test_a_file_beyond_the_stated_disk_is_refused(shelf: tuple[str, Path, list[int]], tmp_path: Path) -> None:
    server, folder, _ = shelf
    (folder / "t.csv").write_text("a,b\n" + "1,2\n" * 10**6)
    with pytest.raises(BudgetError, match="disk"):
        brought(f"{server}/t.csv", tmp_path, {"disk": 2 * 10**6}, {})


def test_a_bucket_is_asked_by_its_own_protocol(
    shelf: tuple[str, Path, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, folder, given = shelf
    (folder / "bucket").mkdir()
    frame = wide(folder / "bucket" / "t.parquet")
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert read("s3://bucket/t.parquet", include=("c3",)).equals(frame.select("c3"))
    assert sum(given) < 0.35 * (folder / "bucket" / "t.parquet").stat().st_size


@pytest.mark.slow
def test_without_the_extra_the_install_command_is_printed() -> None:
    code = (
        "import sys; sys.modules['fsspec'] = None\n"
        "from pathlib import Path\n"
        "from fivefold.core.extract import Extract\n"
        "from fivefold.core.errors import MissingExtraError\n"
        "from fivefold.data.gather import gather\n"
        "import tempfile\n"
        "try:\n"
        "    gather(Extract('s3://bucket/t.csv'), Path(tempfile.mkdtemp()))\n"
        "except MissingExtraError as error:\n"
        "    print(error.exit_code, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.startswith("2 "), done.stderr
    assert 'pip install "fivefold[remote]"' in done.stdout
    assert MissingExtraError.exit_code == 2
    assert Extract("x", DataSettings()).disk == 0
