"""The target ``cloudrun``: plan, write and remove the definition of a service; who makes it there is the person, with one command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Release, Resource
from fivefold.core.journal import Journal
from fivefold.core.options import read_options
from fivefold.core.orders import DeploymentPlan
from fivefold.deployment.manifests.documents import remove_documents, write_documents
from fivefold.deployment.manifests.image import find_image
from fivefold.deployment.manifests.proof import prove_here
from fivefold.deployment.targets.cloudrun.charges import charges_of, most_of
from fivefold.deployment.targets.cloudrun.service import Service
from fivefold.deployment.targets.cloudrun.settings import CloudRunSettings
from fivefold.runtime.bundle import load_bundle

if TYPE_CHECKING:
    from fivefold.core.orders import Bundle, Order
    from fivefold.core.workbench import Workbench
    from fivefold.runtime.predictor import Predictor

__all__ = ["CloudRunTarget"]

_NAME = "cloudrun"
_MANIFESTS = "manifests"
_FILE = "service.yaml"
_BUNDLE = "bundle"


@dataclass(frozen=True, slots=True)
class _Work:
    """What one push is about."""

    service: Service
    predictor: Predictor
    manifests: Resource

    @classmethod
    def of(cls, bundle: Bundle, bench: Workbench, order: Order) -> _Work:
        """Read the order; nothing is made."""
        settings = read_options(CloudRunSettings, _NAME, order)
        predictor = load_bundle(bundle.folder)
        image = find_image(settings.image, _NAME, bench.live, predictor.version)
        service = Service(settings, bundle.contract.target, predictor.version, image)
        return cls(service, predictor, Resource(_MANIFESTS, str(bench.live.resolve() / _NAME)))

    def stands(self, journal: Journal, order: Order) -> bool:
        """Whether the definition of this bundle is there, as it is ordered."""
        entry = journal.find(self.manifests)
        of_ours = entry is not None and entry.facts.get(_BUNDLE) == self.service.version
        return of_ours and journal.same_options(order) and (Path(self.manifests.name) / _FILE).is_file()


class CloudRunTarget:
    """Writes the definition of a service, and says the command that makes it."""

    @staticmethod
    def check(order: Order) -> None:
        """Refuse options that cannot be used, before anything is at hand to be deployed."""
        read_options(CloudRunSettings, _NAME, order)

    def plan(self, bundle: Bundle, bench: Workbench, order: Order) -> DeploymentPlan:
        """One file, and what the service will cost a month once it is made.

        Raises
        ------
        SettingsError
            When an option cannot be used, there is no image, or nobody knows a price.
        """
        work = _Work.of(bundle, bench, order)
        settings = work.service.settings
        most = most_of(settings, order.prices)
        checked = (
            f"image {work.service.image}",
            f"{most.name}, would be {most.monthly:.2f} USD a month, besides the requests ({most.why})",
        )
        stands = work.stands(Journal(bench.live, _NAME), order)
        makes = () if stands else (work.manifests,)
        return DeploymentPlan(_NAME, makes, charges_of(settings, order.prices), checked=checked)

    def push(self, bundle: Bundle, bench: Workbench, order: Order) -> Release:
        """Run the service here for its golden rows and its memory, and write the definition.

        Raises
        ------
        SettingsError
            As for :meth:`plan`, or when the service needs more memory than an instance has.
        StepError
            When it answers differently.
        """
        work, journal = _Work.of(bundle, bench, order), Journal(bench.live, _NAME)
        journal.begin(order)
        bench.progress.advance(0.1, "playing golden rows on this machine")
        proof = prove_here(bundle.folder, work.predictor, bench.deadline)
        work.service.settings.check_memory(proof.memory)
        journal.note(work.manifests, work.service.version)
        write_documents(Path(work.manifests.name), {_FILE: work.service.document()})
        journal.made(work.manifests, **{_BUNDLE: work.service.version})
        journal.end()
        commands = work.service.commands(f"live/{_NAME}/{_FILE}")
        measured = f"{proof.memory / 1e6:.0f} MB resident were measured here; times are of this machine"
        return Release(
            target=_NAME,
            address="",
            pid=0,
            started=0.0,
            bundle_digest=work.service.version,
            golden=proof.check,
            notes=(measured, *(f"to {what} it: {words}" for what, words in commands.items())),
            resources=(work.manifests,),
        )

    def status(self, release: Release) -> str:
        """Return ``built`` while the definition is there, else ``stopped``; Cloud Run itself is not asked."""
        return "built" if any(Path(one.name).is_dir() for one in release.resources) else "stopped"

    def remove(self, release: Release | None, live: Path) -> bool:
        """Remove the definition; a service that was made of it is deleted by the person."""
        journal = Journal(live, _NAME)
        resources = {entry.resource for entry in journal.entries} | set(release.resources if release else ())
        found = False
        for resource in resources:
            found = remove_documents(Path(resource.name), live) or found
        journal.close()
        return found
