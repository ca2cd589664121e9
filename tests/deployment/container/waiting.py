"""Waiting for what a container says."""

from __future__ import annotations

import time
from collections.abc import Callable

_PATIENCE = 60.0


def eventually(said: Callable[[], str], wanted: Callable[[str], bool]) -> str:
    """What is said once it is as wanted, or when patience is over."""
    until = time.monotonic() + _PATIENCE
    while not wanted(found := said()) and time.monotonic() < until:
        time.sleep(0.1)
    return found
