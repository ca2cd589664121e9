"""The driver of a Ray cluster, in a process of its own: Ray ends its driver when it loses the cluster, and training must not end with it.

It is started by :mod:`fivefold.training.executors.ray` and talks with it in lines of JSON. What tasks read is put into the object
store once; what they make comes back into the workshop. A task whose worker is lost is done again by another one.
"""

from __future__ import annotations

import json
import logging
import queue
import signal
import socket
import sys
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import ray
from ray.exceptions import RayActorError, RayError, RayTaskError

from fivefold.core.errors import FivefoldError, StepError
from fivefold.core.tasks import EncodeTask, FitTask, read_task, write_task
from fivefold.core.version import __version__
from fivefold.training.executors.parcel import pack, unpack
from fivefold.training.executors.ray_actor import WorkerActor
from fivefold.training.tasks import Workshop
from fivefold.training.worker import end_with_parent

if TYPE_CHECKING:
    from fivefold.core.tasks import Task
    from fivefold.training.executors.parcel import Parcel

__all__ = ["Driver", "main"]

_TRIES = 3
"""How often a task may lose its worker before it is given up: it may be what the workers die of."""
_AT_ONCE = 0.8
"""Share of the time left that a fit may take that is done again."""
_EARLY = 0.5
"""Seconds by which a node ends a task before we do, so that a worker that could go on is not ended with it."""
_HIRES = 3
"""Failures in a row, for each core, after which no more workers are asked for."""
_LONG = 300
"""Characters of an error that are passed on."""
_FAREWELL = 2.0
"""Seconds that workers have to sweep up."""
_UNUSABLE = (FivefoldError, RayError, OSError, RuntimeError, ValueError)
"""What a cluster that cannot be used is told by: a key that is missing (Ray's own), none at the address, or another one than ours (a
``ConnectionError``), another version (the same, or a ``RuntimeError``), and an address that Ray does not understand."""


@dataclass(slots=True, eq=False)
class _Order:
    """A task on its way."""

    task: Task
    kill_at: float
    tries: int = 0


@dataclass(slots=True, eq=False)
class _Slot:
    """An actor; it stands ready once it has said so, and until there is doubt."""

    actor: Any
    ready: bool = False
    node: str = ""
    order: _Order | None = None
    heard: list[Any] = field(default_factory=list)


class Driver:
    """Leads the workers on a cluster.

    Parameters
    ----------
    channel : socket
        To the pool.
    workshop : Workshop
    """

    def __init__(self, channel: socket.socket, workshop: Workshop) -> None:
        self.channel = channel
        self.workshop = workshop
        self.events: queue.SimpleQueue[tuple[str, Any, Any]] = queue.SimpleQueue()
        self._actor = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(WorkerActor)
        self._training = uuid.uuid4().hex[:12]
        self._slots: list[_Slot] = []
        self._waiting: deque[_Order] = deque()
        self._put: dict[str, Any] = {}
        self._cores = 0
        self._most = max(1, int(ray.cluster_resources().get("CPU", 0)))
        self._failures = 0

    def lead(self) -> None:
        """Do what the pool asks for until it closes the socket."""
        threading.Thread(target=_listen, args=(self.channel.makefile("rb"), self.events), daemon=True).start()
        for _ in range(self._most):
            self._hire()
        while True:
            kind, source, value = self.events.get()
            if kind == "closed":
                break
            if kind == "asked":
                self._asked(value)
            elif source in self._slots:
                self._heard(kind, source, value)
            self._assign()
            self._tell_cores()
        self._part()

    def _asked(self, words: dict[str, Any]) -> None:
        """Take a task, or drop one."""
        if "task" in words:
            self._waiting.append(_Order(read_task(json.dumps(words["task"]).encode()), words["kill_at"]))
            return
        place = words["cancel"]
        self._waiting = deque(order for order in self._waiting if order.task.place != place)
        for slot in [slot for slot in self._slots if slot.order and slot.order.task.place == place]:
            self._dismiss(slot)

    def _heard(self, kind: str, slot: _Slot, future: Any) -> None:
        """Take what an actor said: that it is there, or how its task ended."""
        error = future.exception()
        order, slot.order = (slot.order, None) if kind == "ended" else (None, slot.order)
        if error is not None and not isinstance(error, RayError):
            self._fail(error)
        elif isinstance(error, RayActorError) or (error is not None and kind == "hello"):
            self._lose(slot, error)
        elif kind == "hello":
            version, slot.node = future.result()
            if version != __version__:
                self._fail(_another_version(version))
            slot.ready, self._failures = True, 0
        if order is not None and error is not None:
            self._again(order, error)
        elif order is not None:
            self._ended(order, *future.result())

    def _ended(self, order: _Order, told: str, made: Parcel) -> None:
        """Lay the files of a task down in the workshop, and pass on how it ended."""
        words, place = json.loads(told), order.task.place
        if words["answer"]:
            unpack(made, self.workshop.folder / place)
        if words["answer"] and order.tries:
            words["reason"] = "done again, since its worker was lost"
        self._tell({"place": place, **words})

    def _again(self, order: _Order, error: BaseException) -> None:
        """Have a task done again that lost its worker, unless it did so too often."""
        order.tries += 1
        if order.tries < _TRIES:
            self._waiting.appendleft(order)
            return
        what = "its worker was lost" if isinstance(error, RayActorError) else _line(error)
        reason = f"given up after {order.tries} tries on the cluster, the last time since {what}"
        self._tell({"place": order.task.place, "state": "failed", "reason": reason})

    def _assign(self) -> None:
        """Give waiting tasks to workers that stand ready."""
        while self._waiting:
            slot = next((slot for slot in self._slots if slot.ready and slot.order is None), None)
            if slot is None:
                return
            order = self._waiting.popleft()
            left = order.kill_at - time.monotonic()
            if left <= 0:
                words = {"state": "killed", "reason": "passed its deadline"}
                self._tell({"place": order.task.place, **words})
                continue
            slot.order = order
            self._give(slot, order, left)

    def _give(self, slot: _Slot, order: _Order, left: float) -> None:
        """Send a task; whatever it is told about time is in seconds from now."""
        task = order.task
        if isinstance(task, FitTask):
            seconds = min(task.seconds, _AT_ONCE * left) if order.tries else task.seconds
            task = replace(task, seconds=seconds, latest=task.latest - time.monotonic())
        if isinstance(task, EncodeTask):
            self._put.pop(task.place, None)
        needs = {place: self._ref(place, path) for place, path in self.workshop.needs(task).items()}
        needs |= {"terms.json": self._ref("terms.json", None)}
        self._follow("ended", slot, slot.actor.perform.remote(write_task(task), left - _EARLY, needs))

    def _ref(self, place: str, path: Path | None) -> Any:
        """Put what lies in a place into the object store, once."""
        if place not in self._put:
            parcel = pack(path) if path else {"": _bytes(self.workshop.abroad())}
            self._put[place] = ray.put(parcel)
        return self._put[place]

    def _hire(self) -> None:
        """Ask for another worker; it comes when there is a core for it."""
        slot = _Slot(self._actor.remote(self._training))
        self._slots.append(slot)
        self._follow("hello", slot, slot.actor.hello.remote())

    def _follow(self, kind: str, slot: _Slot, ref: Any) -> None:
        """Note what an actor is asked, so that its answer is heard."""
        slot.heard = [ref]  # a reference that nobody holds is forgotten together with its answer
        ref.future().add_done_callback(lambda future: self.events.put((kind, slot, future)))

    def _lose(self, slot: _Slot, error: BaseException) -> None:
        """An actor is gone; the others on its node must say that they are there before they get a task."""
        self._failures += not slot.ready
        if self._failures > _HIRES * self._most:
            self._fail(_no_worker(error))
        self._dismiss(slot)
        for other in self._slots:
            if other.ready and other.node == slot.node and other.order is None:
                other.ready = False
                self._follow("hello", other, other.actor.hello.remote())

    def _dismiss(self, slot: _Slot) -> None:
        """End an actor, and ask for another in its place."""
        self._slots.remove(slot)
        ray.kill(slot.actor)
        self._hire()

    def _tell_cores(self) -> None:
        """Say how many workers stand ready, when that changes."""
        cores = sum(slot.ready for slot in self._slots)
        if cores != self._cores:
            self._cores = cores
            self._tell({"cores": cores, "most": self._most})

    def _tell(self, words: dict[str, Any]) -> None:
        """Say something to the pool."""
        self.channel.sendall(json.dumps(words).encode() + b"\n")

    def _fail(self, error: BaseException) -> None:
        """Give up, and say why."""
        self._tell({"error": _error_words(error)})
        sys.exit(1)

    def _part(self) -> None:
        """Let idle workers sweep up; Ray ends all of them with this process."""
        refs = [slot.actor.leave.remote() for slot in self._slots if slot.ready and slot.order is None]
        if refs:
            ray.wait(refs, num_returns=len(refs), timeout=_FAREWELL)


