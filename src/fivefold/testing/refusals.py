"""Refusals: what an emulator of a service answers instead, when it is told to; each for so many requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Refusal", "Refusals"]


@dataclass(slots=True)
class Refusal:
    """One thing that goes wrong.

    Attributes
    ----------
    word : str
        It goes wrong for requests in whose method, path or body this stands.
    status : int
        Of HTTP; 0 to close the connection without an answer.
    reason, message : str
    times : int
        Requests that it goes wrong for.
    after : int
        Requests that are answered before.
    done : bool
        Whether the work is done although the answer is lost.
    """

    word: str
    status: int
    reason: str = ""
    message: str = ""
    times: int = 1
    after: int = 0
    done: bool = False

    def document(self) -> dict[str, Any]:
        """The refusal as Google's services write it."""
        told = {"reason": self.reason, "message": self.message, "domain": "global"}
        return {"error": {"code": self.status, "message": self.message, "errors": [told]}}


@dataclass(slots=True)
class Refusals:
    """What is to go wrong.

    Attributes
    ----------
    planned : list of Refusal
    """

    planned: list[Refusal] = field(default_factory=list)

    def due(self, request: str) -> Refusal | None:
        """Return what goes wrong for this request; None when it is to be answered."""
        for refusal in self.planned:
            if refusal.word in request:
                if refusal.after:
                    refusal.after -= 1
                    return None
                refusal.times -= 1
                if not refusal.times:
                    self.planned.remove(refusal)
                return refusal
        return None
