"""The proof of an image: it is run as strictly as any platform would run it, and asked for the golden rows."""

from __future__ import annotations

import os
import random
import secrets
import sys
import time
from typing import TYPE_CHECKING

from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.core.errors import StepError
from fivefold.deployment.client import Client, says_ready
from fivefold.deployment.golden import over_http, play
from fivefold.deployment.process import alive, end, spawn
from fivefold.deployment.targets.container.recipe import PORT
from fivefold.service.port import bind
from fivefold.service.variables import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fivefold.core.artefacts import GoldenCheck
    from fivefold.core.workbench import Workbench
    from fivefold.deployment.engine import Engine
    from fivefold.runtime.predictor import Predictor

__all__ = ["STRICT", "prove_image", "prove_tree"]

STRICT = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
"""Nothing can be written, and nothing is allowed beyond what every process is."""
_ANSWER_SECONDS = 5.0
_POLL_SECONDS = 0.05
_USERS = (100_000, 999_999)
_WORDS = 3


def prove_image(engine: Engine, reference: str, predictor: Predictor, bench: Workbench) -> GoldenCheck:
    """Run an image with a read-only root and as a user that it does not know, and play the golden rows against it.

    Raises
    ------
    StepError
        When it does not get ready in time, or answers differently.
    """
    token = secrets.token_hex(16)
    user = random.SystemRandom().randint(*_USERS)
    words = [*STRICT, "--user", f"{user}:{user}", "--publish", f"127.0.0.1::{PORT}"]
    # It is reached from this machine, with a token, even where it is to demand none: a variable that is empty says nothing.
    container = engine.start(reference, {TOKENS_VARIABLE: token, f"{PREFIX}NO_AUTH": ""}, words)
    try:
        port = _published(engine, container)

        def running() -> bool:
            return engine.inspect(container, "{{.State.Running}}") == "true"

        return _ask(
            f"http://127.0.0.1:{port}", token, predictor, bench, running, lambda: engine.logs(container)
        )
    finally:
        engine.discard(container)


def prove_tree(context: Path, predictor: Predictor, bench: Workbench) -> GoldenCheck:
    """Run what an image would hold by this machine's Python, without any of this machine's packages, and ask it.

    Raises
    ------
    StepError
        When it does not get ready in time, or answers differently.
    """
    output = bench.scratch / "container.log"
    clean = {"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"}
    clean |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    clean |= {
        "PYTHONPATH": f"{context.resolve() / 'own'}:{context.resolve() / 'site'}",
        "LD_LIBRARY_PATH": str(context.resolve() / "lib"),
    }
    with bind("127.0.0.1", 0) as listening:
        port = int(listening.getsockname()[1])
        # -S: no package of this machine is found.
        command = [sys.executable, "-S", "-P", "-m", "fivefold.service", str(context.resolve() / "bundle")]
        process = spawn(
            [*command, "--fd", str(listening.fileno())],
            output=output,
            given=(listening.fileno(),),
            environ=clean,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        return _ask(
            address, "", predictor, bench, lambda: alive(process), lambda: output.read_text(errors="replace")
        )
    finally:
        end(process, patience=1.0)


def _published(engine: Engine, container: str) -> int:
    """Return the port of this machine by which a container is reached."""
    said = engine.inspect(
        container, f'{{{{(index (index .NetworkSettings.Ports "{PORT}/tcp") 0).HostPort}}}}'
    )
    if not said.isdecimal():
        raise _not_ready("its port is not published", engine.logs(container))
    return int(said)


def _ask(
    address: str,
    token: str,
    predictor: Predictor,
    bench: Workbench,
    running: Callable[[], bool],
    words: Callable[[], str],
) -> GoldenCheck:
    """Wait until it is ready, then play the golden rows."""
    while not says_ready(address, timeout=_ANSWER_SECONDS):
        if bench.deadline.passed():
            raise _not_ready("it is still loading", words())
        if not running():
            raise _not_ready("it ended", words())
        time.sleep(_POLL_SECONDS)
    with Client(address, timeout=_ANSWER_SECONDS, token=token) as client:
        return play(over_http(client), predictor, bench.deadline)


def _not_ready(what: str, words: str) -> StepError:
    """Say that it cannot be proved, with what it printed."""
    return StepError(
        "The image does not get ready",
        seen=f"{what}; its last words: {' | '.join(words.splitlines()[-_WORDS:]) or 'nothing'}",
        expected="status 200 from /readyz before the step's time is over",
        todo="give a larger --budget, or another base: it must hold the Python that this environment has",
    )
