"""The target ``kubernetes``: plan, write, apply, prove and remove the objects of a release."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Release, Resource
from fivefold.core.errors import MisuseError, StepError
from fivefold.core.journal import Journal
from fivefold.core.options import read_options
from fivefold.core.orders import DeploymentPlan
from fivefold.deployment.manifests.documents import remove_documents, write_documents
from fivefold.deployment.manifests.image import find_image
from fivefold.deployment.manifests.proof import prove_here
from fivefold.deployment.targets.kubernetes.cluster import Cluster, Place, answers, made_of
from fivefold.deployment.targets.kubernetes.objects import PORT, objects_of
from fivefold.deployment.targets.kubernetes.pod import KEY, OWNER, Pod
from fivefold.deployment.targets.kubernetes.settings import KubernetesSettings
from fivefold.runtime.bundle import load_bundle

if TYPE_CHECKING:
    from fivefold.core.clock import Deadline
    from fivefold.core.orders import Bundle, Order
    from fivefold.core.workbench import Workbench
    from fivefold.runtime.predictor import Predictor

__all__ = ["KubernetesTarget"]

_NAME = "kubernetes"
_MANIFESTS = "manifests"
_RUNS = ("Deployment", "InferenceService")
_BUNDLE, _MEMORY = "bundle", "memory"
"""Facts of what was written: of which bundle, and the bytes that were measured."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What one push is about; the pod's memory is not measured yet."""

    pod: Pod
    predictor: Predictor
    manifests: Resource
    port: int

    @classmethod
    def of(cls, bundle: Bundle, bench: Workbench, order: Order) -> _Work:
        """Read the order; nothing is made."""
        settings = read_options(KubernetesSettings, _NAME, order)
        predictor = load_bundle(bundle.folder)
        image = find_image(settings.image, _NAME, bench.live, predictor.version)
        pod = Pod(settings, bundle.contract.target, predictor.version, image, 0)
        folder = Resource(_MANIFESTS, str(bench.live.resolve() / _NAME))
        return cls(pod, predictor, folder, order.port or PORT)

    @property
    def cluster(self) -> Cluster:
        """Where it goes."""
        return Cluster(self.pod.settings.context)

    @property
    def objects(self) -> dict[str, Resource]:
        """What is applied, by the names of files, in the order of making; nothing unless that was asked for."""
        settings = self.pod.settings
        place = str(Place(self.pod.name, settings.namespace, settings.context))
        made = objects_of(self.pod, self.port).items() if settings.apply else ()
        return {file: Resource(document["kind"], place) for file, document in made}

    @property
    def resources(self) -> tuple[Resource, ...]:
        """All that is made."""
        return (self.manifests, *self.objects.values())

    def missing(self, journal: Journal, order: Order) -> tuple[Resource, ...]:
        """What of it does not stand as it is ordered.

        Raises
        ------
        MisuseError
            When somebody else has an object of that name.
        StepError
            When the cluster cannot be asked.
        """
        written = journal.find(self.manifests)
        ours = written is not None and written.facts.get(_BUNDLE) == self.pod.version
        same = ours and journal.same_options(order) and journal.order.port == order.port
        found = [] if same and Path(self.manifests.name).is_dir() else [self.manifests]
        for resource in self.objects.values():
            owned = self.cluster.is_ours(resource)
            if owned is False:
                raise _taken(resource)
            found += [] if owned and same else [resource]
        return tuple(found)

    def check_secret(self) -> None:
        """Refuse to begin where the pods would find no token.

        Raises
        ------
        MisuseError
            When the Secret is not there, or has no such key.
        """
        settings = self.pod.settings
        if not settings.apply or settings.auth == "none":
            return
        place = Place(self.pod.secret, settings.namespace, settings.context)
        found = self.cluster.find("Secret", place)
        if KEY not in ((found or {}).get("data") or {}):
            raise MisuseError(
                "There is no Secret with the tokens that the service is to demand",
                seen=f"no key '{KEY}'" if found else f"no Secret {place}",
                expected=f"the Secret {place} with the key '{KEY}'",
                todo=f"kubectl create secret generic {place.name} -n {place.namespace} "
                f'--from-literal={KEY}="$(openssl rand -hex 32)"; or --set auth=none',
            )

    def write(self, memory: int) -> None:
        """Write the manifests."""
        write_documents(Path(self.manifests.name), objects_of(replace(self.pod, memory=memory), self.port))

    def apply(self, journal: Journal, bench: Workbench) -> None:
        """Hand the objects over, each noted before, and wait until the pods are ready with this very bundle."""
        for file, resource in self.objects.items():
            journal.note(resource, self.pod.version)
            bench.progress.advance(0.5, f"applying the {resource.kind}")
            self.cluster.apply(Path(self.manifests.name) / file)
            journal.made(resource)
        for resource in self.objects.values():
            if resource.kind in _RUNS:
                bench.progress.advance(0.7, "waiting for the pods")
                until = bench.wait(self.pod.settings.patience)
                self.cluster.wait(resource, until.remaining())
                self._check_version(resource, until)

    def _check_version(self, resource: Resource, until: Deadline) -> None:
        """Refuse pods that serve another bundle: they are ready, but not with this one."""
        place = Place.read(resource.name)
        if self.pod.settings.kserve:
            place = replace(place, name=f"{place.name}-predictor")
        port = PORT if self.pod.settings.kserve else self.port
        patience = until.remaining() if self.pod.settings.kserve else 0.0
        found = self.cluster.wait_for_version(place, port, self.pod.version, patience)
        if found != self.pod.version:
            raise StepError(
                "The pods serve another bundle",
                seen=f"{self.pod.image} answers as {found or 'nothing that is known'}",
                expected=self.pod.version,
                todo="name the image that was built of this run with --set image=...",
            )


