"""What a node holds for a training: laid out once, whole or not at all, and gone when nobody needs it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from fivefold.training.executors.parcel import Parcel, pack, unpack
from fivefold.training.executors.scratch import Scratch


@pytest.fixture
def files(tmp_path: Path) -> Path:
    place = tmp_path / "encoded" / "1"
    place.mkdir(parents=True)
    (place / "train.npy").write_bytes(bytes(range(256)) * 100)
    (place / "empty").write_bytes(b"")
    return place


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_and_a_file_arrive_as_they_were(files: Path, tmp_path: Path) -> None:
    unpack(pack(files), tmp_path / "there" / "1")
    assert contents(tmp_path / "there" / "1") == contents(files)
    unpack(pack(files / "train.npy"), tmp_path / "there" / "copy")
    assert (tmp_path / "there" / "copy").read_bytes() == (files / "train.npy").read_bytes()


def test_what_stood_there_is_replaced_whole(files: Path, tmp_path: Path) -> None:
    target = tmp_path / "there"
    target.mkdir()
    (target / "of an earlier try").write_bytes(b"old")
    unpack(pack(files), target)
    assert contents(target) == contents(files)
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside"])
def test_a_parcel_stays_in_its_folder(name: str, tmp_path: Path) -> None:
    parcel: Parcel = {"inside": np.zeros(1, np.uint8), name: np.zeros(1, np.uint8)}
    with pytest.raises(ValueError, match="must stay in its folder"):
        unpack(parcel, tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_of_several_workers_one_fetches_and_all_have_it(files: Path, tmp_path: Path) -> None:
    shares = [Scratch(tmp_path / "root", "training-node") for _ in range(4)]
    fetched: list[int] = []

    def lay(number: int) -> None:
        def fetch() -> Parcel:
            fetched.append(number)
            return pack(files)

        shares[number].lay("encoded/1", fetch)
        assert contents(shares[number].folder / "encoded" / "1") == contents(files)

    threads = [threading.Thread(target=lay, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetched) == 1
    for share in shares:
        assert share.folder.is_dir()
        share.leave()
    assert not shares[0].folder.exists()


def test_what_could_not_be_fetched_is_fetched_again(files: Path, tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "root", "training-node")

    def gone() -> Parcel:
        raise OSError("the node is gone")

    with pytest.raises(OSError, match="the node is gone"):
        scratch.lay("encoded/1", gone)
    assert not (scratch.folder / "encoded" / "1").exists()
    scratch.lay("encoded/1", lambda: pack(files))
    assert contents(scratch.folder / "encoded" / "1") == contents(files)
    scratch.leave()


def test_what_was_made_here_is_not_fetched(files: Path, tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "root", "training-node")
    scratch.made("encoded/1")

    def fetch() -> Parcel:
        raise AssertionError("it is there")

    scratch.lay("encoded/1", fetch)
    scratch.leave()


_KILLED = """
import os, sys
from pathlib import Path
from fivefold.training.executors.scratch import Scratch

scratch = Scratch(Path(sys.argv[1]), "killed")
os.kill(os.getpid(), 9)
"""


def test_who_comes_next_sweeps_what_a_killed_worker_left(tmp_path: Path) -> None:
    root = tmp_path / "root"
    subprocess.run([sys.executable, "-c", _KILLED, str(root)], check=False)
    assert (root / "killed").is_dir()
    neighbour = Scratch(root, "alive")
    assert not (root / "killed").exists()
    other = Scratch(root, "another")
    assert neighbour.folder.is_dir()
    other.leave()
    neighbour.leave()
    assert list(root.iterdir()) == []
