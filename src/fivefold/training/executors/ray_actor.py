"""What runs on the nodes of a Ray cluster: for each core an actor with a worker process of its own.

The actor lays out what a task reads, has its worker do it as a worker of the local executor would, and sends back what was
made. It keeps the time as well, by its own clock: it is told how many seconds are left, never a moment.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray

from fivefold.core.clock import Deadline
from fivefold.core.tasks import EncodeTask, FitTask, read_task
from fivefold.core.version import __version__
from fivefold.training.executors.local import LocalPool
from fivefold.training.executors.parcel import pack
from fivefold.training.executors.scratch import Scratch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.core.tasks import Outcome
    from fivefold.training.executors.parcel import Parcel

__all__ = ["WorkerActor"]

_TICK = 5.0


class WorkerActor:
    """One core of a node.

    Parameters
    ----------
    training : str
        A name that no other training has.
    """

    def __init__(self, training: str) -> None:
        self.node = str(ray.get_runtime_context().get_node_id())
        root = Path(tempfile.gettempdir()) / f"fivefold-{os.getuid()}"
        self.scratch = Scratch(root, f"{training}-{self.node[:12]}")
        self.pool = LocalPool(1, self.scratch.folder)

    def hello(self) -> tuple[str, str]:
        """Say who is there: the version of Fivefold, and the node."""
        return __version__, self.node

    def perform(self, line: bytes, seconds: float, needs: Mapping[str, Any]) -> tuple[str, Parcel]:
        """Do a task; return how it ended as JSON, and the files that it made.

        Parameters
        ----------
        line : bytes
            The task; the moment by which a fit must have returned is in seconds from now.
        seconds : float
            When the task is ended, from now.
        needs : mapping of str to ObjectRef
            What it reads, by its place in the workshop.
        """
        task, now, kill_at = read_task(line), time.monotonic(), Deadline.after(seconds)
        if isinstance(task, FitTask):
            task = replace(task, latest=now + task.latest)
        for place, ref in needs.items():
            self.scratch.lay(place, partial(ray.get, ref, timeout=kill_at.remaining()))
        self.pool.start(task, kill_at=kill_at)
        while not (ended := self.pool.wait(_TICK)):
            pass
        return self._reply(ended[0])

    def leave(self) -> None:
        """End the worker and let go of the folder."""
        self.pool.close()
        self.scratch.leave()

    def _reply(self, outcome: Outcome) -> tuple[str, Parcel]:
        """Tell how a task ended."""
        answer = asdict(outcome.answer) if outcome.answer else None
        words = {"state": outcome.state, "reason": outcome.reason, "memory": outcome.memory_bytes}
        made = pack(self.scratch.folder / outcome.task.place) if answer else {}
        if answer and isinstance(outcome.task, EncodeTask):
            self.scratch.made(outcome.task.place)
        return json.dumps(words | {"answer": answer}), made
