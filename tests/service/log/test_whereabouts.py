"""Where the answers of a run's model are logged is noted beside the run."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from fivefold.service.log import OWN_LOG, logs_of, note_log, open_log, resolved
from fivefold.service.log.address import backend_of
from fivefold.service.log.sqlite import SQLiteLog


def test_a_run_has_its_own_log(tmp_path: Path) -> None:
    assert logs_of(tmp_path) == [tmp_path / OWN_LOG]
    note_log(tmp_path, str((tmp_path / OWN_LOG).resolve()))
    assert logs_of(tmp_path) == [tmp_path / OWN_LOG]


def test_others_are_noted_once_and_without_their_passwords(tmp_path: Path) -> None:
    live = tmp_path / "run" / "live"
    other = tmp_path / "other.sqlite"
    other.touch()
    for _ in range(2):
        note_log(live, str(other))
        note_log(live, "postgresql://me:a-secret@host/shop")
    assert logs_of(live) == [live / OWN_LOG, str(other), "postgresql://me@host/shop"]
    assert "a-secret" not in (live / "logs.json").read_text()
    other.unlink()
    assert str(other) in logs_of(live)  # whoever reads them says that it is gone


def test_what_several_note_at_once_is_all_noted(tmp_path: Path) -> None:
    logs = [f"postgresql://me@host/shop{number}" for number in range(8)]
    together = Barrier(len(logs))

    def note(log: str) -> None:
        together.wait()
        note_log(tmp_path, log)

    with ThreadPoolExecutor(len(logs)) as pool:
        list(pool.map(note, logs))
    assert sorted(map(str, logs_of(tmp_path)[1:])) == logs


def test_a_log_has_one_place_however_it_is_spelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    place, live = tmp_path.resolve() / "logs", tmp_path / "live"
    place.mkdir()
    (tmp_path / "link").symlink_to(place)
    spellings = (
        "logs/shop.sqlite",
        str(place / "shop.sqlite"),
        f"sqlite:///{place}/shop.sqlite",
        "link/shop.sqlite",
    )
    for spelling in spellings:
        note_log(live, spelling)
    assert logs_of(live) == [live / OWN_LOG, str(place / "shop.sqlite")]
    # Also where they were noted apart, as when a folder became a link later.
    (live / "logs.json").write_text(json.dumps({"logs": [*spellings, "live/predictions.sqlite"]}))
    assert logs_of(live) == [live / OWN_LOG, spellings[0]]


@pytest.mark.parametrize("address", ["none", "stdout", "-"])
def test_what_cannot_be_read_is_not_noted(tmp_path: Path, address: str) -> None:
    note_log(tmp_path, address)
    assert logs_of(tmp_path) == [tmp_path / OWN_LOG]
    assert resolved(address) == address


def test_a_path_means_the_same_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolved("log.sqlite") == str(tmp_path.resolve() / "log.sqlite")
    assert resolved("segments/") == f"{tmp_path.resolve()}/segments/"
    assert resolved("") == ""


def test_an_address_of_a_file_means_the_same_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    found = resolved("sqlite:///day%201.sqlite")
    assert resolved(found) == found
    assert isinstance(backend_of(found), SQLiteLog)
    log = open_log(found)
    assert log is not None
    log.close()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert resolved(found) == found
    assert (tmp_path / "day 1.sqlite").is_file()


def test_a_note_that_is_damaged_is_no_note(tmp_path: Path) -> None:
    (tmp_path / "logs.json").write_text("{")
    assert logs_of(tmp_path) == [tmp_path / OWN_LOG]
