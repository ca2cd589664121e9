from __future__ import annotations

from fivefold.core.protocols import Target
from fivefold.deployment.targets.local import LocalTarget
from fivefold.deployment.targets.none import NoTarget
from fivefold.testing.targets import TargetSuite


class TestLocal(TargetSuite):
    starts = True

    def make(self) -> Target:
        return LocalTarget()


class TestNone(TargetSuite):
    starts = False

    def make(self) -> Target:
        return NoTarget()
