"""Fits on a Ray cluster: the same tasks, by the same workers, on other machines.

The pool itself knows nothing of Ray. It talks with :mod:`fivefold.training.executors.ray_driver`, a process of its own, and stays in
charge of the clock whatever becomes of that process and of the cluster.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from fivefold.core.clock import Deadline
from fivefold.core.errors import MissingExtraError, SettingsError, StepError
from fivefold.core.tasks import Answer, Outcome
from fivefold.training.executors.child import kill, spawn

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.tasks import Task

__all__ = ["RayExecutor", "RayPool"]

_START = "start one with `ray start --head` and join other machines with `ray start --address=HOST:6379`"
_LOOK = 3.0
"""Seconds that a cluster has to take our call."""
_GATHER = 3.0
"""Seconds in which the other workers may come that the cluster has cores for, once the first one is there."""
_ABSENT = 20.0
"""Seconds without a single worker after which the cluster counts as lost."""
_PATIENCE = 5.0
"""Seconds that the driver has to leave by itself."""


class RayExecutor:
    """The cores of a Ray cluster that runs already."""

    def check(self, address: str) -> None:
        """Refuse an address of another form, or a machine without Ray.

        Parameters
        ----------
        address : str
            ``ray://host:port`` of a Ray Client server, ``host:port`` of a head node, or ``auto`` for a cluster that this machine is
            part of; without any, what ``RAY_ADDRESS`` says.

        Raises
        ------
        MissingExtraError
            When Ray is not installed.
        SettingsError
            When the address is none.
        """
        if find_spec("ray") is None:
            raise MissingExtraError(
                "Ray is not installed, and the executor 'ray' needs it",
                seen="no package 'ray'",
                todo="pip install 'fivefold[ray]', with the version of Ray that the cluster has",
            )
        chosen = _chosen(address)
        if chosen != "auto" and _place(chosen) is None:
            raise SettingsError(
                "The address of the Ray cluster cannot be used",
                seen=repr(chosen),
                expected="ray://host:10001, host:6379, or auto",
                todo="put --executor or RAY_ADDRESS right",
            )

    def open(self, folder: Path, cores: int, address: str, until: Deadline) -> RayPool:  # noqa: ARG002 - the cluster's count
        """Get the cores of the cluster that are free.

        Raises
        ------
        StepError
            When the cluster cannot be reached, or gives no worker in time.
        """
        chosen = _chosen(address)
        _call(chosen)
        pool = RayPool(*spawn("fivefold.training.executors.ray_driver", folder, chosen))
        try:
            pool.gather(until)
        except BaseException:
            pool.close()
            raise
        return pool


@dataclass(slots=True)
class _Running:
    """A task that the cluster has."""

    task: Task
    began: float
    kill_at: Deadline


class RayPool:
    """Workers on a cluster, through its driver.

    Parameters
    ----------
    process : Popen
        The driver.
    channel : socket
        Our end of the socket to it.

    Attributes
    ----------
    cores : int
        Workers that stand ready or are busy.
    lost : str
    """

    def __init__(self, process: subprocess.Popen[bytes], channel: socket.socket) -> None:
        self.process = process
        self.channel = channel
        self.cores = 0
        self.lost = ""
        self._most = 1
        self._running: dict[str, _Running] = {}
        self._received = b""
        self._absent: Deadline | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(channel, selectors.EVENT_READ)

    @property
    def free(self) -> int:
        """Tasks that could be started now."""
        return max(0, self.cores - len(self._running))

    def gather(self, until: Deadline) -> None:
        """Wait until workers are there: for the first one as long as it must be, for the others a little.

        Raises
        ------
        StepError
            When none came in time.
        """
        while not self.cores and not self.lost and not until.passed():
            self._hear(until.remaining())
        if not self.cores and not self.lost:
            raise StepError(
                "The Ray cluster gave no worker in time",
                expected="a node with a free CPU, and Fivefold installed there",
                todo="see `ray status` for what its CPUs are doing, give a larger --budget, or leave --executor out",
            )
        others = Deadline.after(min(_GATHER, until.remaining()))
        while self.cores < self._most and not self.lost and not others.passed():
            self._hear(others.remaining())
        if self.lost:
            raise StepError("The Ray cluster was lost as training began", seen=self.lost, todo=_START)

    def start(self, task: Task, *, kill_at: Deadline) -> None:
        """Hand a task to the driver, which has it done by a worker."""
        self._running[task.place] = _Running(task, time.monotonic(), kill_at)
        self._tell({"task": asdict(task), "kill_at": kill_at.at})

    def wait(self, patience: float) -> list[Outcome]:
        """Return the tasks that ended, waiting for the first one at most so many seconds."""
        moments = [running.kill_at.remaining() for running in self._running.values()]
        ended = self._hear(min([patience, *moments]))
        late = [place for place, running in self._running.items() if running.kill_at.passed()]
        if self._absent is not None and self._absent.passed():
            self._lose(f"for {_ABSENT:.0f} seconds no node of the Ray cluster had a worker for us")
        return ended + [self._end(place, "passed its deadline") for place in late]

    def cancel(self) -> list[Outcome]:
        """End everything that is being done."""
        return [self._end(place, "no longer waited for") for place in list(self._running)]

    def close(self) -> None:
        """Let the workers go, and the driver with them."""
        self.cancel()
        self._selector.close()
        self.channel.close()
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            kill(self.process)

    def _hear(self, patience: float) -> list[Outcome]:
        """Read what the driver said meanwhile."""
        if self.lost or not self._selector.select(patience):
            return []
        try:
            chunk = self.channel.recv(1 << 16)
        except OSError:
            chunk = b""
        if not chunk:
            self._lose("the process that led the Ray cluster ended")
            return []
        *lines, self._received = (self._received + chunk).split(b"\n")
        heard = [self._take(json.loads(line)) for line in lines]
        return [outcome for outcome in heard if outcome is not None]

    def _take(self, words: dict[str, Any]) -> Outcome | None:
        """Understand one line: an error, how many workers there are, or how a task ended."""
        if "error" in words:
            self._fail(words["error"])
            return None
        if "cores" in words:
            self.cores, self._most = words["cores"], words["most"]
            self._absent = None if self.cores else Deadline.after(_ABSENT)
            return None
        running = self._running.pop(words["place"], None)
        if running is None:  # it was ended, or given up, meanwhile
            return None
        seconds, answer = time.monotonic() - running.began, words.get("answer")
        return Outcome(
            running.task,
            words["state"],
            seconds,
            answer=Answer(**answer) if answer else None,
            reason=words["reason"],
            memory_bytes=words.get("memory", 0),
        )

    def _fail(self, error: dict[str, str]) -> None:
        """Before the first worker came an error is the person's to know, later on the cluster is lost by it."""
        if self.cores or self._running or self._absent is not None:
            self._lose(f"the Ray cluster was lost ({error['seen']})")
            return
        what, seen = error.pop("what"), error.pop("seen")
        words = {"todo": f"{_START}, or leave --executor out"} | error
        raise StepError(what, seen=seen, **words)

    def _lose(self, why: str) -> None:
        """Nothing more can be done; what runs is given up by whoever waits for it."""
        self.cores, self.lost, self._absent = 0, why, None

    def _end(self, place: str, reason: str) -> Outcome:
        """Give a task up, and have its worker ended."""
        running = self._running.pop(place)
        self._tell({"cancel": place})
        return Outcome(running.task, "killed", time.monotonic() - running.began, reason=reason)

    def _tell(self, words: dict[str, Any]) -> None:
        """Say something to the driver; if it is gone, the next word that we wait for says so."""
        if not self.lost:
            try:
                self.channel.sendall(json.dumps(words).encode() + b"\n")
            except OSError:
                return


def _chosen(address: str) -> str:
    """The address to call: the stated one, else that of the environment, else whatever cluster this machine is part of."""
    return address or os.environ.get("RAY_ADDRESS", "") or "auto"


def _place(address: str) -> tuple[str, int] | None:
    """Host and port of an address; None where it has no such form."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    whole = host and port.isdecimal() and 0 < int(port) < 65536 and "/" not in host
    return (host.strip("[]"), int(port)) if whole else None


def _call(address: str) -> None:
    """See whether anybody takes the call, for Ray itself would ring for half a minute."""
    place = _place(address)
    if place is None:
        return
    try:
        socket.create_connection(place, timeout=_LOOK).close()
    except (
        OSError,
        UnicodeError,
    ) as error:  # the second where a name is none, such as one with two dots in a row
        seen = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise StepError(
            "The Ray cluster cannot be reached",
            seen=f"{address}: {seen}",
            expected="a cluster that runs, at an address that this machine may call",
            todo=f"{_START}, put the address right, or leave --executor out",
        ) from error
