"""What runs for a run of the store just now: ``live/service.json``, so that a later deployment finds its predecessor."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core import records
from fivefold.core.errors import ArtefactError, FivefoldError
from fivefold.core.locks import hold
from fivefold.core.store import write_atomically
from fivefold.deployment.process import Process
from fivefold.service.log import OWN_LOG

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "LINE_UP",
    "LocalOptions",
    "Standing",
    "changing",
    "forget_standing",
    "is_own",
    "read_standing",
    "write_standing",
]

_NAME = "service.json"
_LOCK = ".service.lock"
_PATIENCE = 90.0
"""Longer than a service may take to go over to another model."""
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
    own : str
        Version of the run's own bundle; where another answers (``version``), that was promoted. Empty in notes of earlier versions.
    live : str
        The run's live folder as it was called when the service was started; empty in notes of earlier versions.
    """

    process: Process
    address: str
    version: str
    software: str
    told: LocalOptions = field(default_factory=LocalOptions)
    own: str = ""
    live: str = ""

    def log_in(self, live: Path) -> str:
        """Address of its log."""
        return self.told.log or str((live / OWN_LOG).resolve())


@contextlib.contextmanager
def changing(live: Path) -> Iterator[None]:
    """Be the only one who changes what runs for a run: who comes second finds what the first has made of it.

    The run itself is not held: a model can be promoted or taken back while the run is trained or looked at.

    Raises
    ------
    MisuseError
        When another change takes too long.
    """
    folder = live.resolve().parent
    run = folder.name
    folder.mkdir(parents=True, exist_ok=True)
    held = hold(
        folder / _LOCK,
        _PATIENCE,
        what=f"Another process changes the service of run '{run}'",
        expected="one change at a time",
        todo="wait for it, then see who answers with: fivefold show RUN deploy",
    )
    try:
        with held:
            yield
    except FivefoldError as error:
        error.name_run(run)
        raise


def read_standing(live: Path) -> Standing | None:
    """Return what was noted last; it may have ended since. None when there is no note that can be read.

    A note that was copied with its folder is that of another run's service, and none of this one's.
    """
    noted = _read(live)
    return noted if noted is not None and _is_own(live, noted) else None


def is_own(live: Path, process: Process) -> bool:
    """Whether a process is not known to be that of the run whose folder was copied to this one."""
    noted = _read(live)
    return noted is None or noted.process != process or _is_own(live, noted)


def write_standing(live: Path, standing: Standing) -> None:
    """Note what runs now."""
    write_atomically(live / _NAME, records.dump(standing))


def forget_standing(live: Path) -> None:
    """Note that nothing runs, and that nothing is to come back."""
    for name in (_NAME, LINE_UP):
        (live / name).unlink(missing_ok=True)


def _is_own(live: Path, noted: Standing) -> bool:
    """Whether a note is of this folder, or of where it was before it was moved: a folder that was copied is still there."""
    if noted.live in ("", str(live.resolve())):
        return True
    theirs = _read(Path(noted.live))
    return theirs is None or theirs.process != noted.process


def _read(live: Path) -> Standing | None:
    """Read a note."""
    path = live / _NAME
    try:
        return records.load(Standing, path.read_bytes(), label=f"'{path}'")
    except (OSError, ArtefactError):
        return None
