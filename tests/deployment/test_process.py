"""Processes are recognised by more than their number, and end when they are told to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold.deployment.process import Process, alive, end, spawn
from tests.service.serving import eventually

SLEEPER = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[list[Process]]:
    """Processes that are ended when the test is over."""
    processes: list[Process] = []
    yield processes
    for process in processes:
        end(process, patience=0.0)


def python(code: str, output: Path, *given: int) -> Process:
    return spawn([sys.executable, "-c", code], output=output, given=given, environ=os.environ)


def test_a_process_is_alive_until_it_is_ended(begun: list[Process], tmp_path: Path) -> None:
    process = python(SLEEPER, tmp_path / "out")
    begun.append(process)
    assert alive(process)
    assert end(process, patience=10.0) is True
    assert not alive(process)
    assert end(process, patience=10.0) is False


def test_one_that_does_not_listen_is_killed(begun: list[Process], tmp_path: Path) -> None:
    process = python(STUBBORN, tmp_path / "out")
    begun.append(process)
    eventually(lambda: (tmp_path / "out").read_text() == "ready\n")
    assert end(process, patience=0.1) is True
    assert not alive(process)


def test_one_that_has_ended_by_itself_is_not_alive_although_nobody_fetched_it(tmp_path: Path) -> None:
    process = python("pass", tmp_path / "out")
    eventually(lambda: not alive(process))


def test_a_number_that_was_given_out_again_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPER]) as stranger:
        namesake = Process(stranger.pid, 1_000_000_000.0)
        assert not alive(namesake)
        assert end(namesake, patience=0.0) is False
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.skipif(not Path("/bin/ps").is_file(), reason="this machine has no ps")
def test_where_there_is_no_proc_the_process_is_recognised_too(
    begun: list[Process], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_proc = python(SLEEPER, tmp_path / "out")
    monkeypatch.setattr("fivefold.deployment.process._PROC", tmp_path)
    from_ps = python(SLEEPER, tmp_path / "out")
    begun += [from_proc, from_ps]
    assert alive(from_proc)
    assert alive(from_ps)
    assert not alive(Process(from_ps.pid, from_ps.started - 60))
    assert end(from_ps, patience=10.0) is True
    assert not alive(from_ps)


def test_a_number_that_nobody_has_is_not_alive() -> None:
    assert not alive(Process(2**22 + 1, 0.0))


def test_it_has_a_session_of_its_own_and_adds_to_its_output(begun: list[Process], tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.write_text("before\n")
    code = "import os, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read() == ''); print('oops', file=sys.stderr)"
    process = python(code, output)
    begun.append(process)
    eventually(lambda: not alive(process))
    assert sorted(output.read_text().splitlines()) == ["True True", "before", "oops"]


def test_it_gets_the_descriptors_that_it_is_given_and_no_others(begun: list[Process], tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.set_inheritable(reader, True)  # as descriptors of a shell or a make are that someone else waits on
    code = f"import os; os.write({writer}, b'here'); print(len(os.listdir('/dev/fd')))"
    process = python(code, tmp_path / "out", writer)
    begun.append(process)
    eventually(lambda: not alive(process))
    assert os.read(reader, 9) == b"here"
    assert (tmp_path / "out").read_text() == "5\n"  # three streams, the one given, and the listing's own
    os.close(reader)
    os.close(writer)
