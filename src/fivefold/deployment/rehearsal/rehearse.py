"""A whole rehearsal: opening, answers, sizes, strain, closing."""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Scene
from fivefold.core.errors import StepError
from fivefold.deployment.rehearsal.actor import BundleProcess
from fivefold.deployment.rehearsal.answers import answers
from fivefold.deployment.rehearsal.closing import closing
from fivefold.deployment.rehearsal.container import ContainerProcess
from fivefold.deployment.rehearsal.opening import opening
from fivefold.deployment.rehearsal.sizes import bundle_size, sizes
from fivefold.deployment.rehearsal.speech import figures_of
from fivefold.deployment.rehearsal.stage import Example, Stage
from fivefold.deployment.rehearsal.strain import strain
from fivefold.runtime.bundle import load_bundle
from fivefold.service.settings import MODEL_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fivefold.deployment.engine import Engine
    from fivefold.deployment.rehearsal.actor import Actor
    from fivefold.deployment.rehearsal.platform import Platform

__all__ = ["rehearse", "rehearse_address", "rehearse_bundle", "rehearse_image", "staged"]

_SHARES_PORTS = sys.platform == "linux"


def rehearse_bundle(
    bundle: Path,
    platform: Platform,
    *,
    latency: float | None = None,
    size: int | None = None,
    thorough: bool = False,
) -> Iterator[Scene]:
    """Start a bundle's service as a platform would, and play the platform.

    Parameters
    ----------
    bundle : Path
    platform : Platform
    latency : float, optional
        Seconds that 95 of 100 one-row requests may take.
    size : int, optional
        Bytes that the bundle may have.
    thorough : bool
        Wait for failing health checks as long as the platform does.

    Raises
    ------
    ArtefactError
        When the bundle is damaged.
    """
    with staged(bundle, platform) as (stage, port):
        stage.thorough, stage.latency = thorough, latency
        yield bundle_size(bundle, size)
        yield from rehearse(stage, port)


@contextlib.contextmanager
def staged(bundle: Path, platform: Platform) -> Iterator[tuple[Stage, int]]:
    """Give the stage for a bundle's service, and its port; nothing runs yet, and nothing does afterwards.

    Raises
    ------
    ArtefactError
        When the bundle is damaged.
    """
    predictor = load_bundle(bundle)
    examples = tuple(Example(golden.row, figures_of([golden.answer])[0]) for golden in predictor.golden)
    with _on_stage(BundleProcess(bundle), platform, examples) as found:
        yield found


def rehearse_image(
    image: str, engine: Engine, platform: Platform, *, latency: float | None = None, thorough: bool = False
) -> Iterator[Scene]:
    """Run an image as a platform would, and play the platform.

    Parameters
    ----------
    image : str
        Its reference.
    engine : Engine
        That holds it.
    platform : Platform
    latency : float, optional
        Seconds that 95 of 100 one-row requests may take.
    thorough : bool
        Wait for failing health checks as long as the platform does.

    Raises
    ------
    StepError
        When the engine cannot start it.
    """
    with _on_stage(ContainerProcess(engine, image), platform) as (stage, port):
        stage.thorough, stage.latency = thorough, latency
        yield from rehearse(stage, port)


@contextlib.contextmanager
def _on_stage(
    actor: Actor, platform: Platform, examples: tuple[Example, ...] = ()
) -> Iterator[tuple[Stage, int]]:
    """Give the stage for an actor, and a port that is free; the actor is closed afterwards.

    The platform tells the service its port, so that the service must take it itself. Until then, and after, the port is held by a
    socket that does not listen: Linux gives it to nobody who asks for any port, and lets the service have it beside us.
    """
    with contextlib.closing(actor), socket.socket() as held:
        if _SHARES_PORTS:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = int(held.getsockname()[1])
        if not _SHARES_PORTS:
            held.close()
        yield Stage(platform, f"http://127.0.0.1:{port}", actor, examples=examples), port


def rehearse_address(
    address: str,
    platform: Platform,
    *,
    token: str = "",
    model: str = MODEL_NAME,
    latency: float | None = None,
) -> Iterator[Scene]:
    """Play a platform against a service that runs: it is asked, and neither silenced nor ended.

    Raises
    ------
    StepError
        When nothing answers there.
    """
    stage = Stage(platform, address.rstrip("/"), token=token, model=model, latency=latency)
    yield from rehearse(stage, 0)


def rehearse(stage: Stage, port: int) -> Iterator[Scene]:
    """Play all parts; when it does not open there is nothing more to play."""
    for scene in opening(stage, port):
        yield scene
        if scene.state == "failed":
            return
    stage.learn()
    for part in (answers, sizes, strain, closing):
        try:
            yield from part(stage)
        except StepError as error:
            yield Scene(part.__name__, "failed", f"{error.what}: {error.seen}", "an answer to every request")
            return
