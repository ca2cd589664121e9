from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NoReturn

import pytest

from fivefold.core.protocols import Target
from fivefold.deployment.process import alive
from fivefold.deployment.standing import read_standing
from fivefold.deployment.targets.local import LocalTarget
from fivefold.deployment.targets.none import NoTarget
from fivefold.testing.targets import TargetSuite


@contextlib.contextmanager
def interrupted(place: str) -> Iterator[None]:
    """Ctrl-C arrives where a part is called."""

    def interrupt(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, interrupt)
        yield


class TestLocal(TargetSuite):
    standing = "ready"

    def make(self) -> Target:
        return LocalTarget()

    def inventory(self, live: Path) -> Collection[str]:
        standing = read_standing(live)
        running = standing is not None and alive(standing.process)
        return [str(standing)] if running else []

    def faults(self) -> Sequence[AbstractContextManager[object]]:
        where = "fivefold.deployment.targets.local"
        return [interrupted(f"{where}.spawn"), interrupted(f"{where}.play")]


class TestNone(TargetSuite):
    standing = "not started"
    gone = "not started"

    def make(self) -> Target:
        return NoTarget()

    def inventory(self, live: Path) -> Collection[str]:
        return []
