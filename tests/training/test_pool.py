"""The pool keeps the clock and loses at most a task, whatever its workers do; and nobody outlives it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.training.stages import Stage

from fivefold.core.clock import Deadline
from fivefold.core.protocols import Candidate
from fivefold.training.pool import Outcome, Pool
from fivefold.training.tasks import EncodeTask, FitTask, Workshop, read_task, write_task

Make = Callable[..., Stage]


@pytest.fixture
def workshop(stage: Make, tmp_path: Path) -> Workshop:
    return Workshop.open(tmp_path / "workshop", stage("regression").terms())


@pytest.fixture
def pool(workshop: Workshop, strangers: tuple[str, ...]) -> Iterator[Pool]:
    with Pool(1, workshop.folder) as pool:
        yield pool


def ended(pool: Pool, *, within: float = 20.0) -> Outcome:
    """Wait for the one task that runs."""
    until = Deadline.after(within)
    while not until.passed():
        for outcome in pool.wait(0.5):
            return outcome
    raise AssertionError("nothing ended")


def fit(family: str, *, number: int = 0) -> FitTask:
    return FitTask(Candidate(family, family, {}, 0.0), number, 1, seconds=20.0, latest=time.monotonic() + 20)


def encoded(pool: Pool) -> None:
    pool.start(EncodeTask(1), kill_at=Deadline.after(20))
    assert ended(pool).state == "done"


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


def test_a_worker_does_one_task_after_the_other(pool: Pool, workshop: Workshop) -> None:
    encoded(pool)
    pool.start(fit("linear"), kill_at=Deadline.after(20))
    assert (pool.running, pool.free) == (1, 0)
    outcome = ended(pool)
    assert outcome.answer is not None
    assert outcome.answer.kind == "linear"
    assert outcome.answer.score is not None
    assert (workshop.folder / outcome.task.place / "payload").is_file()


def test_a_task_that_passes_its_moment_is_ended_and_the_next_one_is_done(pool: Pool) -> None:
    encoded(pool)
    began = time.monotonic()
    pool.start(fit("sleeper"), kill_at=Deadline.after(0.3))
    outcome = ended(pool)
    assert outcome.state == "killed"
    assert time.monotonic() - began < 3
    pool.start(fit("linear", number=1), kill_at=Deadline.after(20))
    assert ended(pool).state == "done"


@pytest.mark.parametrize(
    ("family", "reason"),
    [("crasher", "SIGABRT"), ("victim", "SIGKILL"), ("raiser", "ValueError: a stranger's mistake")],
)
def test_a_task_that_goes_wrong_is_lost_alone(pool: Pool, family: str, reason: str) -> None:
    encoded(pool)
    pool.start(fit(family), kill_at=Deadline.after(20))
    outcome = ended(pool)
    assert outcome.state == "failed"
    assert reason in outcome.reason
    pool.start(fit("linear", number=1), kill_at=Deadline.after(20))
    assert ended(pool).state == "done"


def test_cancelling_ends_what_runs(pool: Pool) -> None:
    encoded(pool)
    pool.start(fit("sleeper"), kill_at=Deadline.after(60))
    assert [outcome.state for outcome in pool.cancel()] == ["killed"]
    assert pool.running == 0


_PARENT = """
import sys, time
from pathlib import Path
from fivefold.core.clock import Deadline
from fivefold.core.protocols import Candidate
from fivefold.training.pool import Pool
from fivefold.training.tasks import EncodeTask, FitTask

sys.path.insert(0, sys.argv[2])
pool = Pool(1, Path(sys.argv[1]))
pool.start(EncodeTask(1), kill_at=Deadline.after(60))
while not pool.wait(1.0):
    pass
pool.start(FitTask(Candidate("sleeper", "sleeper", {}, 0.0), 0, 1, seconds=600, latest=1e12), kill_at=Deadline.after(600))
time.sleep(600)
"""


def test_no_worker_outlives_a_parent_that_is_killed(
    workshop: Workshop, strangers: tuple[str, ...], tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    environment = os.environ | {"SLEEPER_PID": str(note)}
    command = [sys.executable, "-c", _PARENT, str(workshop.folder), str(tmp_path / "site")]
    with subprocess.Popen(command, env=environment) as parent:
        until = Deadline.after(30)
        while not (note.is_file() and note.read_text().endswith(" ")) and not until.passed():
            time.sleep(0.05)
        parent.kill()
    assert gone(int(note.read_text()))
