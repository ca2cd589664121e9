"""Workplaces: folders below ``.work`` for what is being made, gone once it is done; several processes have theirs side by side."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["WORK", "held_folder", "work_folder"]

_Made = TypeVar("_Made")

WORK = ".work"
_HELD = ".held"


@contextlib.contextmanager
def work_folder(root: Path, prefix: str) -> Iterator[Path]:
    """Give an empty folder that is removed at the end; whoever holds the lock of what it is for removes what a kill leaves.

    Parameters
    ----------
    root : Path
    prefix : str
        Its name begins with this, and goes on with a word without a hyphen.
    """
    place = Path(_made(root, lambda work: tempfile.mkdtemp(prefix=prefix, dir=work)))
    try:
        yield place
    finally:
        _clear(place)


@contextlib.contextmanager
def held_folder(root: Path, prefix: str) -> Iterator[Path]:
    """Give such a folder for what no lock belongs to: it has one of its own, by which others know that somebody works there.

    Parameters
    ----------
    root : Path
    prefix : str
        What killed processes left under it is removed first.
    """
    for left in (root / WORK).glob(f"{prefix}*{_HELD}"):
        with contextlib.suppress(OSError), left.open("rb") as lock:  # gone by now, or held
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left.with_suffix(""), ignore_errors=True)
            left.unlink()
    while True:
        handle, name = _made(root, lambda work: tempfile.mkstemp(prefix=prefix, suffix=_HELD, dir=work))
        fcntl.flock(handle, fcntl.LOCK_SH)
        if Path(name).exists():
            break
        os.close(handle)  # somebody took it for a leaving in the moment before
    place = Path(name).with_suffix("")
    place.mkdir()
    try:
        yield place
    finally:
        Path(name).unlink(missing_ok=True)
        os.close(handle)
        _clear(place)


def _made(root: Path, make: Callable[[Path], _Made]) -> _Made:
    """Make something below ``.work``, which others remove when they find it empty."""
    while True:
        (root / WORK).mkdir(exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            return make(root / WORK)


def _clear(place: Path) -> None:
    """Remove a folder, and ``.work`` with the last one."""
    shutil.rmtree(place, ignore_errors=True)
    with contextlib.suppress(OSError):
        place.parent.rmdir()
