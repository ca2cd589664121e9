"""A log of Parquet segments: each is whole, any tool reads them, and the frame library comes with the first one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from fivefold.core.artefacts import Contract
from fivefold.core.errors import ArtefactError, InputError
from fivefold.service.log import PredictionLog, read_log, read_requests
from fivefold.service.log.backend import Pace
from fivefold.service.log.parquet import ParquetLog
from fivefold.testing.targets import tiny_bundle
from tests.service.log.places import entry, opened
from tests.service.serving import eventually


@pytest.fixture
def binary(tmp_path: Path) -> Contract:
    return tiny_bundle(tmp_path / "bundle").contract


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "segments"


def test_so_many_lines_make_a_segment_and_the_rest_comes_with_the_end(binary: Contract, folder: Path) -> None:
    log = PredictionLog(ParquetLog(folder, pace=Pace(seconds=600.0, rows=100)))
    log.record(entry(binary, "first", count=100))
    eventually(lambda: len(list(folder.glob("*.parquet"))) == 1)
    log.record(entry(binary, "second", count=5))
    log.close()
    segments = sorted(folder.iterdir())
    assert [pl.read_parquet(path).height for path in segments] == [100, 5]
    assert read_log(folder, binary)[0].height == 105


def test_after_some_time_a_segment_is_written_however_few_lines_came(binary: Contract, folder: Path) -> None:
    log = PredictionLog(ParquetLog(folder, pace=Pace(seconds=0.05, rows=10_000)))
    log.record(entry(binary))
    eventually(lambda: len(list(folder.glob("*.parquet"))) == 1)
    log.close()


def test_a_segment_is_a_plain_table_with_moments(binary: Contract, folder: Path) -> None:
    log = opened(f"{folder}/")
    log.record(entry(binary))
    log.close()
    table = pl.read_parquet(folder / "*.parquet")
    assert table.columns == [
        "time", "request_id", "position", "prediction_id", "version", "features", "prediction", "latency_ms", "unseen", "extra",
    ]  # fmt: skip
    assert table["time"].dtype == pl.Datetime("us", "UTC")
    assert table["features"].str.json_path_match("$.city").to_list() == ["Rome"]


def test_a_half_written_segment_is_not_read_and_is_cleared_away_in_time(
    binary: Contract, folder: Path
) -> None:
    folder.mkdir()
    fresh, stale = folder / ".a.parquet.part", folder / ".b.parquet.part"
    for part in (fresh, stale):
        part.write_bytes(b"PAR1 half")
    os.utime(stale, (0, 0))
    log = opened(folder)
    log.record(entry(binary))
    log.close()
    assert read_log(folder, binary)[0].height == 1
    assert fresh.exists()  # another service may be writing it
    assert not stale.exists()


def test_a_damaged_segment_is_named(binary: Contract, folder: Path) -> None:
    log = opened(f"{folder}/")
    log.record(entry(binary))
    log.close()
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ArtefactError, match=path.name):
        read_log(folder, binary)
    with pytest.raises(ArtefactError, match=path.name):
        read_requests(folder)


def test_a_table_of_somebody_else_is_no_segment(binary: Contract, folder: Path) -> None:
    folder.mkdir()
    pl.DataFrame({"a": [1]}).write_parquet(folder / "mine.parquet")
    with pytest.raises(ArtefactError, match=r"mine\.parquet: format unknown"):
        read_log(folder, binary)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        opened(f"{tmp_path}/file/segments/")


def test_rows_wait_for_a_folder_that_is_gone_for_a_moment(
    binary: Contract, folder: Path, tmp_path: Path
) -> None:
    log = PredictionLog(ParquetLog(folder, pace=Pace(seconds=0.01, rows=10_000)))
    folder.rename(tmp_path / "elsewhere")
    log.record(entry(binary))
    (tmp_path / "elsewhere").rename(folder)
    eventually(lambda: read_log(folder, binary)[0].height == 1)
    log.close()
    assert log.dropped == 0


def test_no_frame_library_is_loaded_before_the_first_segment(folder: Path) -> None:
    script = (
        "import sys\n"
        "from fivefold.service.log import open_log\n"
        "log = open_log(sys.argv[1])\n"
        "print('polars' in sys.modules, 'psycopg' in sys.modules)\n"
        "log.note(400); log.close()\n"
        "print('polars' in sys.modules)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, f"{folder}/"], capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout.split() == ["False", "False", "True"]
