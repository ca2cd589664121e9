"""Scratch: a folder on a node that stands in for the workshop, shared by all workers of one training there.

Whatever they read is laid out once. Every worker holds a lock on it, which the system lets go however the worker ends; so the
last one that leaves sweeps it away, and whoever comes next to this node sweeps what nobody holds any more.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from pathlib import Path
from typing import IO, TYPE_CHECKING

from fivefold.training.executors.parcel import unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fivefold.training.executors.parcel import Parcel

__all__ = ["Scratch"]

_HELD, _LAID = "held", "laid"


class Scratch:
    """A worker's share in the folder; it counts from here on, until :meth:`leave`.

    Parameters
    ----------
    root : Path
        Where such folders lie on this node.
    name : str
        The same for all workers of a training on this node, and for nobody else.
    """

    def __init__(self, root: Path, name: str) -> None:
        self.root = root
        self.folder = root / name
        _sweep(root, besides=name)
        self._held = self._hold()
        (self.folder / _LAID).mkdir(exist_ok=True)

    def lay(self, place: str, fetch: Callable[[], Parcel]) -> None:
        """Lay out what belongs in a place, unless it lies there; of several workers one does it, and the others wait.

        Parameters
        ----------
        place : str
            Path inside the folder.
        fetch : callable
            Gets it; what it raises is passed on, and the place stays as it was.
        """
        with self._mark(place) as mark:
            if not mark.tell():
                unpack(fetch(), self.folder / place)
                mark.write(b"1")

    def made(self, place: str) -> None:
        """Note that a place holds what belongs there, since it was made here."""
        with self._mark(place) as mark:
            if not mark.tell():
                mark.write(b"1")

    def leave(self) -> None:
        """Give up the share; the folder goes with the last one."""
        self._held.close()
        _sweep(self.root)

    def _hold(self) -> IO[bytes]:
        """Take a share in the lock; if the folder was swept away in the moment before, make it again."""
        path = self.folder / _HELD
        while True:
            self.folder.mkdir(parents=True, exist_ok=True)
            held = path.open("ab")
            fcntl.flock(held, fcntl.LOCK_SH)
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_ino == os.fstat(held.fileno()).st_ino:
                    return held
            held.close()

    @contextlib.contextmanager
    def _mark(self, place: str) -> Iterator[IO[bytes]]:
        """Hold the mark of a place alone; it is empty until the place is laid out."""
        with (self.folder / _LAID / place.replace("/", "-")).open("ab") as mark:
            fcntl.flock(mark, fcntl.LOCK_EX)
            mark.seek(0, os.SEEK_END)
            yield mark


def _sweep(root: Path, *, besides: str = "") -> None:
    """Remove folders that no worker holds."""
    for held in root.glob(f"*/{_HELD}"):
        if held.parent.name == besides:
            continue
        with contextlib.suppress(OSError), held.open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(held.parent, ignore_errors=True)
