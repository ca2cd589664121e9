"""What runs for a run of the store just now: ``live/service.json``, so that a later deployment finds its predecessor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core import records
from fivefold.core.errors import ArtefactError
from fivefold.core.store import write_atomically
from fivefold.deployment.process import Process

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LINE_UP", "Standing", "read_standing", "write_standing"]

_NAME = "service.json"
LINE_UP = "line-up.json"
"""The file in the live folder that says which bundles the service holds."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A service that was verified and let go.

    Attributes
    ----------
    process : Process
    address : str
    version : str
        Of the bundle that it serves.
    software : str
        Version of Fivefold that it runs.
    """

    process: Process
    address: str
    version: str
    software: str


def read_standing(live: Path) -> Standing | None:
    """Return what was noted last; it may have ended since. None when there is no note that can be read."""
    path = live / _NAME
    try:
        return records.load(Standing, path.read_bytes(), label=f"'{path}'")
    except (FileNotFoundError, ArtefactError):
        return None


def write_standing(live: Path, standing: Standing) -> None:
    """Note what runs now."""
    write_atomically(live / _NAME, records.dump(standing))
