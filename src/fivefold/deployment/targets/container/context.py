"""The build context: a folder with all that goes into the image, so that nothing is fetched when it is built.

It is the same for the same bundle, packages and settings, byte for byte, and can be carried to any machine with an engine.
"""

from __future__ import annotations

import os
import py_compile
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.errors import SettingsError
from fivefold.core.version import __version__
from fivefold.deployment.targets.container.packages import packages_for, put
from fivefold.deployment.targets.container.recipe import HOME, LAYERS, ROOT, Recipe
from fivefold.deployment.targets.container.sbom import bill
from fivefold.runtime.manifest import MANIFEST, read_manifest

if TYPE_CHECKING:
    from fivefold.core.orders import Bundle
    from fivefold.deployment.targets.container.packages import Package
    from fivefold.deployment.targets.container.settings import ContainerSettings

__all__ = ["Draft", "write_context"]

_ROOMS = ("core", "runtime", "service")
"""What of Fivefold answers; the rest trains, deploys and watches."""
_MEMBERS = "fivefold.members"
_GOMP = "libgomp.so.1"


@dataclass(frozen=True, slots=True)
class Draft:
    """An image before it is built.

    Attributes
    ----------
    bundle : Bundle
    version : str
        Of the bundle.
    reference : str
        Name and tag.
    settings : ContainerSettings
    packages : tuple of Package
    members : dict of str to str
        Where each kind of member is, by its name.
    """

    bundle: Bundle
    version: str
    reference: str
    settings: ContainerSettings
    packages: tuple[Package, ...]
    members: dict[str, str]

    @classmethod
    def of(cls, bundle: Bundle, version: str, settings: ContainerSettings) -> Draft:
        """Find out what an image of this bundle needs; nothing is written.

        Raises
        ------
        SettingsError
            When a package cannot be had, or a member is of a kind that a plug-in brought and no package names.
        """
        further = tuple(filter(None, (name.strip() for name in settings.packages.split(","))))
        kinds = tuple(
            sorted({entry.kind for entry in read_manifest((bundle.folder / MANIFEST).read_bytes()).members})
        )
        wheels = Path(settings.wheels) if settings.wheels else None
        members = _members(kinds, further)
        packages = packages_for(kinds, further, wheels)
        return cls(
            bundle, version, settings.reference(bundle.contract.target, version), settings, packages, members
        )

    @property
    def recipe(self) -> Recipe:
        """What the image is."""
        base = self.settings.image
        labels = {
            "org.opencontainers.image.title": self.reference.rpartition(":")[0],
            "org.opencontainers.image.version": self.version,
            "org.opencontainers.image.description": f"predicts {self.bundle.contract.target!r}, a Fivefold service",
            "org.opencontainers.image.base.name": Path(base).name if base.endswith(".tar") else base,
            "io.fivefold.version": __version__,
            "io.fivefold.bundle": self.version,
            "io.fivefold.task": self.bundle.contract.task,
            "io.fivefold.auth": self.settings.auth,
        }
        # Vertex AI and SageMaker read nothing of it; engines and registries show it.
        return Recipe(base, self.settings.whole, labels, self.settings.told)


def write_context(draft: Draft, folder: Path) -> None:
    """Write the context; what was there before goes.

    Parameters
    ----------
    draft : Draft
    folder : Path

    Raises
    ------
    StepError
        When a package is damaged.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for name in LAYERS:
        (folder / name).mkdir(parents=True)
    for package in draft.packages:
        put(package, folder / "site")
    libraries = _libraries(draft, folder / "lib")
    _put_own(draft, folder / "own")
    shutil.copytree(draft.bundle.folder, folder / "bundle", dirs_exist_ok=True)
    for name in ("site", "own"):
        _compile(folder / name, f"{HOME}/{name}")
    lines = [
        f"# What the image of {draft.reference} holds besides Fivefold {__version__}'s service and the bundle."
    ]
    lines += [package.pin for package in draft.packages]
    (folder / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "sbom.cdx.json").write_bytes(bill(draft.reference, draft.version, draft.packages, libraries))
    if not draft.recipe.whole:
        shutil.copyfile(Path(__file__).with_name(ROOT), folder / ROOT)
    (folder / "Dockerfile").write_text(draft.recipe.dockerfile(), encoding="utf-8")
    _open(folder)


def _members(kinds: tuple[str, ...], further: tuple[str, ...]) -> dict[str, str]:
    """Return where the kinds of members are, refusing one whose package would not be taken along."""
    found = {}
    known = {point.name: point for point in entry_points(group=_MEMBERS)}
    for kind in kinds:
        point = known.get(kind)
        owner = point.value.partition(".")[0] if point is not None else ""
        package = point.dist.name if point is not None and point.dist is not None else kind
        if point is None or (owner != "fivefold" and package not in further):
            raise SettingsError(
                f"A member of the model is of the kind '{kind}', which another package brought",
                seen=package,
                expected="that package among those that are taken along",
                todo=f"give --set packages={package}",
            )
        if owner == "fivefold":
            found[kind] = point.value
    return found


def _put_own(draft: Draft, folder: Path) -> None:
    """Copy what of Fivefold answers, with the entry points of the members that this bundle has."""
    source, place = Path(str(files("fivefold"))), folder / "fivefold"
    skip = shutil.ignore_patterns("__pycache__", "*.pyc")
    for room in _ROOMS:
        shutil.copytree(source / room, place / room, ignore=skip)
    shutil.copy(source / "__init__.py", place / "__init__.py")
    about = folder / f"fivefold-{__version__}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: fivefold\nVersion: {__version__}\n")
    lines = [f"[{_MEMBERS}]", *(f"{kind} = {value}" for kind, value in sorted(draft.members.items()))]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n")


def _libraries(draft: Draft, folder: Path) -> tuple[str, ...]:
    """Copy the OpenMP runtime that LightGBM's library wants and small bases lack; scikit-learn carries one that fits everywhere."""
    if not any(package.name == "lightgbm" for package in draft.packages) or draft.settings.wheels:
        return ()
    for place in (Path(path) / "scikit_learn.libs" for path in sys.path):
        for found in sorted(place.glob("libgomp-*.so.1*")):
            shutil.copyfile(found, folder / _GOMP)
            return (_GOMP,)
    return ()


def _compile(folder: Path, shown: str) -> None:
    """Write the bytecode of all modules: the image may be read-only, and starts three times as fast."""
    for path in sorted(folder.rglob("*.py")):
        where = f"{shown}/{path.relative_to(folder).as_posix()}"
        # By hash and unchecked: no times in it, and none looked at.
        py_compile.compile(
            str(path), dfile=where, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )


def _open(folder: Path) -> None:
    """Let every user read: containers may run as anybody."""
    for path in (folder, *folder.rglob("*")):
        runs = path.is_dir() or os.access(path, os.X_OK)
        path.chmod(0o755 if runs and (path.is_dir() or path.suffix == ".so") else 0o644)
