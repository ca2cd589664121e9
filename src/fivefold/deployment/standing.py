"""What runs for a run of the store just now: ``live/service.json``, so that a later deployment finds its predecessor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fivefold.core import records
from fivefold.core.errors import ArtefactError
from fivefold.core.store import write_atomically
from fivefold.deployment.process import Process
from fivefold.service.log import OWN_LOG

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LINE_UP", "LocalOptions", "Standing", "read_standing", "write_standing"]

_NAME = "service.json"
LINE_UP = "line-up.json"
"""The file in the live folder that says which bundles the service holds."""


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """What the target ``local`` may be told, in the words of ``fivefold serve``.

    Attributes
    ----------
    log : str
        Address of the prediction log; empty for the run's own.
    log_mode : str
        ``async`` or ``durable``.
    log_keep : str
        How long lines are kept, such as ``30d``; empty keeps them for ever.
    allow_host : str
        Further names under which the service may be asked for, set apart by commas.
    """

    log: str = ""
    log_mode: str = "async"
    log_keep: str = ""
    allow_host: str = ""


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
    told : LocalOptions
        What it was told; the log's address as it means the same from everywhere, without a password.
    """

    process: Process
    address: str
    version: str
    software: str
    told: LocalOptions = field(default_factory=LocalOptions)

    def log_in(self, live: Path) -> str:
        """Address of its log."""
        return self.told.log or str((live / OWN_LOG).resolve())


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
