"""The target ``container``: plan, build, prove and remove an image."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Release, Resource
from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.core.errors import SettingsError, StepError
from fivefold.core.journal import Journal
from fivefold.core.options import read_options
from fivefold.core.orders import DeploymentPlan
from fivefold.deployment.engine import Engine, find_engine, silence_words
from fivefold.deployment.targets.container.archive import assemble, read_base
from fivefold.deployment.targets.container.context import Draft, write_context
from fivefold.deployment.targets.container.proof import prove_image, prove_tree
from fivefold.deployment.targets.container.settings import ARCHIVE, ContainerSettings
from fivefold.runtime.bundle import load_bundle
from fivefold.service.kept_token import READ

if TYPE_CHECKING:
    from collections.abc import Collection

    from fivefold.core.artefacts import GoldenCheck
    from fivefold.core.orders import Bundle, Order
    from fivefold.core.workbench import Workbench
    from fivefold.runtime.predictor import Predictor

__all__ = ["ContainerTarget"]

_NAME = "container"
_CONTEXT = "context"
_FOLDER = "container"
_IMAGE = " image"
_VERSION = "io.fivefold.bundle"


@dataclass(frozen=True, slots=True)
class _Work:
    """What one push is about."""

    draft: Draft
    predictor: Predictor
    engine: Engine | None
    context: Resource
    image: Resource

    @classmethod
    def of(cls, bundle: Bundle, bench: Workbench, order: Order) -> _Work:
        """Read the order and find an engine; nothing is made."""
        settings = read_options(ContainerSettings, _NAME, order)
        predictor = load_bundle(bundle.folder)
        draft = Draft.of(bundle, predictor.version, settings)
        engine = None if settings.engine == ARCHIVE else find_engine(settings.engine)
        folder = bench.live.resolve() / _FOLDER
        if engine is not None:
            image = Resource(engine.name + _IMAGE, draft.reference)
        else:
            name = draft.reference.replace("/", "_").replace(":", "_")
            image = Resource(ARCHIVE, str(folder.with_name(f"{name}.tar")))
            _check_base(settings)
        return cls(draft, predictor, engine, Resource(_CONTEXT, str(folder)), image)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What is made, in this order."""
        return (self.context, self.image)

    def stands(self, journal: Journal, order: Order) -> bool:
        """Whether all of it stands as it is ordered."""
        noted = [journal.find(resource) for resource in self.resources]
        version = self.draft.version
        if not journal.whole or any(entry is None or entry.version != version for entry in noted):
            return False
        return journal.same_options(order) and all(_stands(resource, version) for resource in self.resources)

    def is_image(self, resource: Resource) -> bool:
        """Whether something that another engine built is what now stands: Podman and Buildah have one store for both."""
        if self.engine is None or not resource.kind.endswith(_IMAGE) or resource.name != self.image.name:
            return False
        other = Engine(resource.kind.removesuffix(_IMAGE))
        return other.identity(resource.name) == self.engine.identity(self.image.name)

    def make(self, journal: Journal, bench: Workbench) -> None:
        """Write the context and build the image, each noted before."""
        folder, version = Path(self.context.name), self.draft.version
        journal.note(self.context, version)
        bench.progress.advance(0.1, "writing the build context")
        write_context(self.draft, folder)
        journal.made(self.context)
        journal.note(self.image, version)
        bench.progress.advance(0.4, f"building {self.draft.reference}")
        if self.engine is not None:
            self.engine.build(folder, self.draft.reference, bench.deadline.remaining())
            journal.made(self.image)
        else:
            base = Path(self.draft.settings.base)
            digest = assemble(base, folder, self.draft.recipe, self.draft.reference, Path(self.image.name))
            journal.made(self.image, digest=digest)

    def prove(self, bench: Workbench) -> GoldenCheck:
        """Run it, and play the golden rows."""
        if self.engine is not None and self.engine.runs:
            return prove_image(self.engine, self.draft.reference, self.predictor, bench)
        return prove_tree(Path(self.context.name), self.predictor, bench)


