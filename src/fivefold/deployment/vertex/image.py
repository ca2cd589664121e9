"""The image on its way to Artifact Registry: from an engine of this machine that has it."""

from __future__ import annotations

import subprocess

from fivefold.core.errors import StepError
from fivefold.deployment.targets.container.engine import running_engine

__all__ = ["push_image"]

_LINES = 4


def push_image(local: str, remote: str, seconds: float) -> None:
    """Push an image; what the registry has already is not sent again.

    Parameters
    ----------
    local : str
        By which the engine knows it.
    remote : str
        Where it goes: ``LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/NAME:TAG``.
    seconds : float
        How long it may take.

    Raises
    ------
    StepError
        When no engine answers, it has no such image, or the registry does not take it.
    """
    engine = running_engine().name
    for words in (["tag", local, remote], ["push", remote]):
        try:
            done = subprocess.run(
                [engine, *words],
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=max(seconds, 1.0),
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired:
            raise _refused(engine, words, f"no end after {seconds:.0f} s") from None
        if done.returncode != 0:
            raise _refused(
                engine, words, " | ".join((done.stdout + done.stderr).strip().splitlines()[-_LINES:])
            )


def _refused(engine: str, words: list[str], seen: str) -> StepError:
    """Say why the image is not where it should be."""
    host = words[-1].partition("/")[0]
    return StepError(
        "The image cannot be pushed",
        seen=seen,
        expected=f"'{engine} {' '.join(words)}' to succeed",
        todo=f"build it with the target 'container', log in with: gcloud auth configure-docker {host}",
    )
