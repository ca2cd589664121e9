"""A replica: the container of a deployed model, started with the platform's environment, probed, asked and ended.

What stands in for the image is this installation's own service with the bundle inside; with an engine the image itself is run.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.deployment.process import alive, end, spawn
from fivefold.testing.loopback import free_port
from fivefold.testing.vertex.refusal import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.deployment.process import Process

__all__ = ["BundleReplica", "ContainerReplica", "Container", "Probes", "Replica"]

_KNOCKS = 4
_FAILURES = 4
_POLL_SECONDS = 0.02
_ENGINE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Probes:
    """The platform's patience; its own figures are ten seconds for all but the start.

    Attributes
    ----------
    knock, health : float
        Seconds between knocks at the port, of which there are four, and between questions for health.
    patience : float
        Seconds to wait for an answer about health.
    start : float
        Seconds until the first 200.
    """

    knock: float = 10.0
    health: float = 1.0
    patience: float = 10.0
    start: float = 60.0


class Container(Protocol):
    """What runs for a replica."""

    def start(self, environ: Mapping[str, str], port: int) -> None:
        """Start it, answering at a port of this machine."""

    def running(self) -> bool:
        """Whether it runs."""

    def last_words(self) -> str:
        """The end of what it printed."""

    def close(self) -> None:
        """End it."""


class BundleReplica:
    """A process of this installation's service, as in an image that holds the bundle.

    Parameters
    ----------
    bundle : Path
    output : Path
        File for what it prints.

    Attributes
    ----------
    process : Process or None
    """

    def __init__(self, bundle: Path, output: Path) -> None:
        self._bundle = bundle
        self._output = output
        self.process: Process | None = None

    def start(self, environ: Mapping[str, str], port: int) -> None:
        """Start it; ``AIP_HTTP_PORT`` is a port of this machine, since there is no network of its own."""
        ours = ("AIP_", "SAGEMAKER_", TOKENS_VARIABLE)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        inside = {"FIVEFOLD_BUNDLE": str(self._bundle), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = spawn(
            [
                sys.executable,
                "-P",
                "-m",
                "fivefold.service",
                "serve",
                "--host",
                "127.0.0.1",
                "--log",
                "stdout",
            ],
            output=self._output,
            given=(),
            environ=kept | inside | dict(environ) | {"AIP_HTTP_PORT": str(port)},
        )

    def running(self) -> bool:
        """Whether it runs."""
        return self.process is not None and alive(self.process)

    def last_words(self) -> str:
        """The end of what it printed."""
        lines = self._output.read_text(errors="replace").splitlines() if self._output.is_file() else []
        return " | ".join(lines[-3:]) or "nothing"

    def close(self) -> None:
        """End it."""
        if self.process is not None:
            end(self.process, patience=5.0)


class ContainerReplica:
    """A container of an image that a local engine has.

    Parameters
    ----------
    engine : str
        The engine's client, such as ``docker``.
    image : str
    """

    def __init__(self, engine: str, image: str) -> None:
        self._engine = engine
        self._image = image
        self._name = ""

    def start(self, environ: Mapping[str, str], port: int) -> None:
        """Start it; inside it listens where the platform says."""
        variables = [word for name, value in environ.items() for word in ("-e", f"{name}={value}")]
        inside = environ["AIP_HTTP_PORT"]
        self._name = self._ask("run", "-d", "-p", f"127.0.0.1:{port}:{inside}", *variables, self._image)

    def running(self) -> bool:
        """Whether it runs."""
        return bool(self._name) and self._ask("inspect", "-f", "{{.State.Running}}", self._name) == "true"

    def last_words(self) -> str:
        """The end of what it printed."""
        return self._ask("logs", "--tail", "3", self._name) if self._name else "nothing"

    def close(self) -> None:
        """End it, and forget it."""
        if self._name:
            self._ask("rm", "-f", self._name)

    def _ask(self, *words: str) -> str:
        """Ask the engine."""
        done = subprocess.run(
            [self._engine, *words], capture_output=True, text=True, check=False, timeout=_ENGINE_SECONDS
        )
        return done.stdout.strip()


class Replica:
    """A container behind an endpoint.

    Parameters
    ----------
    container : Container
    environ : mapping of str to str
        The ``AIP_`` variables.
    probes : Probes

    Attributes
    ----------
    container : Container
    healthy : bool
        Whether it gets traffic: four failed questions for health in a row take it away, and one good answer gives it back.
    """

    def __init__(self, container: Container, environ: Mapping[str, str], probes: Probes) -> None:
        self.container = container
        self._environ = dict(environ)
        self._probes = probes
        self._port = free_port()
        self._closing = threading.Event()
        self._watch = threading.Thread(target=self._watch_health, daemon=True)
        self.healthy = False

    def start(self) -> None:
        """Start it, and wait until it is healthy.

        Raises
        ------
        RefusalError
            When its port does not open, it ends, or it does not get healthy in time.
        """
        self.container.start(self._environ, self._port)
        began = time.monotonic()
        open_by, healthy_by = began + _KNOCKS * self._probes.knock, began + self._probes.start
        opened = False
        while not self._closing.is_set():
            if not self.container.running():
                self._give_up("Model server exited unexpectedly")
            opened = opened or self._knock()
            if opened and self._health() == 200:
                self.healthy = True
                self._watch.start()
                return
            now = time.monotonic()
            if (now > open_by and not opened) or now > healthy_by:
                self._give_up("Model server never became ready. Please validate the container's health route")
            time.sleep(_POLL_SECONDS)

    def ask(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes, str]:
        """Hand a request on; return status, body and media type."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60.0)
        with contextlib.closing(connection):
            connection.request("POST", path, body, dict(headers))
            with connection.getresponse() as response:
                return response.status, response.read(), response.headers.get("Content-Type", "")

    def close(self) -> None:
        """End it."""
        self._closing.set()
        if self._watch.is_alive():
            self._watch.join()
        self.container.close()

    def _give_up(self, why: str) -> None:
        """Refuse the deployment."""
        words = self.container.last_words()
        self.container.close()
        raise RefusalError("FAILED_PRECONDITION", f"{why}. Model server logs: {words}")

    def _knock(self) -> bool:
        """Whether the port is open."""
        with socket.socket() as probe:
            probe.settimeout(self._probes.knock)
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def _health(self) -> int:
        """Status of the health route; 0 when none comes."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=self._probes.patience)
        with contextlib.closing(connection):
            try:
                connection.request("GET", self._environ["AIP_HEALTH_ROUTE"])
                with connection.getresponse() as response:
                    return response.status
            except (OSError, HTTPException):
                return 0

    def _watch_health(self) -> None:
        """Ask for health as long as it runs."""
        failures = 0
        while not self._closing.wait(self._probes.health):
            failures = 0 if self._health() == 200 else failures + 1
            self.healthy = failures < _FAILURES
