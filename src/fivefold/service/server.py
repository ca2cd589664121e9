"""Running the service: take the port, load and prove the model behind it, answer, and end cleanly when told to."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import re
import signal
import socket
import threading
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.runtime.crew import one_thread
from fivefold.service.app import create_app
from fivefold.service.doors import Doors
from fivefold.service.engine import Engine
from fivefold.service.exposure import check_exposure, is_loopback, made_token
from fivefold.service.hosts import Hosts
from fivefold.service.kept_token import READ, kept
from fivefold.service.log import NO_LOG, open_log
from fivefold.service.port import bind
from fivefold.service.settings import ServiceSettings
from fivefold.service.tokens import Tokens
from fivefold.service.tracing import open_traces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType, TracebackType

    from fivefold.service.log import PredictionLog
    from fivefold.service.tracing import Traces

__all__ = ["DRAIN_SECONDS", "TRIED", "DiscreetFormatter", "connection_of", "serve"]

_KEEP_ALIVE_SECONDS = 75
_YOUNG = 10_000
"""Objects that are made and kept before garbage is looked for. The log alone keeps thousands until its next batch, none of them
garbage; by Python's own 700 they were looked through several times."""
DRAIN_SECONDS = 20
"""Platforms end a process 30 seconds after SIGTERM; the rest is for what waits to be logged."""

TRIED = (0, 54)
"""The latest uvicorn whose insides our own connection was tried with; a later one goes its own way, slower and as right."""
_MADE = "none was given, so one was made for this start alone; it lies in %s: '%s' in the container prints it; your own go into %s"

_journal = logging.getLogger("fivefold.service")


class DiscreetFormatter(logging.Formatter):
    """Prints where an exception arose but not its message, which may quote somebody's data."""

    def formatException(  # noqa: N802 - the name is logging's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Return the frames and the exception's type."""
        frames = "".join(traceback.format_tb(ei[2]))
        return f"{frames}{ei[0].__name__ if ei[0] else ''}"


def serve(
    bundle: Path,
    *,
    host: str,
    port: int,
    log: str | Path | None,
    fd: int | None = None,
    leash: int | None = None,
    settings: ServiceSettings | None = None,
) -> None:
    """Serve a bundle until SIGTERM or SIGINT; what was answered is then written to the log.

    The port is taken before the model is loaded: ``/livez`` answers meanwhile, and ``/readyz`` turns to 200 when the
    golden rows gave the known answers. ``AIP_HEALTH_ROUTE`` and ``AIP_PREDICT_ROUTE`` name further paths.

    Parameters
    ----------
    bundle : Path
    host : str
    port : int
        0 lets the system choose.
    log : str or Path or None
        Address of the prediction log, see :func:`~fivefold.service.log.open_log`; None keeps none.
    settings : ServiceSettings, optional
    fd : int, optional
        Descriptor of a socket that listens already; host and port are not used then.
    leash : int, optional
        Descriptor of a pipe's reading end. When it is closed before a byte came, whoever started the service has died
        half-way, and the service ends.

    Raises
    ------
    MisuseError
        When the port is in use.
    SettingsError
        When other machines could reach the service, and nothing is demanded of them.
    InputError
        When the log cannot be written.
    MissingExtraError
        When the environment asks for traces, and OpenTelemetry is not installed.
    ArtefactError
        When the bundle is damaged or answers differently here.
    """
    settings = settings or ServiceSettings()
    doors = Doors.from_environment(os.environ)
    listening = bind(host, port) if fd is None else socket.socket(proto=socket.IPPROTO_TCP, fileno=fd)
    with contextlib.ExitStack() as ends:
        ends.enter_context(listening)
        ends.enter_context(one_thread())
        # Asked of the socket: a name or an inherited socket does not tell where it listens.
        place = listening.getsockname()[0]
        made = made_token(place, settings, os.environ)
        settings = replace(settings, tokens=Tokens([made])) if made else settings
        who = check_exposure(place, settings, os.environ)
        hosts = Hosts(settings.hosts) if is_loopback(place) else None
        ends.enter_context(_output())
        _journal.info("%s", who)
        if made:
            file = ends.enter_context(kept(made, listening.getsockname()[1]))
            _journal.info(_MADE, file, READ, TOKENS_VARIABLE)
        address = NO_LOG if log is None else log
        logged = open_log(address, mode=settings.log_mode, keep=settings.log_keep)
        if logged is not None:
            ends.callback(logged.close)
        traces = open_traces(os.environ)
        if traces is not None:
            ends.callback(traces.close)
            _journal.info("traces go to: %s", ", ".join(traces.names))
        _Service(Engine(bundle), logged, doors, settings, traces, hosts).run(listening, leash)


@contextlib.contextmanager
def _output() -> Iterator[None]:
    """Print to standard error what the service and its server have to say, as long as it runs."""
    handler = logging.StreamHandler()
    handler.setFormatter(DiscreetFormatter("%(asctime)s %(levelname)s %(message)s"))
    quiet = dict.fromkeys(map(logging.getLogger, ("uvicorn", "asyncio", "opentelemetry")), logging.WARNING)
    loggers = quiet | {_journal: logging.INFO}
    for logger, level in loggers.items():
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
            logger.propagate = True


def connection_of(version: str) -> type[asyncio.Protocol] | Literal["auto"]:
    """Return what speaks HTTP with the clients of this version of uvicorn, for ``uvicorn.Config(http=...)``."""
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) > TRIED:  # also of a 1.0rc1
        return "auto"
    from fivefold.service.connection import Connection

    return Connection


