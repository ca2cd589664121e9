"""Locks: what one process at a time may change. The kernel lets go when the process ends, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import time
from typing import TYPE_CHECKING

from fivefold.core.errors import MisuseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["hold"]

_POLL_SECONDS = 0.05


@contextlib.contextmanager
def hold(path: Path, patience: float, *, what: str, expected: str, todo: str) -> Iterator[None]:
    """Hold a file for this process, or for this thread of it.

    Parameters
    ----------
    path : Path
        Made if it is not there; it stays.
    patience : float
        Seconds to wait for whoever holds it.
    what, expected, todo : str
        Of the error, if that takes longer.

    Raises
    ------
    MisuseError
        When the other one does not let go in that time.
    """
    until = time.monotonic() + patience
    with path.open("w") as stream:
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise MisuseError(
                        what, seen=f"its lock was held for {patience:.0f} s", expected=expected, todo=todo
                    ) from None
                time.sleep(_POLL_SECONDS)
        yield
