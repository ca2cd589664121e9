"""Going back from a release: its platform gives the requests back, or the run that had its place before is deployed there again."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from fivefold.core.artefacts import Release
from fivefold.core.errors import ArtefactError, MisuseError
from fivefold.core.inside import lies_inside
from fivefold.core.protocols import Target
from fivefold.core.registry import Registry
from fivefold.core.releases import note_release, releases
from fivefold.core.store import Store
from fivefold.deployment.process import alive
from fivefold.deployment.standing import LINE_UP, read_standing
from fivefold.deployment.step import has_ended
from fivefold.service.lineup import read_line_up

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Resource
    from fivefold.core.store import Run

__all__ = [
    "Former",
    "Reversible",
    "check_stands",
    "former_of",
    "note_rolled_back",
    "release_meant",
    "reverse",
]

_LOCAL = "local"
_ROLLED_BACK = "rolled back: what answered before it does so again"
_TARGETS: Registry[type[Target]] = Registry("fivefold.targets")


@runtime_checkable
class Reversible(Protocol):
    """What a target is besides if it remembers who had the requests before a release."""

    def roll_back(self, release: Release, live: Path) -> Release:
        """Give the requests back; the release stays where it is, without any."""


@dataclass(frozen=True, slots=True)
class Former:
    """Who had the place of a release before.

    Attributes
    ----------
    run : Run
    release : Release
        Of that run, at the same target.
    """

    run: Run
    release: Release


def release_meant(run: Run, target: str | None) -> Release | None:
    """Return the release that is to be gone back from; None where the service of this machine is meant.

    Parameters
    ----------
    run : Run
    target : str or None
        What the person said.

    Raises
    ------
    MisuseError
        When the run has no release there, or several of which each could be meant.
    """
    known = [each for each in _releases(run) if each.resources]  # a bundle that was only proved has no place
    others = [each for each in known if each.target != _LOCAL and target in (None, each.target)]
    if target is not None and target != _LOCAL and not others:
        raise MisuseError(
            f"The run has no release at '{target}'",
            seen=", ".join(each.target for each in known) or "no release",
            expected="a target that it was deployed to",
            todo="name one of these"
            if known
            else f"deploy it there first: fivefold deploy {run.id} --target TARGET",
        )
    able = [each for each in others if _is_reversible(each) or former_of(run, each)]
    here = target in (None, _LOCAL) and _has_former(run.live)
    if here + len(able) > 1:
        raise MisuseError(
            "It is not clear which release to roll back",
            seen=", ".join([*([_LOCAL] if here else []), *(each.target for each in able)]),
            expected="one of these",
            todo="name it with --target",
        )
    if here or not others:
        return None
    return (able or others)[0]


def former_of(run: Run, release: Release) -> Former | None:
    """Return who is to be deployed again in the place of a release; None where there is nobody, or its platform knows by itself.

    It is the run of the same store that was released last under a name that the release has as well, of another model, and was not
    rolled back itself.
    """
    place = _place(release)
    if not place or _is_reversible(release):
        return None
    found: list[Former] = []
    for other in Store(run.folder.resolve().parent).runs():
        with contextlib.suppress(ArtefactError):  # one that cannot be read cannot be deployed
            found += [Former(other, each) for each in _releases(other) if other.id != run.id]
    able = [
        one
        for one in found
        if one.release.target == release.target
        and place & _place(one.release)
        and one.release.bundle_digest != release.bundle_digest
        and _ROLLED_BACK not in one.release.notes
    ]
    return max(able, key=lambda one: one.release.made, default=None)


def reverse(release: Release, live: Path) -> None:
    """Give the requests of a release back to those who had them before.

    Raises
    ------
    MisuseError
        When nobody had them, as far as is known.
    StepError
        When the platform does not do it.
    """
    place = _TARGETS.get(release.target)()
    if not isinstance(place, Reversible):
        raise MisuseError(
            f"A release at '{release.target}' has no one to go back to",
            seen="no other run here was released in its place",
            expected="an earlier run whose model stood there under the same name",
            todo=f"fivefold deploy EARLIER --target {release.target}, and do what that says; "
            "'fivefold show RUN deploy' has the platform's own commands",
        )
    place.roll_back(release, live)


def check_stands(release: Release, live: Path) -> None:
    """Refuse to go back from a release whose place another one has, or that is gone.

    Raises
    ------
    MisuseError
        When it does not stand.
    """
    if has_ended(release, live):
        raise MisuseError(
            f"The release at '{release.target}' does not stand, so that there is nothing to go back from",
            seen="it was removed, or another run has its place",
            expected="the run whose model is there now",
            todo="name that run, or deploy the one that is wanted: fivefold deploy RUN",
        )


def note_rolled_back(run: Run, release: Release) -> None:
    """Note that a release was gone back from: what is noted is another release, so that to deploy it puts it in its place again."""
    notes = (*(note for note in release.notes if note != _ROLLED_BACK), _ROLLED_BACK)
    noted = replace(release, notes=notes)
    note_release(run.live, noted)
    stored = run.get("deploy", Release)
    if stored is not None and stored.body.target == release.target:
        run.amend("deploy", stored, noted)


def _releases(run: Run) -> tuple[Release, ...]:
    """All that a run has released and not removed."""
    stored = run.get("deploy", Release)
    return releases(run.live, stored.body if stored is not None else None)


def _is_reversible(release: Release) -> bool:
    """Whether its platform remembers who had the requests before."""
    return isinstance(_TARGETS.get(release.target)(), Reversible)


def _place(release: Release) -> frozenset[Resource]:
    """What another release could take over: names outside of the run's own folder."""
    return frozenset(each for each in release.resources if not lies_inside(each))


def _has_former(live: Path) -> bool:
    """Whether the service of this machine has a model to go back to."""
    standing = read_standing(live)
    return standing is not None and alive(standing.process) and bool(read_line_up(live / LINE_UP).former)
