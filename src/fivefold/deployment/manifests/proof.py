"""The proof before a manifest is written: the service runs here once, answers its golden rows over HTTP, and its memory is measured."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.errors import StepError
from fivefold.deployment.client import Client
from fivefold.deployment.golden import over_http, play
from fivefold.deployment.rehearsal.platform import platform_named
from fivefold.deployment.rehearsal.rehearse import staged
from fivefold.deployment.rehearsal.sizes import batch_of, largest_batch, rows_within

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import GoldenCheck
    from fivefold.core.clock import Deadline
    from fivefold.deployment.rehearsal.stage import Stage
    from fivefold.runtime.predictor import Predictor

__all__ = ["Proof", "prove_here"]

_POLL_SECONDS = 0.02
_ANSWER_SECONDS = 5.0
_BATCH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Proof:
    """What was seen.

    Attributes
    ----------
    check : GoldenCheck
    memory : int
        Resident bytes after the largest batch that there was time for; 0 where nobody can tell.
    """

    check: GoldenCheck
    memory: int


def prove_here(folder: Path, predictor: Predictor, until: Deadline, platform: str = "native") -> Proof:
    """Start a bundle's service as a platform would, play the golden rows, and measure.

    Parameters
    ----------
    folder : Path
        Of the bundle.
    predictor : Predictor
        The same bundle in this process.
    until : Deadline
    platform : str
        Whose environment it gets, and who asks it.

    Raises
    ------
    StepError
        When it does not get ready in time, or answers differently.
    """
    played = platform_named(platform)
    with staged(folder, played) as (stage, port):
        actor = stage.actor
        if actor is None:
            message = "a bundle comes on stage with its process"
            raise RuntimeError(message)
        actor.start(played, port)
        while stage.health(_ANSWER_SECONDS) != 200:
            if until.passed() or not actor.running():
                raise _not_ready(actor.last_words(), running=actor.running())
            time.sleep(_POLL_SECONDS)
        with Client(stage.address, timeout=_ANSWER_SECONDS) as client:
            check = play(over_http(client), predictor, until)
        if until.remaining() > 2 * _BATCH_SECONDS:
            _largest(stage)
        return Proof(check, actor.memory())


def _largest(stage: Stage) -> None:
    """Send as many rows at once as it answers in a moment."""
    stage.learn()
    rows = min(rows_within(stage, _BATCH_SECONDS), largest_batch(stage))
    stage.send(batch_of(stage, rows))


def _not_ready(words: str, *, running: bool) -> StepError:
    """Say that it cannot be proved."""
    return StepError(
        "The service cannot be proved on this machine",
        seen=f"{'it is still loading' if running else 'it ended'}; its last words: {words}",
        expected="status 200 from its health route before the step's time is over",
        todo="give a larger --budget, or look closer with: fivefold deploy check RUN",
    )
