"""The conformance suite of the ``Tracker`` seam: what a run relies on, whatever place its training is told to.

Subclass it in a test module, say how a person asks for the tracker, and pytest collects the rest::

    class TestMyTracker(TrackerSuite):
        def make(self) -> Tracker:
            return MyTracker()

        def asks(self, address: str, secret: str) -> dict[str, str]:
            return {"MY_TRACKER": address, "MY_TRACKER_TOKEN": secret}
"""

from __future__ import annotations

import contextlib
import socket
import time
from threading import Thread
from typing import TYPE_CHECKING

from fivefold.core.artefacts import (
    Brief,
    Contract,
    Dataset,
    Evaluation,
    LeaderboardRow,
    MemberRecord,
    Model,
    PlanItem,
    Profile,
    Question,
    Score,
    Split,
    Trial,
)
from fivefold.core.clock import Deadline
from fivefold.core.errors import FivefoldError
from fivefold.core.records import digest
from fivefold.core.store import Header, Stored
from fivefold.core.training import Training

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TypeVar

    import pytest

    from fivefold.core.protocols import Tracker

    Body = TypeVar("Body")

__all__ = ["TrackerSuite", "tiny_training"]

_SECRET = "hush-hush/42"
_SHORT, _SLACK = 1.5, 2.5
"""Seconds that a silent place is given, and what a busy machine may add to them."""


