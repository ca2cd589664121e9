"""Child processes that a pool talks with: each over a socket of its own, in lines of JSON, one thread to every library unless told otherwise."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

__all__ = ["kill", "spawn"]

_PASSIVE = {"OMP_WAIT_POLICY": "passive", "KMP_BLOCKTIME": "0"}
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "POLARS_MAX_THREADS",
)
"""Set before any native library loads: several threads on busy cores can be ten times slower than one."""


def spawn(
    module: str, folder: Path, *words: str, threads: int = 1
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a module in a process of its own, and return it with our end of the socket to it.

    Its arguments are the descriptor of its end, the workshop's folder, our process, and what else it is told.

    Parameters
    ----------
    module : str
    folder : Path
        The workshop; what the process prints goes into ``workers.log`` there.
    *words : str
    threads : int
        Of each library.
    """
    ours, theirs = socket.socketpair()
    paths = [path or str(Path.cwd()) for path in sys.path]
    environment = os.environ | _PASSIVE | dict.fromkeys(_THREADS, str(threads))
    environment["PYTHONPATH"] = os.pathsep.join(paths)
    command = [sys.executable, "-P", "-m", module, str(theirs.fileno()), str(folder), str(os.getpid())]
    with theirs, (folder / "workers.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            pass_fds=(theirs.fileno(),),
            process_group=0,
        )
    return process, ours


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started, and wait until it is gone."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)  # it leads a group of its own
        process.wait()
