"""A container in the leading part: an image, started, silenced and ended by the engine that holds it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.deployment.targets.container.proof import STRICT

if TYPE_CHECKING:
    import signal

    from fivefold.deployment.engine import Engine
    from fivefold.deployment.rehearsal.platform import Platform

__all__ = ["ContainerProcess"]

_USER = "234567:234567"
_WORDS = 3


class ContainerProcess:
    """An image, run as a platform would: its own environment and word, a read-only root, and a user that the image does not know.

    The container has this machine's network, as the engine's own forwarding would take connections before the service does.

    Parameters
    ----------
    engine : Engine
    image : str
        Its reference.
    """

    def __init__(self, engine: Engine, image: str) -> None:
        self._engine, self._image = engine, image
        self._container = ""

    def start(self, platform: Platform, port: int) -> None:
        """Start it, with what the platform sets in its environment."""
        environ = platform.environment(port)
        if not environ:  # no platform that decides who may ask: nobody but this machine may
            environ = {"FIVEFOLD_SERVE_HOST": "127.0.0.1", "FIVEFOLD_SERVE_PORT": str(port)}
        words = (*STRICT, "--user", _USER, "--network", "host")
        command = ("serve",) if platform.name == "sagemaker" else ()
        self._container = self._engine.start(self._image, environ, words, command)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self._container:
            self._engine.kill(self._container, number.name)

    def running(self) -> bool:
        """Whether it runs."""
        return bool(self._container) and self._engine.inspect(self._container, "{{.State.Running}}") == "true"

    def memory(self) -> int:
        """Resident bytes, by /proc; 0 where the engine runs on another machine."""
        pid = self._engine.inspect(self._container, "{{.State.Pid}}") if self._container else ""
        status = Path("/proc") / (pid or "0") / "status"
        if not status.is_file():
            return 0
        lines = status.read_text().splitlines()
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)

    def last_words(self) -> str:
        """The end of what it printed."""
        lines = self._engine.logs(self._container).splitlines() if self._container else []
        return " | ".join(lines[-_WORDS:]) or "nothing"

    def close(self) -> None:
        """End and remove it, whatever it does."""
        if self._container:
            self._engine.discard(self._container)