def tiny_training(folder: Path, *, candidates: int = 2) -> Training:
    """Make a training that is over, with its card and report on disk.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    candidates : int
        The first is fitted on two folds and again on all rows, the last was ended by the watchdog.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "card.md").write_text("# Model card: shown\n", encoding="utf-8")
    (folder / "report.html").write_text("<!doctype html><title>run</title>", encoding="utf-8")
    item = PlanItem("metric.primary", "roc_auc", (), "default", "")
    names = PlanItem("model.candidates", ("linear", "lightgbm"), (), "default", "")
    profile = Profile(100, (), 2, 0.4, 100)
    brief = Brief(Question("shown"), profile, "binary", (), (item, names), (), (), "2026-01-01")
    contract = Contract("shown", "binary", ("no", "yes"), "yes", ())
    split = Split("stratified", None, 2, rolling=False, train_rows=80, test_rows=20, why="")
    return Training(
        run="0a1b2c3d",
        source="visits.csv",
        means={"time": "60s"},
        seed=0,
        brief=_stored(brief, folder),
        dataset=_stored(Dataset(100, (), (), contract, (), split), folder),
        model=_stored(_model(candidates), folder),
        report=folder / "report.html",
    )


class TrackerSuite:
    """The rules of the seam ``fivefold.trackers``; subclass it and override ``make`` and ``asks``."""

    def make(self) -> Tracker:
        """Return the tracker under test."""
        raise NotImplementedError

    def asks(self, address: str, secret: str) -> dict[str, str]:
        """Environment in which a person asks for it, at an address of HTTP and with a secret."""
        raise NotImplementedError

    def test_nobody_is_told_unless_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without its variables the tracker is not asked for, with them it is."""
        for name in self.asks("", ""):
            monkeypatch.delenv(name, raising=False)
        assert not self.make().asked()
        self._ask(monkeypatch, "http://127.0.0.1:1")
        assert self.make().asked()

    def test_a_place_that_is_not_there_is_told_in_plain_words(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The error says what was seen and what to do, on one line and without the secret."""
        with _door() as door:
            address = f"http://127.0.0.1:{door.getsockname()[1]}"
        self._ask(monkeypatch, address)
        error = self._failure(tiny_training(tmp_path), Deadline.after(10))
        assert error.seen
        assert error.todo
        assert "\n" not in str(error)
        assert _SECRET not in str(error)

    def test_a_silent_place_is_given_up_in_time(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody who takes the call and says nothing does not hold up the run."""
        with _door() as door:
            self._ask(monkeypatch, f"http://127.0.0.1:{door.getsockname()[1]}")
            began = time.monotonic()
            error = self._failure(tiny_training(tmp_path), Deadline.after(_SHORT))
            assert time.monotonic() - began < _SHORT + _SLACK
        assert _SECRET not in str(error)

    def test_a_stranger_is_no_danger(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An address at which something else answers gives an error of ours as well."""
        with _door() as door:
            self._ask(monkeypatch, f"http://127.0.0.1:{door.getsockname()[1]}")
            caller = _greet(door)
            error = self._failure(tiny_training(tmp_path), Deadline.after(10))
            caller.join()
        assert _SECRET not in str(error)

    def _ask(self, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
        """Set the environment."""
        for name, value in self.asks(address, _SECRET).items():
            monkeypatch.setenv(name, value)

    def _failure(self, training: Training, until: Deadline) -> FivefoldError:
        """The error that tracking ends with."""
        try:
            said = self.make().track(training, until)
        except FivefoldError as error:
            return error
        raise AssertionError(f"tracked, although nobody was there: {said}")


@contextlib.contextmanager
def _door() -> Iterator[socket.socket]:
    """A port on loopback at which calls arrive and nobody speaks."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        yield door


def _greet(door: socket.socket) -> Thread:
    """Answer the first call with words that are no HTTP."""

    def work() -> None:
        line, _ = door.accept()
        with line:
            line.recv(65536)
            line.sendall(b"220 mail.example ready\r\n")

    thread = Thread(target=work, daemon=True)
    thread.start()
    return thread


def _stored(body: Body, folder: Path) -> Stored[Body]:
    """Wrap a record as the store would."""
    kind = type(body).__name__
    header = Header(kind, 1, "", digest([kind, str(folder)]), {}, {}, "2026-03-02T09:14:07Z", 48.5)
    return Stored(header, body, folder)


def _model(candidates: int) -> Model:
    """A model of two members, with the fits that led to it."""
    score = Score("roc_auc", 0.81, 0.75, 0.86, greater_is_better=True)
    base = Score("roc_auc", 0.5, 0.5, 0.5, greater_is_better=True)
    gain = Score("roc_auc", 0.31, 0.25, 0.36, greater_is_better=True)
    evaluation = Evaluation(20, "roc_auc", (score,), (base,), better=True, gain=gain)
    trials = [trial for number in range(candidates - 1) for trial in _fits(f"linear-{number}")]
    trials.append(Trial("slow", "lightgbm", 1, 9.0, 0, None, "killed", "past its deadline", {"leaves": 31}))
    rows = [LeaderboardRow("blend", "blend", 0.5, 0.8, 1.0, 0.1, 900, 1.0)]
    rows += [
        LeaderboardRow(f"linear-{k}", "linear", 0.5, 0.8, 1.0, 0.1, 900, 1.0) for k in range(candidates - 1)
    ]
    return Model(
        task="binary",
        target="shown",
        classes=("no", "yes"),
        metric="roc_auc",
        members=(MemberRecord("linear-0", "linear", "linear", 1.0, 0, {"penalty": 0.1}),),
        leaderboard=tuple(rows),
        evaluation=evaluation,
        importances=(),
        trials=tuple(trials),
        train_rows=80,
        size_bytes=900,
        predict_ms=0.1,
        ended="all candidates fitted",
    )


def _fits(name: str) -> list[Trial]:
    """A candidate's fits: two folds and all rows."""
    settings: dict[str, float | int | str | bool | None] = {"penalty": 0.1, "solver": "lbfgs"}
    return [
        Trial(name, "linear", 1, 0.25, 12, 0.52, "done", "", dict(settings), 10**8),
        Trial(name, "linear", 2, 0.35, 14, 0.48, "stopped", "its time was over", dict(settings), 2 * 10**8),
        Trial(name, "linear", -1, 0.5, 15, None, "done", "", dict(settings), 10**8),
    ]
