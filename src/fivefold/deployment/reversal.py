"""Going back on a platform: the models that had the requests before a release have them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from fivefold.core.errors import MisuseError
from fivefold.core.protocols import Target
from fivefold.core.registry import Registry
from fivefold.core.releases import releases
from fivefold.deployment.process import alive
from fivefold.deployment.standing import LINE_UP, read_standing
from fivefold.service.lineup import read_line_up

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Release

__all__ = ["Reversible", "release_meant", "reverse"]

_LOCAL = "local"
_TARGETS: Registry[type[Target]] = Registry("fivefold.targets")


@runtime_checkable
class Reversible(Protocol):
    """What a target is besides if it remembers who had the requests before a release."""

    def roll_back(self, release: Release, live: Path) -> Release:
        """Give the requests back; the release stays where it is, without any."""


def release_meant(last: Release | None, live: Path, target: str | None) -> Release | None:
    """Return the release that is to be reversed; None where the service of this machine is meant.

    Parameters
    ----------
    last : Release or None
        The last one of the run.
    live : Path
        The run's live folder.
    target : str or None
        What the person said.

    Raises
    ------
    MisuseError
        When the run has no release there, or several of which each could be meant.
    """
    known = releases(live, last)
    others = [each for each in known if each.target != _LOCAL and target in (None, each.target)]
    if target is not None and target != _LOCAL and not others:
        raise MisuseError(
            f"The run has no release at '{target}'",
            seen=", ".join(each.target for each in known) or "no release",
            expected="a target that it was deployed to",
            todo="name one of these",
        )
    able = [each for each in others if isinstance(_TARGETS.get(each.target)(), Reversible)]
    here = target in (None, _LOCAL) and _has_former(live)
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


def _has_former(live: Path) -> bool:
    """Whether the service of this machine has a model to go back to."""
    standing = read_standing(live)
    return standing is not None and alive(standing.process) and bool(read_line_up(live / LINE_UP).former)


def reverse(release: Release, live: Path) -> None:
    """Give the requests of a release back to those who had them before.

    Raises
    ------
    MisuseError
        When its target cannot, or nobody had them.
    StepError
        When the platform does not do it.
    """
    place = _TARGETS.get(release.target)()
    if not isinstance(place, Reversible):
        raise MisuseError(
            f"A release at '{release.target}' has no one to go back to",
            seen=release.target,
            expected="a target that splits the requests of one address among models",
            todo="deploy the other run again",
        )
    place.roll_back(release, live)
