"""Processes that outlive the one which started them: begun, recognised and ended by id and start time.

A process id alone is not enough: ids are given out again, and a release may be looked at months later.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Process", "alive", "end", "spawn"]

_SAME_START_SECONDS = (
    2.0  # the system gives the moment of its own start in whole seconds, and rounds it differently
)
_POLL_SECONDS = 0.02
_PROC = Path("/proc")
_KILL_SECONDS = 5.0

_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}
"""Those that this very process started: the system keeps a child's number until its parent has asked how it ended."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process of this machine.

    Attributes
    ----------
    pid : int
    started : float
        Seconds since 1970.
    """

    pid: int
    started: float


def spawn(
    command: Sequence[str], *, output: Path, given: Sequence[int], environ: Mapping[str, str]
) -> Process:
    """Start a process in a session of its own: it gets no Ctrl-C of this terminal and lives on when this one ends.

    Parameters
    ----------
    command : sequence of str
        The program's path and its arguments.
    output : Path
        File that its output is added to.
    given : sequence of int
        Descriptors that it inherits under their numbers; no others.
    environ : mapping of str to str
    """
    with output.open("ab") as stream:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            pass_fds=tuple(given),
            env=environ,
            start_new_session=True,
        )
    _CHILDREN[child.pid] = child
    found = _look(child.pid)
    return Process(child.pid, found[1] if found else time.time())


def alive(process: Process) -> bool:
    """Whether this very process still runs."""
    child = _CHILDREN.get(process.pid)
    if child is not None and child.poll() is not None:
        del _CHILDREN[process.pid]
    found = _look(process.pid)
    return (
        found is not None
        and not found[0].startswith("Z")
        and abs(found[1] - process.started) <= _SAME_START_SECONDS
    )


def end(process: Process, *, patience: float) -> bool:
    """Ask the process to end, and end it after so many seconds; return whether it was running."""
    if not alive(process):
        return False
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, _KILL_SECONDS)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)
        if _gone_within(process, seconds):
            break
    return True


def _gone_within(process: Process, seconds: float) -> bool:
    """Wait for the end of a process."""
    until = time.monotonic() + seconds
    while alive(process):
        if time.monotonic() >= until:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _look(pid: int) -> tuple[str, float] | None:
    """State and start (seconds since 1970) of a process; None when there is none."""
    if not (_PROC / "stat").is_file():
        return _ask_ps(pid)
    try:
        # The second field is the program's name in brackets, which may hold blanks and brackets itself.
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        system = (_PROC / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    booted = next(int(line.split()[1]) for line in system.splitlines() if line.startswith("btime"))
    return fields[0], booted + int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _ask_ps(pid: int) -> tuple[str, float] | None:
    """Look where there is no /proc."""
    answer = subprocess.run(
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"LC_ALL": "C"},
    )
    state, _, started = answer.stdout.strip().partition(" ")
    if not started:
        return None
    local = datetime.strptime(started.strip(), "%a %b %d %H:%M:%S %Y")  # noqa: DTZ007 - ps speaks local time
    return state, local.timestamp()
