"""Whereabouts: where the answers of a run's model are logged, noted beside the run so that its monitor finds them by itself.

They may lie in more than one log: that of the run's own service, and those of other runs' services that held its model beside theirs
or let it take their place. Every line of a log has the version of the bundle that answered, so that none is taken for another's.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from fivefold.core import records
from fivefold.core.credentials import without_password
from fivefold.core.errors import ArtefactError
from fivefold.core.locks import hold
from fivefold.core.store import write_atomically
from fivefold.service.log.address import is_place

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

__all__ = ["OWN_LOG", "logs_of", "note_log", "path_of", "resolved"]

OWN_LOG = "predictions.sqlite"
"""Name of the log in a run's live folder, unless another was told."""
_NAME = "logs.json"
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class _Whereabouts:
    """Addresses without passwords, in the order in which they came up."""

    logs: tuple[str, ...] = ()


def resolved(address: str) -> str:
    """Return an address that means the same wherever it is read from.

    Examples
    --------
    >>> resolved("none"), resolved("postgresql://me@host/shop")
    ('none', 'postgresql://me@host/shop')
    """
    scheme, mark, place = address.partition("://")
    if scheme.lower() == "sqlite" and place.startswith("/"):
        return f"sqlite:///{quote(str(Path(unquote(place[1:])).resolve()))}"
    if not address or mark or not is_place(address):
        return address
    return str(Path(address).resolve()) + (os.sep if address.endswith(os.sep) else "")


def note_log(live: Path, address: str) -> None:
    """Note that answers of a run's model are logged there, too; the live folder is made if need be.

    Parameters
    ----------
    live : Path
        Of the run whose model answers.
    address : str
        One that nothing can be read from is not noted, and no password is. The run's own log is looked for in any case.
    """
    if not is_place(address):
        return
    plain = resolved(without_password(address))
    live.mkdir(parents=True, exist_ok=True)
    with _alone(
        live
    ):  # two services may come to know of one run at once, and each keeps what the other noted
        if _identity(plain) not in {_identity(log) for log in logs_of(live)}:
            write_atomically(live / _NAME, records.dump(_Whereabouts((*_read(live).logs, plain))))


def logs_of(live: Path) -> list[str | Path]:
    """Return the logs of a run, each of them once: its own first, then those that were noted, whether or not they are there."""
    places: dict[str, str | Path] = {}
    everywhere: list[str | Path] = [live / OWN_LOG, *_read(live).logs]
    for log in everywhere:
        places.setdefault(_identity(log), log)
    return list(places.values())


def path_of(log: str | Path) -> Path | None:
    """Return where the file or folder of a log lies; None for one in a database.

    Examples
    --------
    >>> str(path_of("sqlite:///day%201.sqlite")), path_of("postgresql://me@host/shop")
    ('day 1.sqlite', None)
    """
    scheme, mark, place = str(log).partition("://")
    if not mark:
        return Path(log)
    return Path(unquote(place[1:])) if scheme.lower() == "sqlite" else None


def _alone(live: Path) -> AbstractContextManager[None]:
    """Keep others from noting a log of the same run meanwhile."""
    return hold(
        live / f".{_NAME}.lock",
        _PATIENCE,
        what="Another process notes a log of the same run",
        expected="a moment's work",
        todo="end the process that hangs, then try again",
    )


def _identity(log: str | Path) -> str:
    """Return what all spellings of one log have in common; a file's is the path that all links lead to."""
    path = path_of(log)
    return str(log) if path is None else str(path.resolve())


def _read(live: Path) -> _Whereabouts:
    """Read the note; none is an empty one."""
    path = live / _NAME
    try:
        return records.load(_Whereabouts, path.read_bytes(), label=f"'{path}'")
    except (FileNotFoundError, ArtefactError):
        return _Whereabouts()
