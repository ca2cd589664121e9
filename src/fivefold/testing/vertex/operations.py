"""Long-running operations: begun at once, done in the background, asked for by name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fivefold.testing.vertex.refusal import RefusalError

if TYPE_CHECKING:
    from fivefold.testing.vertex.faults import Fault

__all__ = ["Operation", "Operations", "Work", "now"]

_TYPES = "type.googleapis.com/google.cloud.aiplatform.v1."
_LONGEST_WAIT = 60.0
_FIRST = 7_000_000_000_000_000_001


@dataclass(slots=True)
class Operation:
    """Something that the platform is at.

    Attributes
    ----------
    name : str
    kind : str
        Such as ``DeployModel``.
    begun : str
    outcome : dict
        ``response`` or ``error``, once it is done.
    ended : threading.Event
    """

    name: str
    kind: str
    begun: str
    outcome: dict[str, Any] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def shown(self) -> dict[str, Any]:
        """Return it as the platform shows it."""
        generic = {"createTime": self.begun, "updateTime": now()}
        metadata = {"@type": f"{_TYPES}{self.kind}OperationMetadata", "genericMetadata": generic}
        shown: dict[str, Any] = {"name": self.name, "metadata": metadata}
        return shown | ({"done": True} | self.outcome if self.ended.is_set() else {})


def _nothing() -> None:
    """Undo nothing."""


@dataclass(frozen=True, slots=True)
class Work:
    """What an operation does.

    Attributes
    ----------
    do : callable
        Returns the response, with ``@type`` as the name of a message.
    undo : callable
        What is done when it fails or is cancelled.
    quick : bool
        Whether it is over by the time that the reply is sent.
    """

    do: Callable[[], dict[str, Any]]
    undo: Callable[[], None] = _nothing
    quick: bool = True


class Operations:
    """All operations that were begun."""

    def __init__(self) -> None:
        self._all: dict[str, Operation] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._stalled: dict[str, Work] = {}

    def begin(self, parent: str, kind: str, work: Work, held: Fault | None) -> dict[str, Any]:
        """Begin some work.

        Parameters
        ----------
        parent : str
            What it is done to.
        kind : str
        work : Work
        held : Fault or None
        """
        with self._lock:
            name = f"{parent}/operations/{_FIRST + len(self._all)}"
            operation = self._all[name] = Operation(name, kind, now())
        if held is not None and held.kind == "stalled":
            self._stalled[name] = work
        elif work.quick and held is None:
            self._do(operation, work, None)
        else:
            self._start(operation, work, held)
        return operation.shown()

    def go_on(self) -> None:
        """Let the operations that stalled go on."""
        for name in list(self._stalled):
            self._start(self._all[name], self._stalled.pop(name), None)

    def cancel(self, name: str) -> dict[str, Any]:
        """Give up an operation that has not got anywhere."""
        operation, work = self.get(name), self._stalled.pop(name, None)
        if work is not None:
            work.undo()
            operation.outcome = {"error": {"code": 1, "message": "The operation was cancelled."}}
            operation.ended.set()
        return {}

    def get(self, name: str) -> Operation:
        """Return an operation."""
        with self._lock:
            if name not in self._all:
                raise RefusalError("NOT_FOUND", f"The operation {name} does not exist.")
            return self._all[name]

    def of(self, parent: str) -> list[Operation]:
        """Return the operations on a resource, the newest first."""
        with self._lock:
            return [one for name, one in reversed(self._all.items()) if name.startswith(f"{parent}/")]

    def wait(self, name: str, seconds: float) -> dict[str, Any]:
        """Return an operation as soon as it is done, or after so many seconds."""
        operation = self.get(name)
        operation.ended.wait(min(seconds, _LONGEST_WAIT))
        return operation.shown()

    def close(self) -> None:
        """End what is still at work."""
        self._closing.set()
        for thread in self._threads:
            thread.join()

    def _start(self, operation: Operation, work: Work, held: Fault | None) -> None:
        """Do the work in the background."""
        thread = threading.Thread(target=self._do, args=(operation, work, held), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _do(self, operation: Operation, work: Work, held: Fault | None) -> None:
        """Do the work, and note what came of it."""
        if held is not None and held.kind == "slow" and self._closing.wait(held.seconds):
            return
        try:
            if held is not None and held.kind == "failed":
                raise RefusalError("INTERNAL", "An internal error occurred while the operation was run.")
            response = work.do()
            response["@type"] = f"type.googleapis.com/{response['@type']}"
            operation.outcome = {"response": response}
        except RefusalError as error:
            work.undo()
            operation.outcome = {"error": error.outcome()}
        operation.ended.set()


def now() -> str:
    """Return the moment as the platform writes it."""
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
