"""Succession: another model beside the one that answers, in its place, and the former one back, without dropping a request.

The service goes on in its process, at its address. It is told by the file of its line-up and SIGHUP, goes over once the new model is
loaded and proved, and is then asked for the new model's golden rows. What goes wrong leaves, or brings back, what was.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.clock import Deadline
from fivefold.core.errors import MisuseError, StepError
from fivefold.deployment.client import Client
from fivefold.deployment.golden import over_http, play
from fivefold.deployment.process import alive
from fivefold.deployment.standing import LINE_UP, changing, read_standing, write_standing
from fivefold.runtime.bundle import load_bundle
from fivefold.service.lineup import LineUp, read_line_up, write_line_up
from fivefold.service.log import note_log
from fivefold.service.models import check_challenger
from fivefold.service.tokens import own_token

if TYPE_CHECKING:
    from fivefold.deployment.standing import Standing

__all__ = ["challenge", "end_challenge", "promote", "roll_back"]

_SECONDS = 60.0
_ANSWER_SECONDS = 5.0
_POLL_SECONDS = 0.05


def challenge(live: Path, bundle: Path, *, share: float = 0.0, key: str = "") -> Standing:
    """Hold a bundle beside the one that answers.

    Parameters
    ----------
    live : Path
        The live folder of the run whose service it is.
    bundle : Path
    share : float
        Share of the rows that it answers; 0 for the shadow.
    key : str
        Column by whose value rows go to one or the other.

    Raises
    ------
    MisuseError
        When no service runs, the share is none, or the bundle cannot answer what the service is asked.
    StepError
        When the service does not take the challenger.
    """
    with changing(live):
        standing, line_up = _standing(live)
        now = _go_over(live, standing, line_up.challenged(str(bundle.resolve()), share=share, key=key))
    theirs = bundle.resolve().parent.parent / "live"
    if theirs.is_dir():  # the run that the challenger comes from: its monitor looks here as well
        note_log(theirs, now.log_in(live))
    return now


def end_challenge(live: Path) -> Standing:
    """Hold nothing beside the champion any longer."""
    with changing(live):
        standing, line_up = _standing(live)
        return _go_over(live, standing, line_up.unchallenged())


def promote(live: Path) -> Standing:
    """Let the challenger answer from now on; the former champion's bundle stays.

    Raises
    ------
    MisuseError
        When no service runs, or there is no challenger.
    StepError
        When the new champion does not answer as it should: then the former one answers on.
    """
    with changing(live):
        standing, line_up = _standing(live)
        return _go_over(live, standing, line_up.promoted())


def roll_back(live: Path) -> Standing:
    """Let the champion before answer again.

    Raises
    ------
    MisuseError
        When no service runs, or there was no champion before.
    StepError
        When the former champion cannot be had any more.
    """
    with changing(live):
        standing, line_up = _standing(live)
        return _go_over(live, standing, line_up.rolled_back())


def _standing(live: Path) -> tuple[Standing, LineUp]:
    """Return the service that runs, and who answers there."""
    standing = read_standing(live)
    if standing is None or not alive(standing.process):
        raise MisuseError(
            "There is no service to change",
            seen="none runs for this run",
            expected="a service that a deployment to 'local' started",
            todo="start it with: fivefold deploy RUN",
        )
    return standing, read_line_up(live / LINE_UP)


def _go_over(live: Path, standing: Standing, wanted: LineUp) -> Standing:
    """Have the service go over, prove its answers, and note what runs now; otherwise go back."""
    before = read_line_up(live / LINE_UP)
    predictor = load_bundle(Path(wanted.champion))
    # One that is damaged, or of another question, is refused before the service hears of it.
    if wanted.challenger:
        check_challenger(predictor, load_bundle(Path(wanted.challenger)), wanted.key)
    output = live / "service.log"
    said = output.stat().st_size if output.is_file() else 0
    try:
        _tell(live, standing, wanted)
        _wait(output, said, standing, wanted.change)
        with Client(standing.address, timeout=_ANSWER_SECONDS, token=own_token(os.environ)) as client:
            if not (
                wanted.challenger and wanted.share
            ):  # rows that are parted are proved by the service itself
                play(over_http(client), predictor, Deadline.after(1.0))
    except BaseException:  # Ctrl-C, too, must not leave a model that was not proved
        _tell(live, standing, before)
        raise
    now = replace(standing, version=predictor.version)
    write_standing(live, now)
    return now


def _tell(live: Path, standing: Standing, line_up: LineUp) -> None:
    """Write the line-up, and have it read."""
    write_line_up(live / LINE_UP, line_up)
    if alive(standing.process):
        os.kill(standing.process.pid, signal.SIGHUP)


def _wait(output: Path, said: int, standing: Standing, change: int) -> None:
    """Wait until the service says that it has gone over; what stood in its output before is told by its length."""
    until = time.monotonic() + _SECONDS
    found: object = None
    while time.monotonic() < until and alive(standing.process):
        with Client(standing.address, timeout=_ANSWER_SECONDS) as client:
            found = client.get("/readyz").json()
        if isinstance(found, dict) and found.get("change") == change:
            return
        words = output.read_bytes()[said:] if output.is_file() else b""
        if b"the models stay as they are" in words:
            break
        time.sleep(_POLL_SECONDS)
    words = output.read_bytes()[said:] if output.is_file() else b""
    raise StepError(
        "The service did not go over to the other model",
        seen=" | ".join(words.decode(errors="replace").splitlines()[-2:]) or f"it says {found}",
        expected="the new model, loaded and proved",
        todo="put right what its output says; the former model answers on",
    )
