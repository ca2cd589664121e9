"""Going back on a platform: the models that had the requests before a release have them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from fivefold.core.errors import MisuseError
from fivefold.core.protocols import Target
from fivefold.core.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Release

__all__ = ["Reversible", "reverse"]

_TARGETS: Registry[type[Target]] = Registry("fivefold.targets")


@runtime_checkable
class Reversible(Protocol):
    """What a target is besides if it remembers who had the requests before a release."""

    def roll_back(self, release: Release, live: Path) -> Release:
        """Give the requests back; the release stays where it is, without any."""


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
