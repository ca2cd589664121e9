"""The local pool keeps the rules of its seam, and nobody outlives the process that opened it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fivefold.core.clock import Deadline
from fivefold.core.errors import SettingsError
from fivefold.core.protocols import Candidate
from fivefold.core.tasks import EncodeTask, FitTask, read_task, write_task
from fivefold.testing.executors import ExecutorSuite, tiny_workshop
from fivefold.testing.strangers import install_strangers
from fivefold.training.executors.local import LocalExecutor, LocalPool

if TYPE_CHECKING:
    from fivefold.core.protocols import Pool


class TestLocal(ExecutorSuite):
    def open(self, folder: Path) -> Pool:
        return LocalExecutor().open(folder, 1, "", Deadline.after(60))


def gone(process: int, *, within: float = 10.0) -> bool:
    """Whether a process ends."""
    until = Deadline.after(within)
    while not until.passed():
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_tasks_cross_the_pipe_unchanged() -> None:
    for task in (
        EncodeTask(3),
        FitTask(Candidate("a", "b", {"x": 1, "y": None, "z": "w"}, 2.5), 4, -1, 7, 1.5),
    ):
        assert read_task(write_task(task)) == task


def workers(folder: Path) -> list[int]:
    """Processes that work in a workshop."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = place.read_bytes().split(b"\0")
            found += [int(place.parent.name)] * (
                b"fivefold.training.worker" in words and os.fsencode(folder) in words
            )
    return found


def test_a_worker_that_is_killed_takes_only_its_task_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_strangers(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    (tmp_path / "system").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "system"))
    workshop = tiny_workshop(tmp_path / "workshop")
    with closing(LocalPool(1, workshop.folder)) as pool:
        ended = []
        for task in (
            EncodeTask(1),
            FitTask(Candidate("victim", "victim", {}, 0.0), 0, 1, seconds=60, latest=1e12),
        ):
            pool.start(task, kill_at=Deadline.after(60))
            while not (ended := pool.wait(1.0)):
                pass
            for idle in workers(workshop.folder):  # no task is lost with it: the next one gets another
                os.kill(idle, signal.SIGKILL)
                os.waitid(os.P_PID, idle, os.WEXITED | os.WNOWAIT)  # until the pool can see it
        assert (ended[0].state, ended[0].reason) == ("failed", "its process died (signal SIGKILL)")
        assert pool.free == 1
    # The victim did begin, and what it was about to write lies where everything else does that is swept away.
    assert len(list((workshop.folder / "temporary").iterdir())) == 1
    assert list((tmp_path / "system").iterdir()) == []


def test_a_workshop_may_be_named_from_where_the_process_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    workshop = tiny_workshop(Path("runs/workshop"))
    assert not Path(workshop.terms.snapshot).is_absolute()
    with closing(LocalPool(1, workshop.folder)) as pool:
        pool.start(EncodeTask(1), kill_at=Deadline.after(60))
        while not (ended := pool.wait(1.0)):
            pass
    assert ended[0].state == "done"


def test_this_machine_has_no_address() -> None:
    LocalExecutor().check("")
    with pytest.raises(SettingsError, match=r"'local' has no address.*Next: leave the address out"):
        LocalExecutor().check("host:6379")


_PARENT = """
import sys, time
from pathlib import Path
from fivefold.core.clock import Deadline
from fivefold.core.protocols import Candidate
from fivefold.core.tasks import EncodeTask, FitTask
from fivefold.training.executors.local import LocalPool

sys.path.insert(0, sys.argv[2])
pool = LocalPool(1, Path(sys.argv[1]))
pool.start(EncodeTask(1), kill_at=Deadline.after(60))
while not pool.wait(1.0):
    pass
pool.start(FitTask(Candidate("sleeper", "sleeper", {}, 0.0), 0, 1, seconds=600, latest=1e12), kill_at=Deadline.after(600))
time.sleep(600)
"""


def test_no_worker_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    install_strangers(tmp_path / "site")
    workshop, note = tiny_workshop(tmp_path / "workshop"), tmp_path / "pid"
    environment = os.environ | {"SLEEPER_PID": str(note)}
    command = [sys.executable, "-c", _PARENT, str(workshop.folder), str(tmp_path / "site")]
    with subprocess.Popen(command, env=environment) as parent:
        until = Deadline.after(30)
        while not (note.is_file() and note.read_text().endswith(" ")) and not until.passed():
            time.sleep(0.05)
        parent.kill()
    assert gone(int(note.read_text()))
