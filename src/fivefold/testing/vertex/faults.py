"""Faults that a test plants: what goes wrong in a cloud, at the verb and as often as is said."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Literal, TypeAlias

from fivefold.testing.vertex.refusal import RefusalError

__all__ = ["Fault", "Faults", "Kind", "Trouble"]

Kind: TypeAlias = Literal["denied", "quota", "busy", "expired", "lost", "stalled", "slow", "failed"]


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes
    ----------
    kind : str
        ``denied`` (403), ``quota`` (429), ``busy`` (503), ``expired`` (401): nothing is done. ``lost``: it is done, and the
        connection breaks before the reply. ``stalled``, ``slow``, ``failed``: the operation that was begun never ends, ends
        later, or ends in an error.
    on : str
        Verb, such as ``endpoints.deploy``; ``*`` stands for anything.
    times : int
        How often it happens.
    seconds : float
        How long a slow operation takes.
    after : int
        How often it goes well before.
    """

    kind: Kind
    on: str
    times: int = 1
    seconds: float = 0.0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with the replicas of a model.

    Attributes
    ----------
    every : int
        Each so manieth request fails with 500; 0 for none.
    delay : float
        Seconds by which each answer comes later.
    """

    every: int = 0
    delay: float = 0.0


class Faults:
    """The faults that are still to happen."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def plant(self, kind: Kind, on: str, *, times: int = 1, seconds: float = 0.0, after: int = 0) -> None:
        """Have something go wrong."""
        with self._lock:
            self._waiting.append(Fault(kind, on, times, seconds, after))

    def clear(self) -> None:
        """Have nothing go wrong any more."""
        with self._lock:
            self._waiting.clear()

    def refuse(self, verb: str, place: str) -> None:
        """Raise what a verb is to be refused with."""
        fault = self._take(verb, {"denied", "quota", "busy", "expired"})
        if fault is not None:
            raise _refusal(fault.kind, verb, place)

    def loses(self, verb: str) -> bool:
        """Whether the reply to this verb is to be lost."""
        return self._take(verb, {"lost"}) is not None

    def hold(self, verb: str) -> Fault | None:
        """Return what is to happen to the operation of a verb."""
        return self._take(verb, {"stalled", "slow", "failed"})

    def _take(self, verb: str, kinds: set[str]) -> Fault | None:
        """Return the first fault that is meant, once for each time that it happens."""
        with self._lock:
            for fault in self._waiting:
                if fault.kind in kinds and fnmatch(verb, fault.on):
                    if fault.after:
                        fault.after -= 1
                        continue
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                    return fault
        return None


def _refusal(kind: str, verb: str, place: str) -> RefusalError:
    """Say it in Google's words."""
    if kind == "denied":
        message = f"Permission 'aiplatform.{verb}' denied on resource '//aiplatform.googleapis.com/{place}' (or it may not exist)."
        return RefusalError("PERMISSION_DENIED", message, "IAM_PERMISSION_DENIED")
    if kind == "quota":
        message = "The following quotas are exceeded: CustomModelServingCPUsPerProjectPerRegion"
        return RefusalError("RESOURCE_EXHAUSTED", message, "RATE_LIMIT_EXCEEDED")
    if kind == "expired":
        message = (
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
            "authentication credential."
        )
        return RefusalError("UNAUTHENTICATED", message, "ACCESS_TOKEN_EXPIRED")
    return RefusalError("UNAVAILABLE", "The service is currently unavailable.")
