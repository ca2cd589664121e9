"""One server that is being measured: a process on a core of its own, until it has answered rightly, and then ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import ModuleType

    from workload import Workload

__all__ = ["Server"]

_PATIENCE = 90.0
_TOLERANCE = 1e-5
_THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass
class Server:
    """Started inside a ``with``.

    Attributes
    ----------
    start_seconds : float
        From the start of the process to the first right answer.
    """

    peer: ModuleType
    python: str
    workload: Workload
    port: int
    core: int
    start_seconds: float = 0.0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        """Start it and wait for its first right answer."""
        command = self.peer.command(self.python, self.workload.folder, self.port)
        folder = Path(self.python).parent
        environ = (
            os.environ | _THREADS | {"OMP_WAIT_POLICY": "passive", "PATH": f"{folder}:{os.environ['PATH']}"}
        )
        output = (self.workload.folder / f"{self.peer.__name__}.log").open("wb")
        began = time.monotonic()
        self._process = subprocess.Popen(
            ["taskset", "-c", str(self.core), *command],
            stdout=output,
            stderr=output,
            env=environ,
            start_new_session=True,
        )
        try:
            self._wait(began + _PATIENCE)
        except BaseException:
            self.__exit__()
            raise
        self.start_seconds = time.monotonic() - began
        return self

    def __exit__(self, *_: object) -> None:
        """End it and all that it started."""
        assert self._process is not None
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(10)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self._process.wait()

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}{self.peer.path}"

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End it at once, without a word."""
        os.killpg(self.pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def resident(self) -> int:
        """Bytes of the process itself that are in memory."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))

    def memory(self) -> int:
        """Bytes of it and its children, shared pages by halves."""
        assert self._process is not None
        total = 0
        for place in Path("/proc").glob("[0-9]*"):
            try:
                if os.getsid(int(place.name)) == self._process.pid:
                    lines = (place / "smaps_rollup").read_text().splitlines()
                    total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
            except (ProcessLookupError, FileNotFoundError):
                continue  # it has ended meanwhile
        return total

    def _wait(self, until: float) -> None:
        """Ask until the answer comes, and see that it is the right one."""
        assert self._process is not None
        while True:
            if self._process.poll() is not None:
                message = f"it ended with code {self._process.returncode}; see {self.peer.__name__}.log"
                raise RuntimeError(message)
            try:
                answer = self.ask()
            except (urllib.error.URLError, OSError) as error:
                if time.monotonic() > until:
                    message = f"no answer: {error}; see {self.peer.__name__}.log"
                    raise RuntimeError(message) from error
                time.sleep(0.01)
                continue
            found = self.peer.score(answer)
            if found is not None and abs(found - self.workload.score) > _TOLERANCE:
                message = f"it answers {found}, and {self.workload.score} is right"
                raise RuntimeError(message)
            return

    def ask(self) -> Any:
        """Ask for the row once."""
        body = self.peer.body(self.workload.row)
        request = urllib.request.Request(self.url, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=5) as reply:
            return json.loads(reply.read())
