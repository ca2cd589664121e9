"""The target ``none``: the bundle is proved and written down, and nothing is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Release
from fivefold.core.options import no_options
from fivefold.core.orders import DeploymentPlan
from fivefold.deployment.trial import try_here, try_in_fresh_interpreter
from fivefold.runtime.bundle import load_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.orders import Bundle, Order
    from fivefold.core.workbench import Workbench

__all__ = ["NoTarget"]


class NoTarget:
    """Verifies a bundle without starting anything; its figures are of calls in process, without HTTP."""

    platform = ""

    @staticmethod
    def check(order: Order) -> None:
        """Refuse options that cannot be used, before anything is at hand to be deployed."""
        no_options("none", order)

    def plan(self, bundle: Bundle, bench: Workbench, order: Order) -> DeploymentPlan:  # noqa: ARG002 - the seam's
        """Nothing is made.

        Raises
        ------
        SettingsError
            When the order has options: there are none.
        """
        no_options("none", order)
        return DeploymentPlan("none")

    def push(self, bundle: Bundle, bench: Workbench, order: Order) -> Release:
        """Prove the bundle in a fresh interpreter; in this one when too little time is left. The port means nothing.

        Raises
        ------
        ArtefactError, StepError
            When the bundle is damaged, or answers differently than where it was made.
        """
        no_options("none", order)
        version = load_bundle(bundle.folder).version
        bench.progress.advance(0.2, "playing golden rows")
        check = try_in_fresh_interpreter(bundle.folder, bench.deadline)
        notes = [f"proved in a fresh interpreter; nothing was started: fivefold serve {bench.run} does"]
        if check is None:
            check = try_here(bundle.folder, bench.deadline)
            notes = ["proved in the process that trained it, as little time was left; nothing was started"]
        return Release(
            target="none",
            address="",
            pid=0,
            started=0.0,
            bundle_digest=version,
            golden=check,
            notes=tuple(notes),
        )

    def status(self, release: Release) -> str:  # noqa: ARG002 - the seam's
        """Return ``not started``."""
        return "not started"

    def remove(self, release: Release | None, live: Path) -> bool:  # noqa: ARG002 - the seam's
        """Return False: nothing stands."""
        return False
