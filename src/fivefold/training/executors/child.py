"""Child processes that a pool talks with: each over a socket of its own, in lines of JSON, one thread to every library."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

__all__ = ["kill", "spawn"]

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
    "KMP_BLOCKTIME": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
}
"""Set before any native library loads: several threads on busy cores can be ten times slower than one."""


def spawn(module: str, folder: Path, *words: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a module in a process of its own, and return it with our end of the socket to it.

    Its arguments are the descriptor of its end, the workshop's folder, our process, and what else it is told.

    Parameters
    ----------
    module : str
    folder : Path
        The workshop; what the process prints goes into ``workers.log`` there.
    *words : str
    """
    ours, theirs = socket.socketpair()
    paths = [path or str(Path.cwd()) for path in sys.path]
    environment = os.environ | _ONE_THREAD | {"PYTHONPATH": os.pathsep.join(paths)}
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