class _Service:
    """One run of the server: it ends by signal, by its leash, or because the model cannot be loaded."""

    def __init__(
        self,
        engine: Engine,
        log: PredictionLog | None,
        doors: Doors,
        settings: ServiceSettings,
        traces: Traces | None,
        hosts: Hosts | None,
    ) -> None:
        import uvicorn

        self._engine = engine
        self._loading: asyncio.Task[None] | None = None
        self._changes: set[asyncio.Task[None]] = set()
        self._one_at_a_time = threading.Lock()
        app = create_app(
            engine, log=log, doors=doors, settings=settings, begin=self._begin, traces=traces, hosts=hosts
        )
        config = uvicorn.Config(
            app,
            loop="auto",
            http=connection_of(uvicorn.__version__),
            ws="none",
            lifespan="on",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing here asks who the caller is
            log_config=None,
            log_level=None,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
        self._server = uvicorn.Server(config)

    def run(self, listening: socket.socket, leash: int | None) -> None:
        """Serve until the end; raise what kept the model from loading."""
        if leash is not None:
            threading.Thread(target=self._watch, args=(leash,), name="leash", daemon=True).start()
        host, port = listening.getsockname()[:2]
        _journal.info("listening on http://%s:%d", f"[{host}]" if ":" in host else host, port)
        with self._signals_caught():
            self._server.run(sockets=[listening])
        if self._loading is not None and self._loading.done() and not self._loading.cancelled():
            self._loading.result()

    def _begin(self) -> None:
        """Load the model beside the event loop, so that health is answered meanwhile."""
        loop = asyncio.get_running_loop()
        self._loading = loop.create_task(asyncio.to_thread(self._load))
        self._loading.add_done_callback(self._loaded)
        # A bundle alone has nothing to go over to: there, SIGHUP ends the process, as when its terminal is closed.
        if self._engine.lined_up and threading.current_thread() is threading.main_thread():
            loop.add_signal_handler(signal.SIGHUP, self._go_over)

    def _go_over(self) -> None:
        """Read the line-up again, and go over to it once all is loaded and proved; what cannot be loaded changes nothing."""
        task = asyncio.get_running_loop().create_task(asyncio.to_thread(self._load))
        task.add_done_callback(self._gone_over)
        self._changes.add(task)

    def _gone_over(self, task: asyncio.Task[None]) -> None:
        """Tell what came of it."""
        self._changes.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        models = self._engine.models
        if error is not None:
            _journal.error("the models stay as they are: %s", error)
        elif models is not None:
            beside = f", {models.challenger.version} beside it" if models.challenger else ""
            _journal.info("%s answers%s", models.champion.version, beside)

    def _load(self) -> None:
        """Load the model, then exempt all that is loaded from garbage collection: nobody waits while it is looked through."""
        with self._one_at_a_time:
            self._engine.load()
        gc.collect()
        gc.freeze()
        gc.set_threshold(_YOUNG)

    def _loaded(self, task: asyncio.Task[None]) -> None:
        """Tell that the model is ready, or end: a service without a model is of no use."""
        if task.cancelled():
            return
        if task.exception() is not None:
            self._server.should_exit = True
        else:
            _journal.info("ready")

    @contextlib.contextmanager
    def _signals_caught(self) -> Iterator[None]:
        """Let signals that come before and after uvicorn's own watch end the service too, instead of the process."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread may watch for signals; the owner of this one ends it by its leash
            return
        before = {number: signal.signal(number, self._end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, _: int, __: FrameType | None) -> None:
        """Ask the server to end."""
        self._server.should_exit = True

    def _watch(self, leash: int) -> None:
        """Wait for the word that the service may stand alone."""
        word = os.read(leash, 1)
        os.close(leash)
        if not word:
            _journal.warning("whoever started this service is gone; it ends")
            self._server.should_exit = True
