"""The target ``local``: the service as a process of its own on this machine, reachable from this machine only."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.artefacts import GoldenCheck, Release, Resource
from fivefold.core.errors import ArtefactError, MisuseError, StepError
from fivefold.core.orders import DeploymentPlan
from fivefold.core.version import __version__
from fivefold.deployment.client import Client, says_ready
from fivefold.deployment.golden import over_http, play
from fivefold.deployment.leash import Leash
from fivefold.deployment.process import Process, alive, end, spawn
from fivefold.deployment.standing import (
    LINE_UP,
    LocalOptions,
    Standing,
    changing,
    is_own,
    read_standing,
    write_standing,
)
from fivefold.deployment.telling import read_told, service_secrets, service_words, without_secret
from fivefold.runtime.bundle import load_bundle
from fivefold.service.lineup import LineUp, read_line_up, run_of, write_line_up
from fivefold.service.log import note_log
from fivefold.service.port import bind
from fivefold.service.tokens import own_token

if TYPE_CHECKING:
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
        work = _Work.of(bundle, bench.live, order)
        if work.before is not None and _fits(work.before, work):
            return DeploymentPlan("local", checked=(f"the service at {work.before.address} runs already",))
        if order.port and not work.in_place:
            bind(_HOST, order.port).close()  # one that is taken is told before anything is rehearsed
        where = f"{_HOST}:{work.port}" if work.port else f"{_HOST}, a free port"
        return DeploymentPlan("local", (Resource("process", where),))

    def push(self, bundle: Bundle, bench: Workbench, order: Order) -> Release:
        """Start the bundle's service, and hand it over only when it is ready and its answers are proved.

        One that runs already for the same bundle is kept, and so is a model that was promoted in it. One that runs for another
        bundle of the same run, or was told otherwise, is replaced by its successor, at its address unless another port is
        asked for: the successor is proved on a port of its own first.

        Raises
        ------
        MisuseError
            When the port is in use.
        StepError
            When the service does not get ready in time, ends, or answers differently; what ran before runs on then, unless
            that comes about when the successor has taken its port.
        """
        with changing(bench.live):
            return self._push(bundle, bench, order)

    def _push(self, bundle: Bundle, bench: Workbench, order: Order) -> Release:
        """Do so while nobody else changes what runs."""
        work, place = _Work.of(bundle, bench.live, order), bench.live / LINE_UP
        before = work.before
        if before is not None and _fits(before, work):
            kept = _keep(before, work, bench.deadline)
            if kept is not None:
                return kept
        bench.progress.advance(0.2, "starting the service")
        held = read_line_up(place) if before is not None and place.is_file() else None
        standing: Standing | None = None
        with Leash() as leash:
            try:
                if before is not None and work.in_place:
                    standing = _start(work, bench.live, leash, 0)
                    _prove(standing, work, bench)
                    end(standing.process, patience=_STOP_SECONDS)
                    end(before.process, patience=_STOP_SECONDS)
                standing = _start(work, bench.live, leash, work.port)
                check = _prove(standing, work, bench)
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
        replaced = ("took the place of an older service",) if before else ()
        return _release(standing, check, (*replaced, *work.notes))

    def status(self, release: Release) -> str:
        """Return ``ready``, ``starting`` or ``stopped``."""
        if not alive(Process(release.pid, release.started)):
            return "stopped"
        return "ready" if says_ready(release.address, timeout=_ANSWER_SECONDS) else "starting"

    def remove(self, release: Release | None, live: Path) -> bool:
        """End the service: what it answered is written to its log first. Return whether it was running.

        Where the run's folder was copied, the service of the folder that it was copied from runs on.
        """
        standing = read_standing(live)
        if release is not None:
            process = Process(release.pid, release.started)
        elif standing is not None:
            process = standing.process
        else:
            return False
        return is_own(live, process) and end(process, patience=_DRAIN_SECONDS)


@dataclass(frozen=True, slots=True)
class _Work:
    """What one push is about.

    Attributes
    ----------
    told : LocalOptions
    port : int
        Asked for, else the one that the run's service has, or had as long as nobody else took it; 0 for a free one.
    version : str
        Of the run's own bundle.
    line_up : LineUp
    predictor : Predictor
        Of the bundle that answers.
    before : Standing or None
        What runs for this run now.
    live : Path
    notes : tuple of str
        What a person should know of who answers.
    """

    told: LocalOptions
    port: int
    version: str
    line_up: LineUp
    predictor: Predictor
    before: Standing | None
    live: Path
    notes: tuple[str, ...]

    @classmethod
    def of(cls, bundle: Bundle, live: Path, order: Order) -> _Work:
        """Read the order, and look at what runs, or ran; nothing is made."""
        told, own, last = read_told(order), load_bundle(bundle.folder), read_standing(live)
        before = last if last is not None and alive(last.process) else None
        alone = LineUp(str(bundle.folder.resolve()))
        line_up = _line_up(last, alone, own.version, live)
        notes: tuple[str, ...] = ()
        predictor, run = own, live.resolve().parent.name
        try:
            if line_up.challenger:
                load_bundle(Path(line_up.challenger))
            if line_up.champion != alone.champion:
                predictor, other = load_bundle(Path(line_up.champion)), run_of(line_up.champion)
                notes = (
                    f"the model of run {other} answers, since it was promoted; back with: fivefold rollback {run}",
                )
        except ArtefactError as error:
            line_up, notes = alone, (f"the run's own model answers alone: {error.what} ({error.seen})",)
        port = order.port or (_port_again(last) if last is not None else 0)
        return cls(told, port, own.version, line_up, predictor, before, live, notes)

    @property
    def in_place(self) -> bool:
        """Whether the port is that of the service that runs."""
        return self.before is not None and self.port == _port(self.before)


def _line_up(last: Standing | None, alone: LineUp, version: str, live: Path) -> LineUp:
    """Return who answers: whom the person has promoted, or holds beside, in the service of this very model; else the model alone."""
    place = live / LINE_UP
    if last is None or not place.is_file():
        return alone
    held = read_line_up(place)
    # Notes of earlier versions do not say which model was the run's own: the one that answers, if it is the run's bundle.
    own = last.own or (last.version if held.champion == alone.champion else version)
    promoted = last.version != own
    if own != version or not (promoted or held.challenger):
        return alone
    return (
        held if promoted else replace(held, champion=alone.champion)
    )  # the run's folder may have been moved


def _fits(standing: Standing, work: _Work) -> bool:
    """Whether a running service is the one that is asked for."""
    wanted = (work.predictor.version, __version__, without_secret(work.told), str(work.live.resolve()))
    found = (standing.version, standing.software, standing.told, standing.live or wanted[-1])
    return found == wanted and work.in_place


def _port(standing: Standing) -> int:
    """Return the port that a service listens on."""
    return int(standing.address.rpartition(":")[2])


def _port_again(last: Standing) -> int:
    """Return the port that clients know, unless another program has taken it since; then 0."""
    port = _port(last)
    if alive(last.process):
        return port
    try:
        bind(_HOST, port).close()
    except MisuseError:
        return 0
    return port


def _keep(standing: Standing, work: _Work, until: Deadline) -> Release | None:
    """Verify a service that runs already; None when it is not fit to be kept."""
    try:
        check = _verify(standing, work.predictor, until)
    except StepError:
        return None
    return _release(standing, check, ("was running already", *work.notes))


def _start(work: _Work, live: Path, leash: Leash, port: int) -> Standing:
    """Start the process with a socket that listens already, so that the port cannot be lost in between."""
    live.mkdir(parents=True, exist_ok=True)
    write_line_up(live / LINE_UP, work.line_up)
    with bind(_HOST, port) as listening:
        command = [
            *(sys.executable, "-P", "-m", "fivefold.service", str(live.resolve() / LINE_UP)),
            *service_words(work.told, live),
            *("--fd", str(listening.fileno()), "--leash", str(leash.end)),
        ]
        address = f"http://{_HOST}:{listening.getsockname()[1]}"
        process = spawn(
            command,
            output=live / "service.log",
            given=(listening.fileno(), leash.end),
            environ=os.environ | _THREADS | service_secrets(work.told),
        )
    told, version = without_secret(work.told), work.predictor.version
    return Standing(process, address, version, __version__, told, work.version, str(live.resolve()))


def _prove(standing: Standing, work: _Work, bench: Workbench) -> GoldenCheck:
    """Wait until it is ready, and play the golden rows."""
    _wait_until_ready(standing, bench)
    bench.progress.advance(0.6, "playing golden rows")
    return _verify(standing, work.predictor, bench.deadline)


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
        if says_ready(standing.address, timeout=min(left, _ANSWER_SECONDS)):
            return
        time.sleep(_POLL_SECONDS)
    raise StepError(
        "The service ended while it started",
        seen=_last_words(bench.live),
        expected="a service that is ready",
        todo="put right what its output says, live/service.log in the run's folder",
    )


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
