"""Rehearsal: what came of playing a platform against a service before the platform met it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Rehearsal", "Scene"]


@dataclass(frozen=True, slots=True)
class Scene:
    """What came of one part of the rehearsal.

    Attributes
    ----------
    name : str
    state : {"passed", "failed", "skipped"}
    seen, expected : str
    """

    name: str
    state: Literal["passed", "failed", "skipped"]
    seen: str
    expected: str

    @classmethod
    def judged(cls, name: str, *, passed: bool, seen: str, expected: str) -> Scene:
        """Tell whether it passed."""
        return cls(name, "passed" if passed else "failed", seen, expected)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a deployment rehearsed before it began.

    Attributes
    ----------
    platform : str
        The platform that was played.
    seconds : float
    scenes : tuple of Scene
        None of them failed; what did not fit into the step's time is skipped.
    """

    platform: str
    seconds: float
    scenes: tuple[Scene, ...]

    def in_state(self, state: str) -> tuple[Scene, ...]:
        """Return the scenes in this state."""
        return tuple(scene for scene in self.scenes if scene.state == state)
