"""A worker: a process of its own that does one task after the other, and that never outlives its parent.

It is started by :mod:`fivefold.training.executors.local`, talks over one socket in lines of JSON, and ignores Ctrl-C: what an
interruption means is the parent's decision. On Linux the kernel ends it with its parent; elsewhere, and besides, it ends
itself when the socket closes.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import signal
import socket
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fivefold.core.errors import FivefoldError
from fivefold.core.tasks import read_task
from fivefold.training.tasks import Workshop

if TYPE_CHECKING:
    from fivefold.core.tasks import Task

__all__ = ["end_with_parent", "main"]

_PR_SET_PDEATHSIG = 1
_LINGER = 2.0
"""Seconds that a worker without a parent has to end by itself."""


def main() -> None:
    """Do tasks until the socket closes. Arguments: the socket's descriptor, the workshop's folder, the parent's id."""
    descriptor, folder, parent = sys.argv[1:4]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(int(parent))
    channel = socket.socket(fileno=int(descriptor))
    tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(channel.makefile("rb"), tasks), daemon=True).start()
    workshop = Workshop(Path(folder))
    # What a library writes for a moment goes with the workshop, even if this process is ended meanwhile.
    temporary = workshop.folder.absolute() / "temporary"
    temporary.mkdir(exist_ok=True)
    tempfile.tempdir = str(temporary)
    while (task := tasks.get()) is not None:
        channel.sendall(_reply(workshop, task))


def _reply(workshop: Workshop, task: Task) -> bytes:
    """Do a task; the answer, or what went wrong, as one line of JSON."""
    reply: dict[str, object]
    try:
        reply = {"answer": asdict(workshop.perform(task))}
    except FivefoldError as error:
        reply = {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - the edge to a family's fit: a stranger's code may raise anything
        reply = {"error": f"{type(error).__name__}: {error}"}
    return json.dumps(reply).encode() + b"\n"


def _listen(channel: BinaryIO, tasks: queue.SimpleQueue[Task | None]) -> None:
    """Pass tasks on; when the parent is gone, end whatever is being done."""
    for line in channel:
        tasks.put(read_task(line))
    tasks.put(None)
    time.sleep(_LINGER)
    os._exit(1)


def end_with_parent(parent: int) -> None:
    """Ask the kernel to end this process when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    main()