class ContainerTarget:
    """Builds an image, and proves it by running it; whoever wants it to run on runs it."""

    @staticmethod
    def check(order: Order) -> None:
        """Refuse options that cannot be used, before anything is at hand to be deployed."""
        read_options(ContainerSettings, _NAME, order)

    def plan(self, bundle: Bundle, bench: Workbench, order: Order) -> DeploymentPlan:
        """A build context and an image; they cost nothing here.

        Raises
        ------
        SettingsError
            When an option cannot be used, or a package cannot be had.
        StepError
            When the engine that is asked for does not answer.
        """
        work = _Work.of(bundle, bench, order)
        stands = work.stands(Journal(bench.live, _NAME), order)
        settings = work.draft.settings
        pins = ", ".join(package.pin for package in work.draft.packages)
        by = f"{work.engine.name} answers" if work.engine else "no engine: the image is put together here"
        return DeploymentPlan(
            _NAME,
            () if stands else work.resources,
            checked=(by, f"base {_base_words(settings)}", f"packages {pins}"),
        )

    def push(self, bundle: Bundle, bench: Workbench, order: Order) -> Release:
        """Build the image and run it once, read-only and as an unknown user, for its golden rows; keep what stands.

        Raises
        ------
        SettingsError
            When an option cannot be used, or a package cannot be had.
        StepError
            When it cannot be built, does not get ready in time, or answers differently.
        """
        work, journal = _Work.of(bundle, bench, order), Journal(bench.live, _NAME)
        kept = work.stands(journal, order)
        if not kept:
            journal.begin(order)
            work.make(journal, bench)
        bench.progress.advance(0.8, "playing golden rows")
        check = work.prove(bench)
        for entry in journal.entries:
            if entry.resource not in work.resources:  # of an earlier model, or another engine
                if not work.is_image(entry.resource):
                    _remove(entry.resource, entry.versions, bench.live)
                journal.drop(entry.resource)
        journal.end()
        return Release(
            target=_NAME,
            address="",
            pid=0,
            started=0.0,
            bundle_digest=work.draft.version,
            golden=check,
            notes=(*_words(work), *(("stood already",) if kept else ())),
            resources=work.resources,
        )

    def status(self, release: Release) -> str:
        """Return ``built`` while the image stands, else ``stopped``: another one may have been given its name."""
        images = [resource for resource in release.resources if resource.kind != _CONTEXT]
        built = images and all(_stands(resource, release.bundle_digest) for resource in images)
        return "built" if built else "stopped"

    def remove(self, release: Release | None, live: Path) -> bool:
        """Remove image and context; an image that has the name and is not this run's stays.

        Raises
        ------
        StepError
            When the engine that built it does not answer: then the journal stays.
        """
        journal = Journal(live, _NAME)
        known = {entry.resource: entry.versions for entry in journal.entries}
        if release is not None:
            known |= {each: (release.bundle_digest,) for each in release.resources if each not in known}
        found = False
        for resource, versions in reversed(known.items()):
            found = _remove(resource, versions, live) or found
            journal.drop(resource)
        journal.close()
        return found


def _base_words(settings: ContainerSettings) -> str:
    """Say what an image is built on."""
    return settings.image + ("" if settings.whole else ", of which only what a service runs on")


def _check_base(settings: ContainerSettings) -> None:
    """Refuse to begin where there is neither an engine nor the file of a base."""
    if not Path(settings.base).is_file():
        asked = settings.engine == ARCHIVE
        raise SettingsError(
            "There is no file of a base image"
            if asked
            else "There is no engine, and no file of a base image",
            seen=(f"no file '{settings.base}'" if settings.base else "no base is named")
            + ("" if asked else f"; {silence_words()}"),
            expected="the file of an image with this Python in it"
            + ("" if asked else ", or Docker, Podman or Buildah that answers"),
            todo=("" if asked else "start an engine, or ")
            + "name a file that 'docker save' or 'skopeo copy' wrote with --set base=FILE.tar",
        )
    read_base(Path(settings.base))


def _stands(resource: Resource, version: str) -> bool:
    """Whether something that was made is there; of an image: with this bundle in it."""
    if resource.kind.endswith(_IMAGE):
        return Engine(resource.kind.removesuffix(_IMAGE)).label(resource.name, _VERSION) == version
    return Path(resource.name).exists()


def _remove(resource: Resource, versions: Collection[str], live: Path) -> bool:
    """Remove it if it is ours; return whether it was there."""
    if not resource.kind.endswith(_IMAGE):
        path = Path(resource.name)
        there = path.exists()
        if path.parent != live.resolve():  # of the run that this folder was copied from
            return False
        if resource.kind == _CONTEXT:
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        return there
    engine = Engine(resource.kind.removesuffix(_IMAGE))
    if not engine.answers():
        raise StepError(
            "The image cannot be removed",
            seen=f"'{engine.name}' does not answer",
            expected=f"the engine that holds {resource.name}",
            todo="start it, then: fivefold undeploy RUN",
        )
    # Whoever else gave an image this name goes on having it: a label says which bundle an image of ours holds.
    return engine.label(resource.name, _VERSION) in versions and engine.remove(resource.name)


def _words(work: _Work) -> tuple[str, ...]:
    """Say how what was built is run, in lines to be copied, and who may ask it then."""
    reference, found = work.draft.reference, []
    if work.engine is None:
        # By its place in the run's folder, which may be moved.
        found.append(f"load it with: docker load -i live/{Path(work.image.name).name} (in the run's folder)")
    # Buildah runs nothing for long; Podman sees what it built.
    by = "docker" if work.engine is None else work.engine.name if work.engine.runs else "podman"
    found.append(f"run it with: {by} run --rm --read-only -p 8080:8080 {reference}")
    if work.draft.settings.auth == "none":
        return (*found, "it demands no token: ANYBODY who reaches that port may ask (auth=none)")
    own = f"{by} run --rm --read-only -p 8080:8080 -e {TOKENS_VARIABLE} {reference}"
    made = f'export {TOKENS_VARIABLE}="$(openssl rand -hex 32)"'
    read = f"{by} exec CONTAINER {READ}"
    return (
        *found,
        f"it demands a token, which it makes and this prints: {read}; or one of your own: {made}; {own}",
    )
