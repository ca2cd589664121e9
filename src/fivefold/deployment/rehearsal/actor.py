"""Whoever runs the service that is rehearsed, so that it can be started, silenced and ended: here a process of this machine."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.deployment.leash import Leash
from fivefold.deployment.process import Process, alive, end, spawn
from fivefold.service.variables import PREFIX

if TYPE_CHECKING:
    from fivefold.deployment.rehearsal.platform import Platform

__all__ = ["Actor", "BundleProcess"]

_THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Actor(Protocol):
    """A service that can be played with."""

    def start(self, platform: Platform, port: int) -> None:
        """Start it as the platform would."""

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""

    def running(self) -> bool:
        """Whether it runs."""

    def memory(self) -> int:
        """Resident bytes; 0 where nobody can tell."""

    def last_words(self) -> str:
        """The end of what it printed."""

    def close(self) -> None:
        """End it, whatever it does."""


class BundleProcess:
    """A bundle, served by a process of this machine.

    Parameters
    ----------
    bundle : Path
        A folder, or a zip of it.
    """

    def __init__(self, bundle: Path) -> None:
        self._bundle = bundle.resolve()
        self._process: Process | None = None
        self._leash = Leash()  # it ends when this process does, however that comes about
        self._folder = tempfile.TemporaryDirectory(prefix="fivefold-rehearsal-")

    def start(self, platform: Platform, port: int) -> None:
        """Start it, with what the platform sets in its environment."""
        # Nor has a platform a token to send, and it knows nothing of what this person's services are told by variables. Where
        # their traces go, a rehearsal is nobody's news.
        ours = ("AIP_", "SAGEMAKER_", "OTEL_", PREFIX, TOKENS_VARIABLE)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        command = [sys.executable, "-P", "-m", "fivefold.service", str(self._bundle), "--host", "127.0.0.1"]
        log = str(self._output.with_name("predictions.sqlite"))
        self._process = spawn(
            [*command, "--port", str(port), "--log", log, "--leash", str(self._leash.end)],
            output=self._output,
            given=(self._leash.end,),
            environ=kept | _THREADS | platform.environment(port),
        )

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self._process is not None and alive(self._process):
            os.kill(self._process.pid, number)

    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and alive(self._process)

    def memory(self) -> int:
        """Resident bytes, by /proc; 0 where there is none."""
        status = Path("/proc") / str(self._process.pid if self._process else 0) / "status"
        if not status.is_file():
            return 0
        lines = status.read_text().splitlines()
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)

    def last_words(self) -> str:
        """The end of what it printed."""
        lines = self._output.read_text(errors="replace").splitlines() if self._output.is_file() else []
        return " | ".join(lines[-3:]) or "nothing"

    def close(self) -> None:
        """End it, whatever it does, and forget what it wrote."""
        if self._process is not None:
            self.signal(signal.SIGCONT)  # one that was silenced would not hear the rest
            end(self._process, patience=1.0)
        self._leash.close()
        self._folder.cleanup()

    @property
    def _output(self) -> Path:
        """What it printed."""
        return Path(self._folder.name) / "service.log"
