"""The target ``local``: the service as a process of its own on this machine, reachable from this machine only."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from fivefold.core.artefacts import GoldenCheck, Release, Resource
from fivefold.core.errors import StepError
from fivefold.core.orders import DeploymentPlan
from fivefold.core.version import __version__
from fivefold.deployment.client import Client
from fivefold.deployment.golden import over_http, play
from fivefold.deployment.leash import Leash
from fivefold.deployment.process import Process, alive, end, spawn
from fivefold.deployment.standing import LINE_UP, LocalOptions, Standing, read_standing, write_standing
from fivefold.deployment.telling import read_told, service_secrets, service_words, without_secret
from fivefold.runtime.bundle import load_bundle
from fivefold.service.lineup import LineUp, read_line_up, write_line_up
from fivefold.service.log import note_log
from fivefold.service.port import bind
from fivefold.service.tokens import own_token

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.clock import Deadline
    from fivefold.core.orders import Bundle, Order
    from fivefold.core.workbench import Workbench
    from fivefold.runtime.predictor import Predictor

__all__ = ["LocalTarget"]

_HOST = "127.0.0.1"
_STOP_SECONDS = 10.0
_DRAIN_SECONDS = 30.0
"""So long a service may take to finish what is in the works, where no deadline waits for it."""
_GIVE_UP_SECONDS = 1.0
_ANSWER_SECONDS = 5.0
_POLL_SECONDS = 0.02
# Models answer in one thread; pools of idle ones in every numerical library would only cost memory.
_THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class LocalTarget:
    """Starts, verifies and stops a service on this machine."""

    @staticmethod
    def check(order: Order) -> None:
        """Refuse options that cannot be used, before anything is at hand to be deployed."""
        read_told(order)

    def plan(self, bundle: Bundle, bench: Workbench, order: Order) -> DeploymentPlan:
        """One process, unless it runs already; it costs nothing.

        Raises
        ------
        SettingsError
            When the order has an option that is none, or a log that cannot be had.
        MisuseError
            When the port is in use.
        """
        told = read_told(order)
        before = _running(bench.live)
        if before is not None and _fits(before, load_bundle(bundle.folder).version, order.port, told):
            return DeploymentPlan("local", checked=(f"the service at {before.address} runs already",))
        if order.port and (before is None or order.port != _port(before)):
            bind(_HOST, order.port).close()  # one that is taken is told before anything is rehearsed
        where = f"{_HOST}:{order.port}" if order.port else f"{_HOST}, a free port"
        return DeploymentPlan("local", (Resource("process", where),))

    def push(self, bundle: Bundle, bench: Workbench, order: Order) -> Release:
        """Start the bundle's service, and hand it over only when it is ready and its answers are proved.

        One that runs already for the same bundle is kept. One that runs for another bundle of the same run is stopped
        when its successor is ready; if both want the same port, just before.

        Raises
        ------
        MisuseError
            When the port is in use.
        StepError
            When the service does not get ready in time, ends, or answers differently; nothing is left running then.
        """
        told, port, predictor = read_told(order), order.port, load_bundle(bundle.folder)
        before = _running(bench.live)
        if before is not None and _fits(before, predictor.version, port, told):
            kept = _keep(before, predictor, bench.deadline)
            if kept is not None:
                return kept
        if before is not None and port == _port(before):
            end(before.process, patience=_STOP_SECONDS)
        bench.progress.advance(0.2, "starting the service")
        place = bench.live / LINE_UP
        held = read_line_up(place) if before is not None and place.is_file() else None
        standing: Standing | None = None
        with Leash() as leash:
            try:
                standing = _start(bundle.folder, predictor.version, bench.live, leash, port, told)
                _wait_until_ready(standing, bench)
                bench.progress.advance(0.6, "playing golden rows")
                check = _verify(standing, predictor, bench.deadline)
                if before is not None:
                    end(before.process, patience=_STOP_SECONDS)
                write_standing(bench.live, standing)
                note_log(bench.live, standing.log_in(bench.live))
                leash.let_go()
            except BaseException:
                if standing is not None:
                    end(standing.process, patience=_GIVE_UP_SECONDS)
                if held is not None:  # the older service goes by it
                    write_line_up(place, held)
                raise
        return _release(standing, check, ("took the place of an older service",) if before else ())

    def status(self, release: Release) -> str:
        """Return ``ready``, ``starting`` or ``stopped``."""
        if not alive(Process(release.pid, release.started)):
            return "stopped"
        return "ready" if _answers_ready(release.address, _ANSWER_SECONDS) else "starting"

    def remove(self, release: Release | None, live: Path) -> bool:
        """End the service: what it answered is written to its log first. Return whether it was running."""
        standing = read_standing(live)
        if release is not None:
            process = Process(release.pid, release.started)
        elif standing is not None:
            process = standing.process
        else:
            return False
        return end(process, patience=_DRAIN_SECONDS)


def _running(live: Path) -> Standing | None:
    """Return what runs for this run, if anything does."""
    standing = read_standing(live)
    return standing if standing is not None and alive(standing.process) else None


def _fits(standing: Standing, version: str, port: int, told: LocalOptions) -> bool:
    """Whether a running service is the one that is asked for."""
    wanted = (version, __version__, without_secret(told))
    found = (standing.version, standing.software, standing.told)
    return found == wanted and port in (0, _port(standing))


def _port(standing: Standing) -> int:
    """Return the port that a service listens on."""
    return int(standing.address.rpartition(":")[2])


def _keep(standing: Standing, predictor: Predictor, until: Deadline) -> Release | None:
    """Verify a service that runs already; None when it is not fit to be kept."""
    try:
        check = _verify(standing, predictor, until)
    except StepError:
        return None
    return _release(standing, check, ("was running already",))


def _start(folder: Path, version: str, live: Path, leash: Leash, port: int, told: LocalOptions) -> Standing:
    """Start the process with a socket that listens already, so that the port cannot be lost in between."""
    live.mkdir(parents=True, exist_ok=True)
    write_line_up(live / LINE_UP, LineUp(str(folder.resolve())))
    with bind(_HOST, port) as listening:
        command = [
            *(sys.executable, "-P", "-m", "fivefold.service", str(live.resolve() / LINE_UP)),
            *service_words(told, live),
            *("--fd", str(listening.fileno()), "--leash", str(leash.end)),
        ]
        address = f"http://{_HOST}:{listening.getsockname()[1]}"
        process = spawn(
            command,
            output=live / "service.log",
            given=(listening.fileno(), leash.end),
            environ=os.environ | _THREADS | service_secrets(told),
        )
    return Standing(process, address, version, __version__, without_secret(told))


def _wait_until_ready(standing: Standing, bench: Workbench) -> None:
    """Ask for readiness until it is there."""
    while alive(standing.process):
        left = bench.deadline.remaining()
        if left == 0.0:
            raise StepError(
                "The service was not ready in time",
                seen=f"it is still loading; its last words: {_last_words(bench.live)}",
                expected="status 200 from /readyz before the step's time is over",
                todo="give a larger --budget, or start it by hand with: fivefold serve RUN",
            )
        if _answers_ready(standing.address, min(left, _ANSWER_SECONDS)):
            return
        time.sleep(_POLL_SECONDS)
    raise StepError(
        "The service ended while it started",
        seen=_last_words(bench.live),
        expected="a service that is ready",
        todo="put right what its output says, live/service.log in the run's folder",
    )


def _answers_ready(address: str, timeout: float) -> bool:
    """Whether the service says that it is ready."""
    try:
        with Client(address, timeout=timeout) as client:
            return client.get("/readyz").status == 200
    except StepError:
        return False


def _verify(standing: Standing, predictor: Predictor, until: Deadline) -> GoldenCheck:
    """Play the golden rows over HTTP."""
    with Client(standing.address, timeout=_ANSWER_SECONDS, token=own_token(os.environ)) as client:
        return play(over_http(client), predictor, until)


def _release(standing: Standing, check: GoldenCheck, notes: tuple[str, ...]) -> Release:
    """Write down what runs."""
    return Release(
        target="local",
        address=standing.address,
        pid=standing.process.pid,
        started=standing.process.started,
        bundle_digest=standing.version,
        golden=check,
        notes=notes,
        resources=(Resource("process", f"{standing.process.pid}"),),
    )


def _last_words(live: Path) -> str:
    """Return the end of the service's output."""
    path = live / "service.log"
    lines = path.read_text(errors="replace").splitlines() if path.is_file() else []
    return " | ".join(lines[-3:]) or "nothing"
