"""Worker processes on this machine, one thread each unless told otherwise. Whatever a task does, the parent stays in charge of the clock.

A task that passes its moment is ended together with its worker; a worker that dies takes only its task with it. Workers
are plain child processes rather than ``multiprocessing`` ones, so that a script needs no ``__main__`` guard and no pickle
is exchanged.
"""

from __future__ import annotations

import json
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fivefold.core.clock import Deadline
from fivefold.core.errors import SettingsError
from fivefold.core.machine import peak_memory_of, reset_peak_memory
from fivefold.core.tasks import Answer, Outcome, write_task
from fivefold.training.executors.child import kill, spawn
from fivefold.training.tasks import Workshop

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from fivefold.core.tasks import Task

__all__ = ["LocalExecutor", "LocalPool"]

_PATIENCE = 2.0
"""Seconds that an idle worker has to leave by itself."""


@dataclass(slots=True)
class _Worker:
    """A child process and what it is doing."""

    process: subprocess.Popen[bytes]
    channel: socket.socket
    task: Task | None = None
    began: float = 0.0
    kill_at: Deadline | None = None
    received: bytes = b""


class LocalExecutor:
    """Cores of this machine."""

    def check(self, address: str) -> None:
        """Refuse an address: there is but one machine.

        Raises
        ------
        SettingsError
            When there is one.
        """
        if address:
            raise SettingsError(
                "The executor 'local' has no address",
                seen=repr(address),
                expected="local",
                todo="leave the address out, or name another executor",
            )

    def open(self, folder: Path, cores: int, address: str, until: Deadline) -> LocalPool:  # noqa: ARG002 - the seam's
        """Return a pool of so many workers; none is started before it is needed."""
        return LocalPool(cores, folder, Workshop(folder).terms.threads)


class LocalPool:
    """So many workers, started when they are needed.

    Parameters
    ----------
    cores : int
    folder : Path
        The workshop.
    threads : int
        Of each worker; there are as many workers at once as the cores bear.
    """

    def __init__(self, cores: int, folder: Path, threads: int = 1) -> None:
        self.cores = max(1, cores // threads)
        self.folder = folder
        self._threads = threads
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()

    @property
    def lost(self) -> str:
        """Never: who loses this machine loses us with it."""
        return ""

    @property
    def running(self) -> int:
        """Tasks that are being done."""
        return sum(worker.task is not None for worker in self._workers)

    @property
    def free(self) -> int:
        """Tasks that could be started now."""
        return self.cores - self.running

    def start(self, task: Task, *, kill_at: Deadline) -> None:
        """Give a task to a free worker.

        Parameters
        ----------
        task : Task
        kill_at : Deadline
            When the parent ends the task with its worker.
        """
        idle = (worker for worker in self._workers if worker.task is None)
        # One may have died since it was last heard, and must not take a task along; wait() sees that it is gone.
        worker = next((worker for worker in idle if worker.process.poll() is None), None) or self._hire()
        worker.task, worker.began, worker.kill_at = task, time.monotonic(), kill_at
        reset_peak_memory(worker.process.pid)
        try:
            worker.channel.sendall(write_task(task))
        except OSError:  # it died while it was idle; wait() reports it
            return

    def wait(self, patience: float) -> list[Outcome]:
        """Return the tasks that ended, waiting for the first one at most so many seconds."""
        moments = [worker.kill_at.remaining() for worker in self._workers if worker.kill_at is not None]
        if not moments:
            return []
        read = [self._read(key.data) for key, _ in self._selector.select(min(patience, *moments))]
        late = [worker for worker in self._workers if worker.kill_at is not None and worker.kill_at.passed()]
        killed = [self._end(worker, "killed", "passed its deadline") for worker in late]
        return [outcome for outcome in read if outcome is not None] + killed

    def cancel(self) -> list[Outcome]:
        """End everything that is being done."""
        busy = [worker for worker in self._workers if worker.task is not None]
        return [self._end(worker, "killed", "no longer waited for") for worker in busy]

    def close(self) -> None:
        """End all workers: at once those that are busy, in good order the others."""
        self.cancel()
        for worker in self._workers:
            self._selector.unregister(worker.channel)
            worker.channel.close()
        patience = Deadline.after(_PATIENCE)
        for worker in self._workers:
            try:
                worker.process.wait(patience.remaining())
            except subprocess.TimeoutExpired:
                kill(worker.process)
        self._workers.clear()
        self._selector.close()

    def _hire(self) -> _Worker:
        """Start a worker."""
        process, ours = spawn("fivefold.training.worker", self.folder, threads=self._threads)
        worker = _Worker(process, ours)
        self._workers.append(worker)
        self._selector.register(ours, selectors.EVENT_READ, worker)
        return worker

    def _read(self, worker: _Worker) -> Outcome | None:
        """Read what a worker sent; None while its answer is not whole."""
        try:
            chunk = worker.channel.recv(1 << 16)
        except OSError:
            chunk = b""
        if not chunk:
            return self._lost(worker)
        worker.received += chunk
        if not worker.received.endswith(b"\n"):
            return None
        reply = json.loads(worker.received)
        task, seconds = worker.task, time.monotonic() - worker.began
        memory = peak_memory_of(worker.process.pid)
        worker.task, worker.kill_at, worker.received = None, None, b""
        if task is None:
            return None
        if "error" in reply:
            return Outcome(task, "failed", seconds, reason=str(reply["error"]), memory_bytes=memory)
        return Outcome(task, "done", seconds, answer=Answer(**reply["answer"]), memory_bytes=memory)

    def _lost(self, worker: _Worker) -> Outcome | None:
        """A worker's socket closed: it died; its task is lost, if it had one."""
        try:
            code = worker.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            code = 0
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        if worker.task is not None:
            return self._end(worker, "failed", f"its process died ({how})")
        self._dismiss(worker)
        return None

    def _end(self, worker: _Worker, state: Literal["failed", "killed"], reason: str) -> Outcome:
        """End a busy worker and say what became of its task."""
        if worker.task is None:
            raise AssertionError("only a busy worker has a task to lose")
        seconds, memory = time.monotonic() - worker.began, peak_memory_of(worker.process.pid)
        outcome = Outcome(worker.task, state, seconds, reason=reason, memory_bytes=memory, lost=True)
        self._dismiss(worker)
        return outcome

    def _dismiss(self, worker: _Worker) -> None:
        """End a worker at once."""
        self._workers.remove(worker)
        self._selector.unregister(worker.channel)
        worker.channel.close()
        kill(worker.process)
