"""The dress rehearsal: what a deployment plays before it starts anything, as far as its time goes.

It leaves out what takes long by its nature, silence and times; ``fivefold deploy check`` plays these as well.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Rehearsal, Scene
from fivefold.core.errors import StepError
from fivefold.deployment.rehearsal.answers import answers
from fivefold.deployment.rehearsal.closing import closing
from fivefold.deployment.rehearsal.opening import opening
from fivefold.deployment.rehearsal.rehearse import staged
from fivefold.deployment.rehearsal.sizes import rows_within, sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fivefold.core.clock import Deadline
    from fivefold.deployment.rehearsal.platform import Platform
    from fivefold.deployment.rehearsal.stage import Stage

__all__ = ["dress_rehearsal"]

_LEAST_SECONDS = 2.5
"""With less than this the deployment itself is in need of all of it."""
_OPENING_SHARE = 1 / 3
"""Of the time that is left, for the first start: the deployment starts the service once more."""
_STARTS_KEPT = 2.0
_SECONDS_KEPT = 0.5
"""Kept for the deployment: so many starts as long as the rehearsal's, and what comes after."""
_MOST_SECONDS = 10.0
_PARTS = {"known answers": answers, "largest batch": sizes, "end": closing}


def dress_rehearsal(bundle: Path, platform: Platform, until: Deadline) -> Rehearsal:
    """Play a platform against a bundle's service, a process of its own that nothing outlives.

    Parameters
    ----------
    bundle : Path
    platform : Platform
    until : Deadline
        Of the whole deployment; what the deployment itself will take is kept of it, and what does not fit into the rest is skipped.

    Raises
    ------
    ArtefactError
        When the bundle is damaged.
    StepError
        When a scene failed.
    """
    began = time.monotonic()
    scenes: list[Scene] = []
    for scene in _scenes(bundle, platform, until):
        if scene.state == "failed":
            raise StepError(
                f"The service fails the rehearsal as '{platform.name}', scene '{scene.name}'",
                seen=scene.seen,
                expected=scene.expected,
                todo=f"look closer with: fivefold deploy check RUN --as {platform.name}; nothing was deployed",
            )
        scenes.append(scene)
    return Rehearsal(platform.name, round(time.monotonic() - began, 2), tuple(scenes))


def _scenes(bundle: Path, platform: Platform, until: Deadline) -> Iterator[Scene]:
    """Play what there is time for."""
    left = until.remaining()
    if left < _LEAST_SECONDS:
        yield from _skipped(["start", *_PARTS], left)
        return
    latest = until.within(_MOST_SECONDS)
    soon = until.within(_OPENING_SHARE * left).sooner(latest)
    with staged(bundle, platform) as (stage, port):
        began = time.monotonic()
        stage.until = soon
        for scene in _in_time(stage, opening(stage, port)):
            yield scene
            if scene.state == "skipped":
                yield from _skipped(list(_PARTS), until.remaining())
            if scene.state != "passed":
                return
        kept = _STARTS_KEPT * (time.monotonic() - began) + _SECONDS_KEPT
        stage.until = until.earlier(kept).sooner(latest)
        for name, part in _PARTS.items():
            yield from _played(stage, name, part)


def _played(stage: Stage, name: str, part: Callable[[Stage], Iterator[Scene]]) -> Iterator[Scene]:
    """Play a part, unless the time is over."""
    if stage.over():
        yield from _skipped([name], 0.0)
        return
    try:
        if part is answers:
            stage.learn()
        if (
            part is sizes
        ):  # in two parts the largest batch is answered: in this one, and when the service is ended
            stage.most_rows = rows_within(stage, stage.left() / 2)
        yield from _in_time(stage, part(stage))
    except StepError as error:
        scene = Scene(name, "failed", f"{error.what}: {error.seen}", "an answer to every request")
        yield from _in_time(stage, iter([scene]))


def _in_time(stage: Stage, scenes: Iterator[Scene]) -> Iterator[Scene]:
    """Take for skipped what failed when the time was over: it may be that alone."""
    for scene in scenes:
        if scene.state == "failed" and stage.over():
            yield replace(scene, state="skipped", seen=f"the time was over: {scene.seen}")
        else:
            yield scene


def _skipped(names: list[str], left: float) -> Iterator[Scene]:
    """Say what there was no time for."""
    for name in names:
        yield Scene(name, "skipped", f"{left:.1f} s were left for it", "enough time, by a larger --budget")
