"""Releases: a run may have one at each target, side by side; the artefact of the step is the one that was made last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core import records
from fivefold.core.artefacts.model import Model
from fivefold.core.artefacts.release import Release
from fivefold.core.store import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.store import Run

__all__ = ["forget_release", "note_release", "older_release", "releases"]

_SUFFIX = ".release.json"


def note_release(live: Path, release: Release) -> None:
    """Note the release that a run has at a target, in place of an earlier one there."""
    write_atomically(live / f"{release.target}{_SUFFIX}", records.dump(release))


def forget_release(live: Path, target: str) -> None:
    """Note that a run has no release at a target any longer."""
    (live / f"{target}{_SUFFIX}").unlink(missing_ok=True)


def releases(live: Path, last: Release | None) -> tuple[Release, ...]:
    """Return what a run has released and not removed since, one for each target.

    Parameters
    ----------
    live : Path
        The run's live folder.
    last : Release or None
        The artefact of the step; its target comes first. Runs of earlier versions have no other.
    """
    found = {last.target: last} if last is not None and not last.removed else {}
    for path in sorted(live.glob(f"*{_SUFFIX}")):
        noted = records.load(Release, path.read_bytes(), label=f"'{path}'")
        found[noted.target] = noted
    return tuple(found.values())


def older_release(run: Run) -> Release | None:
    """Return the last release of a run that was trained again since: what stands there has an older bundle than the run."""
    stored, model = run.get("deploy", Release), run.get("train", Model)
    if stored is None or model is None or stored.body.removed or not stored.body.resources:
        return None
    return None if stored.header.parents.get("Model") in (None, model.header.digest) else stored.body