def main() -> None:
    """Lead until the socket closes. Arguments: descriptor of the socket, the workshop's folder, the parent's id, the address."""
    descriptor, folder, parent, address = sys.argv[1:5]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(int(parent))
    channel = socket.socket(fileno=int(descriptor))
    try:
        ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False, namespace="fivefold")
        driver = Driver(channel, Workshop(Path(folder)))
    except _UNUSABLE as error:
        words = _error_words(error)
        channel.sendall(json.dumps({"error": words}).encode() + b"\n")
        sys.exit(1)
    driver.lead()


def _listen(channel: BinaryIO, events: queue.SimpleQueue[tuple[str, Any, Any]]) -> None:
    """Pass on what the pool says."""
    for line in channel:
        events.put(("asked", None, json.loads(line)))
    events.put(("closed", None, None))


def _bytes(content: bytes) -> Any:
    """Bytes as a parcel carries them."""
    import numpy as np

    return np.frombuffer(content, dtype=np.uint8)


def _error_words(error: BaseException) -> dict[str, str]:
    """An error as the pool is told it."""
    if isinstance(error, FivefoldError):
        return {"what": error.what, "seen": error.seen, "expected": error.expected, "todo": error.todo}
    expected = f"a cluster of Ray {ray.__version__}, as on this machine, that it may use"
    return {"what": "The Ray cluster cannot be used", "seen": _line(error), "expected": expected}


def _line(error: BaseException) -> str:
    """An error on one line: the last one of a traceback from afar, which names the error itself."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if isinstance(error, RayTaskError) and lines:
        return lines[-1][:_LONG]
    return ": ".join([type(error).__name__, *lines[:1]])[:_LONG].rstrip(".")


def _another_version(version: str) -> StepError:
    """The nodes must do what we would do."""
    return StepError(
        "The nodes of the Ray cluster have another version of Fivefold",
        seen=version,
        expected=__version__,
        todo=f"pip install 'fivefold[ray]=={__version__}' on every node, with the same versions of its libraries",
    )


def _no_worker(error: BaseException) -> StepError:
    """Workers end as soon as they begin."""
    cause = error.__cause__ or error
    return StepError(
        "No worker can be started on the Ray cluster",
        seen=_line(cause),
        expected=f"Fivefold {__version__} on every node, in the Python that the cluster was started with",
        todo=f"pip install 'fivefold[ray]=={__version__}' on every node",
    )


if __name__ == "__main__":
    main()
