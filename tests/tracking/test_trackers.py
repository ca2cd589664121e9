"""All trackers at once: whatever becomes of one, the run goes on, in time, and says it in a line."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold.core.clock import Deadline
from fivefold.core.errors import StepError
from fivefold.core.registry import Registry
from fivefold.core.training import Training
from fivefold.testing.trackers import tiny_training
from fivefold.tracking.trackers import time_to_keep, track
from tests.commands import Call


class Fine:
    """A tracker that does its work."""

    def asked(self) -> bool:
        return True

    def track(self, training: Training, until: Deadline) -> str:
        return f"told of {training.run}"


class Unasked(Fine):
    def asked(self) -> bool:
        return False

    def track(self, training: Training, until: Deadline) -> str:
        raise AssertionError("nobody asked")


class Refused(Fine):
    def track(self, training: Training, until: Deadline) -> str:
        raise StepError("It is full", todo="make room")


class Broken(Fine):
    def track(self, training: Training, until: Deadline) -> str:
        raise KeyError("a password")


class Silent(Fine):
    released = threading.Event()

    def track(self, training: Training, until: Deadline) -> str:
        self.released.wait(60)
        return "too late"


@pytest.fixture
def trackers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, type]]:
    """The trackers that are installed."""
    installed: dict[str, type] = {}
    monkeypatch.setattr(Registry, "all", lambda self: installed)
    Silent.released.clear()
    yield installed
    Silent.released.set()


def test_nothing_is_kept_and_said_where_nobody_asks(trackers: dict[str, type], tmp_path: Path) -> None:
    trackers["unasked"] = Unasked
    assert time_to_keep(60) == 0
    assert track(tiny_training(tmp_path), 0, 60) == []


@pytest.mark.parametrize(("budget", "kept"), [(20, 1.0), (60, 3.0), (3600, 5.0)])
def test_a_small_share_of_the_time_is_kept(trackers: dict[str, type], budget: float, kept: float) -> None:
    trackers["fine"] = Fine
    assert time_to_keep(budget) == kept


def test_each_tracker_has_its_line(
    trackers: dict[str, type], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    raised: list[type] = []
    monkeypatch.setattr(threading, "excepthook", lambda told: raised.append(told.exc_type))
    trackers.update(broken=Broken, fine=Fine, refused=Refused, unasked=Unasked)
    broken, fine, refused = track(tiny_training(tmp_path), 5, 5)
    assert fine == "tracking: told of 0a1b2c3d"
    assert refused == "tracking: not sent. It is full. Next: make room."
    assert broken == "tracking: not sent: Broken failed"
    for thread in threading.enumerate():
        if thread.name == "fivefold-tracker":
            thread.join(10)
    assert raised == [KeyError]


def test_one_that_does_not_end_is_left_behind(trackers: dict[str, type], tmp_path: Path) -> None:
    trackers.update(silent=Silent, fine=Fine)
    began = time.monotonic()
    silent, fine = track(tiny_training(tmp_path), 0.2, 0.2)
    assert time.monotonic() - began < 5
    assert "not sent to silent: it did not answer in time; fivefold train 0a1b2c3d" in silent
    assert fine == "tracking: told of 0a1b2c3d"


def test_a_dead_server_fails_no_training_and_no_credential_is_written_down(
    finished_run: Path, fivefold: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(finished_run, tmp_path / "fivefold-runs" / finished_run.name)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ann:s3cr3t-word@127.0.0.1:1/mlflow")
    called = fivefold("train")
    assert called.code == 0
    assert called.err.count("tracking: not sent. The MLflow server does not answer") == 1
    assert "127.0.0.1:1/mlflow" in called.err
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert "s3cr3t-word" not in called.out + called.err
    assert all(b"s3cr3t-word" not in text for text in written)


def test_without_the_variable_nothing_is_said(finished_run: Path, fivefold: Call, tmp_path: Path) -> None:
    shutil.copytree(finished_run, tmp_path / "fivefold-runs" / finished_run.name)
    called = fivefold("train")
    assert called.code == 0
    assert "tracking" not in called.out + called.err