class KubernetesTarget:
    """Writes manifests; with ``apply`` it hands them to the cluster of kubectl, and waits until the pods are ready."""

    @staticmethod
    def check(order: Order) -> None:
        """Refuse options that cannot be used, before anything is at hand to be deployed."""
        read_options(KubernetesSettings, _NAME, order)

    def plan(self, bundle: Bundle, bench: Workbench, order: Order) -> DeploymentPlan:
        """Manifests, and with ``apply`` the objects; the machines are on the cluster's own bill.

        Raises
        ------
        MisuseError
            When an option cannot be used, there is no image or no Secret, or a name is taken.
        StepError
            When the cluster cannot be asked.
        """
        work = _Work.of(bundle, bench, order)
        work.check_secret()
        settings = work.pod.settings
        pods = f"{settings.replicas} to {settings.max_replicas} pods of {settings.cpu} CPU"
        checked = [f"image {work.pod.image}", f"{pods}, on the cluster's own bill"]
        if settings.apply and settings.auth != "none":
            checked.append(f"the Secret {work.pod.secret} has a token")
        return DeploymentPlan(_NAME, work.missing(Journal(bench.live, _NAME), order), checked=tuple(checked))

    def push(self, bundle: Bundle, bench: Workbench, order: Order) -> Release:
        """Run the service here for its golden rows and its memory, write the manifests, and apply them if asked for.

        Raises
        ------
        MisuseError
            As for :meth:`plan`.
        StepError
            When the service answers differently, the cluster refuses, or the pods do not get ready; the journal says what stands.
        """
        work, journal = _Work.of(bundle, bench, order), Journal(bench.live, _NAME)
        work.check_secret()
        work.missing(journal, order)
        journal.begin(order)
        bench.progress.advance(0.1, "playing golden rows on this machine")
        proof = prove_here(bundle.folder, work.predictor, bench.deadline)
        entry = journal.note(work.manifests, work.pod.version)
        known = entry.facts.get(_MEMORY) if entry.facts.get(_BUNDLE) == work.pod.version else None
        memory = int(known or proof.memory)  # measured again it would differ a little, and change the pods
        work.write(memory)
        journal.made(work.manifests, **{_BUNDLE: work.pod.version, _MEMORY: str(memory)})
        work.apply(journal, bench)
        for each in journal.entries:
            if each.resource not in work.resources:  # of an earlier order
                _remove(each.resource, bench.live, each.versions)
                journal.drop(each.resource)
        journal.end()
        pod = work.pod
        inside = f"http://{pod.name}{'-predictor' if pod.settings.kserve else ''}.{pod.settings.namespace}"
        return Release(
            target=_NAME,
            address=f"{inside}:{PORT if pod.settings.kserve else work.port}" if pod.settings.apply else "",
            pid=0,
            started=0.0,
            bundle_digest=pod.version,
            golden=proof.check,
            notes=_words(work, memory),
            resources=work.resources,
        )

    def status(self, release: Release) -> str:
        """Return ``ready``, ``starting``, ``built`` (manifests that were not to be applied) or ``stopped``: gone, or another run's by now."""
        for resource in release.resources:
            if resource.kind in _RUNS:
                place = Place.read(resource.name)
                found = Cluster(place.context).find(resource.kind, place)
                if found is None or not made_of(found, (release.bundle_digest,)):
                    return "stopped"
                return "ready" if answers(found) else "starting"
        written = [resource for resource in release.resources if resource.kind == _MANIFESTS]
        return "built" if written and Path(written[0].name).is_dir() else "stopped"

    def remove(self, release: Release | None, live: Path) -> bool:
        """Delete the objects and the manifests; an object that is not ours, or that another run made over since, stays.

        Raises
        ------
        StepError
            When the cluster refuses; what is left stays in the journal.
        """
        journal = Journal(live, _NAME)
        noted = {entry.resource: entry.versions for entry in journal.entries}
        named = dict.fromkeys(release.resources, (release.bundle_digest,)) if release else {}
        found = False
        for resource, versions in reversed((named | noted).items()):
            found = _remove(resource, live, versions) or found
            if resource in noted:
                journal.drop(resource)
        if not noted:
            journal.close()
        return found


def _remove(resource: Resource, live: Path, versions: tuple[str, ...]) -> bool:
    """Remove one thing; return whether it stood."""
    if resource.kind == _MANIFESTS:
        return remove_documents(Path(resource.name), live)
    cluster = Cluster(Place.read(resource.name).context)
    return cluster.is_of(resource, versions) and cluster.delete(resource)


def _words(work: _Work, memory: int) -> tuple[str, ...]:
    """Say what was measured, what was proved where, and what the person does next."""
    measured = f"{memory / 1e6:.0f} MB resident were measured here; times are of this machine"
    if work.pod.settings.apply:
        proved = "every pod has answered its golden rows before it was ready, and tells this bundle's version"
        return (measured, proved)
    return (
        measured,
        f"apply them with: kubectl apply --server-side --field-manager {OWNER[1]} -f live/{_NAME}/ (in the run's folder)",
    )


def _taken(resource: Resource) -> MisuseError:
    """Say that a name is taken."""
    return MisuseError(
        f"There is a {resource.kind} of that name that Fivefold did not make",
        seen=resource.name,
        expected="a name that is free, or an object with the label app.kubernetes.io/managed-by=fivefold",
        todo="choose another name with --set name=...",
    )
